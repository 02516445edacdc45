// Small hostile components, written as WAT and built when the tests start. Node only.

import type { Echoes } from './echoes.ts'
import { growingComponents } from './growers.ts'
import { asynchronousCaller, caller } from './callers.ts'
import { spinningComponents } from './spinners.ts'
import { fromCore } from './wat.ts'

declare module 'vitest' {
  interface ProvidedContext {
    hostile: Record<string, string>
    odd: Record<string, string>
    echoes: readonly Echoes[]
  }
}

/** `list<T>` whose `count` elements all point at the same `length` bytes of a small memory. */
function sameBytes(type: string, count: number, length: number): Promise<Uint8Array> {
  return fromCore(
    `package test:hostile; world w { export run: func() -> list<${type}>; }`,
    `(module
      (memory (export "memory") 4)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "run") (result i32) (local $i i32)
        (i32.store (i32.const 0) (i32.const 131072))
        (i32.store (i32.const 4) (i32.const ${count}))
        (loop $next
          (i32.store (i32.add (i32.const 131072) (i32.mul (local.get $i) (i32.const 8))) (i32.const 1024))
          (i32.store (i32.add (i32.const 131076) (i32.mul (local.get $i) (i32.const 8))) (i32.const ${length}))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (i32.const ${count}))))
        (i32.const 0)))`,
  )
}

/** Calls an import with a list of that kind, swallows whatever comes of it, and answers 7. */
function floodsImport(): Promise<Uint8Array> {
  return fromCore(
    `package test:hostile;
     world w { import wasi:random/random@0.2.0; export run: func() -> u32; }
     package wasi:random@0.2.0 { interface random { get-random-bytes: func(len: u64) -> list<u8>; } }`,
    `(module
      (import "wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32)))
      (memory (export "memory") 4)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
      (func (export "run") (result i32)
        (call $random (i64.const 0x7fffffffffffffff) (i32.const 16))
        (i32.const 7)))`,
  )
}

/** Calls a function of wasi:io/poll, which suspends, as no honest guest does, and answers 7. */
function misuses(name: string, params: string, call: string): Promise<Uint8Array> {
  return fromCore(
    `package test:hostile;
     world w { import wasi:io/poll@0.2.0; export run: func() -> u32; }
     package wasi:io@0.2.0 { interface poll {
       resource pollable { block: func(); }
       poll: func(in: list<borrow<pollable>>) -> list<u32>;
     } }`,
    `(module
      (import "wasi:io/poll@0.2.0" "${name}" (func $misused (param ${params})))
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
      (func (export "run") (result i32) ${call} (i32.const 7)))`,
  )
}

/** Leaves through `wasi:cli/exit`, catches whatever that throws, and answers 7. */
export function catchesExit(): Promise<Uint8Array> {
  return fromCore(
    `package test:hostile;
     world w { import wasi:cli/exit@0.2.0; export leave: func() -> u32; }
     package wasi:cli@0.2.0 { interface exit { exit: func(status: result); } }`,
    `(module
      (import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
      (func (export "leave") (result i32)
        (block $caught (try_table (catch_all $caught) (call $exit (i32.const 1))))
        (i32.const 7)))`,
  )
}

/** Writes 64 KiB to stdout a thousand times, catches whatever that throws, and answers 7. */
export function catchesFlood(): Promise<Uint8Array> {
  return fromCore(
    `package test:hostile;
     world w {
       import wasi:io/streams@0.2.0;
       import wasi:cli/stdout@0.2.0;
       export drown: func() -> u32;
     }
     package wasi:cli@0.2.0 {
       interface stdout {
         use wasi:io/streams@0.2.0.{output-stream};
         get-stdout: func() -> output-stream;
       }
     }
     package wasi:io@0.2.0 {
       interface error { resource error; }
       interface streams {
         use error.{error};
         variant stream-error { last-operation-failed(error), closed }
         resource output-stream {
           write: func(contents: list<u8>) -> result<_, stream-error>;
         }
       }
     }`,
    `(module
      (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
      (import "wasi:io/streams@0.2.0" "[method]output-stream.write"
        (func $write (param i32 i32 i32 i32)))
      (memory (export "memory") 2)
      (func (export "drown") (result i32) (local $i i32) (local $to i32)
        (local.set $to (call $stdout))
        (loop $more
          (block $caught
            (try_table (catch_all $caught)
              (call $write (local.get $to) (i32.const 0) (i32.const 65536) (i32.const 100000))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $i) (i32.const 1000))))
        (i32.const 7)))`,
  )
}

/** Name → bytes. */
export async function hostileComponents(): Promise<Record<string, Uint8Array>> {
  return {
    manyBytes: await sameBytes('list<u8>', 8_000, 200_000),
    manyStrings: await sameBytes('string', 8_000, 200_000),
    manyLists: await sameBytes('list<bool>', 8_000, 100_000),
    hugeRandom: await floodsImport(),
    emptyPoll: await misuses(
      'poll',
      'i32 i32 i32',
      '(call $misused (i32.const 0) (i32.const 0) (i32.const 16))',
    ),
    strangeHandle: await misuses('[method]pollable.block', 'i32', '(call $misused (i32.const 9))'),
    caller: await caller(),
    asynchronousCaller: await asynchronousCaller(),
    ...(await spinningComponents()),
    ...(await growingComponents()),
  }
}
