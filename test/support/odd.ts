// Small honest components in shapes that no example of ours has, written as WAT. Node only.

import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { handleEchoes } from './echoes.ts'
import { reservedWords } from './reserved-words.ts'

/** A component whose core functions of those bodies are exported with those types. */
function lifted(
  functions: readonly (readonly [name: string, core: string, type: string])[],
  types = '',
): string {
  const cores = functions.map(([name, core]) => `(func (export "${name}") ${core})`)
  const lifts = functions.map(
    ([name, , type]) => `(func (export "${name}") ${type} (canon lift (core func $i "${name}")))`,
  )
  return `(component
    (core module $m ${cores.join('\n')})
    (core instance $i (instantiate $m))
    ${types}
    ${lifts.join('\n')})`
}

const U32 = '(result u32)'
const seven = (name: string): [string, string, string] => [name, '(result i32) i32.const 7', U32]

/** Gives back the string it gets, in that encoding. */
function echo(encoding: string): string {
  return `(component
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16))
      (func (export "broken") (result i32)
        (i32.store (i32.const 16) (i32.const 24))
        (i32.store (i32.const 20) (i32.const 1))
        (i32.store (i32.const 24) (i32.const 0xd8ff))
        (i32.const 16)))
    (core instance $i (instantiate $m))
    (func (export "echo") (param "text" string) (result string)
      (canon lift (core func $i "echo") (memory (core memory $i "memory"))
        (realloc (core func $i "realloc")) string-encoding=${encoding}))
    (func (export "broken") (result string)
      (canon lift (core func $i "broken") (memory (core memory $i "memory"))
        string-encoding=${encoding})))`
}

/** Imports an interface that holds nothing but types, as worlds with a `use` do. */
const TYPES_ONLY = `(component
  (type $T (instance
    (type $c' (enum "red" "green")) (export "colour" (type $c (eq $c')))
    (type $p' (record (field "colour" $c))) (export "paint" (type (eq $p')))))
  (import "made:up/types@3.1.4" (instance $t (type $T)))
  (alias export $t "colour" (type $colour))
  (alias export $t "paint" (type $paint))
  (core module $m (func (export "mix") (param i32) (result i32) local.get 0))
  (core instance $i (instantiate $m))
  (func (export "mix") (param "with" $colour) (result $paint) (canon lift (core func $i "mix"))))`

/** A command: prints a line, then answers or leaves in one of several ways. */
const COMMAND = `(component
  (import "wasi:io/error@0.2.0" (instance $err (export "error" (type (sub resource)))))
  (alias export $err "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $out (sub resource)))
    (alias outer 1 $error (type $e'))
    (export "error" (type $e (eq $e')))
    (type $own (own $e))
    (type $s' (variant (case "last-operation-failed" $own) (case "closed")))
    (export "stream-error" (type $s (eq $s')))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $s)))))))
  (alias export $streams "output-stream" (type $out))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $out (type $o'))
    (export "output-stream" (type $o (eq $o')))
    (export "get-stdout" (func (result (own $o))))))
  (import "wasi:cli/exit@0.2.0" (instance $exit
    (export "exit" (func (param "status" (result))))))
  (core module $libc (memory (export "memory") 1) (data (i32.const 64) "\\ttwo\\nlines\\n"))
  (core instance $libc (instantiate $libc))
  (core func $get (canon lower (func $stdout "get-stdout")))
  (core func $write (canon lower
    (func $streams "[method]output-stream.blocking-write-and-flush") (memory (core memory $libc "memory"))))
  (core func $leave (canon lower (func $exit "exit")))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "get" (func $get (result i32)))
    (import "" "write" (func $write (param i32 i32 i32 i32)))
    (import "" "exit" (func $exit (param i32)))
    (func $print (call $write (call $get) (i32.const 64) (i32.const 11) (i32.const 16)))
    (func (export "ok") (result i32) (call $print) (i32.const 0))
    (func (export "err") (result i32) (call $print) (i32.const 1))
    (func (export "exit-0") (result i32) (call $print) (call $exit (i32.const 0)) unreachable)
    (func (export "exit-1") (result i32) (call $print) (call $exit (i32.const 1)) unreachable)
    (func (export "quiet") (result i32) (i32.const 0))
    (func (export "nothing") (call $print)))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $libc "memory"))
    (export "get" (func $get))
    (export "write" (func $write))
    (export "exit" (func $leave))))))
  (func $run (result (result)) (canon lift (core func $i "ok")))
  (instance $cli (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $cli))
  (func (export "fail") (result (result)) (canon lift (core func $i "err")))
  (func (export "leave") (result (result)) (canon lift (core func $i "exit-0")))
  (func (export "give-up") (result (result)) (canon lift (core func $i "exit-1")))
  (func (export "owe-a-value") (result u32) (canon lift (core func $i "exit-0")))
  (func (export "quiet") (result (result)) (canon lift (core func $i "quiet")))
  (func (export "nothing") (canon lift (core func $i "nothing"))))`

const SOURCES: Readonly<Record<string, string>> = {
  typesOnly: TYPES_ONLY,
  command: COMMAND,
  utf8: echo('utf8'),
  utf16: echo('utf16'),
  // Core values that are wider than the types they are lifted to.
  wide: lifted(
    [
      ['u8', '(result i32) i32.const 0x1ff', '(result u8)'],
      ['s8', '(result i32) i32.const 0x180', '(result s8)'],
      ['u16', '(result i32) i32.const -1', '(result u16)'],
      ['s16', '(result i32) i32.const 0x17fff', '(result s16)'],
      ['truth', '(result i32) i32.const 2', '(result bool)'],
      ['flags', '(result i32) i32.const 0xfe', '(result $f)'],
    ],
    '(type $f\' (flags "a" "b")) (import "f" (type $f (eq $f\')))',
  ),
  // What a case gets of an i64 that it shares with another: the upper and the lower half.
  joined: lifted(
    [
      [
        'upper',
        '(param i32 i64) (result i32) (i32.wrap_i64 (i64.shr_u (local.get 1) (i64.const 32)))',
        '(param "v" $v) (result u32)',
      ],
      [
        'lower',
        '(param i32 i64) (result i32) (i32.wrap_i64 (local.get 1))',
        '(param "v" $v) (result u32)',
      ],
    ],
    `(type $fl' (flags ${Array.from({ length: 32 }, (_, i) => `"f${i}"`).join(' ')}))
     (import "fl" (type $fl (eq $fl')))
     (type $v' (variant (case "s8" s8) (case "s32" s32) (case "f32" f32) (case "u64" u64) (case "s64" s64) (case "fl" $fl)))
     (import "v" (type $v (eq $v')))`,
  ),
  // A world that exports its type, where toolchains import it.
  exportedTypes: lifted(
    [['turn', '(param f32 f32) (result f32) local.get 1', '(param "p" $point) (result $length)']],
    `(type $p' (record (field "x" f32) (field "y" f32)))
     (export $point "point" (type $p'))
     (type $l' (record (field "length" f32)))
     (export $length "length" (type $l'))`,
  ),
  names: lifted(['then', 'arguments', 'console', 'memory0', 'URL', 'get-URL'].map(seven)),
  interfaceNames: `(component
    (core module $m (func (export "f") (result i32) i32.const 7))
    (core instance $i (instantiate $m))
    (func $f (result u32) (canon lift (core func $i "f")))
    (instance $x (export "get" (func $f)))
    (export "a:b/console@1.0.0-rc.1" (instance $x))
    (export "imports" (instance $x))
    (export "two-words" (instance $x)))`,
}

export async function oddComponents(): Promise<Record<string, Uint8Array>> {
  const built = Object.entries(SOURCES).map(async ([name, text]): Promise<[string, Uint8Array]> => [
    name,
    await parse(text),
  ])
  return {
    ...Object.fromEntries(await Promise.all(built)),
    words: await reservedWords(),
    handles: await handleEchoes(),
  }
}
