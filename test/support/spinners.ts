// Components that never stop computing, one for each place where code of a guest runs. Written as WAT and
// built when the tests start. Node only.

import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { composedSpinner, laterSpinner } from './later-spinner.ts'
import { BURN, fromCore } from './wat.ts'

const WIT = `
  package test:spin@0.1.0;
  interface kit {
    resource thing { constructor(); make: static func() -> u32; }
    answer: func() -> u32;
    spin: func() -> u32;
    compute: func() -> u32;
    recurse: func() -> u32;
    fill: func() -> u32;
    ask: func() -> u32;
    take: func(text: string) -> u32;
    give: func() -> string;
    count: func(rounds: u32) -> u32;
    let-go: func() -> u32;
    spin-and-catch: func() -> u32;
  }
  world w { import wasi:random/random@0.2.0; export kit; }
  package wasi:random@0.2.0 { interface random { get-random-bytes: func(len: u64) -> list<u8>; get-random-u64: func() -> u64; } }
`

/** `realloc` and `start` are bodies of functions; the rest loops in the place that its name says. */
function core(realloc: string, start: string): string {
  const kit = (name: string) => `(export "test:spin/kit@0.1.0#${name}")`
  const post = '(export "cabi_post_test:spin/kit@0.1.0#give")'
  return `(module
    (import "wasi:random/random@0.2.0" "get-random-bytes" (func $bytes (param i64 i32)))
    (import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))
    (import "[export]test:spin/kit@0.1.0" "[resource-new]thing" (func $new (param i32) (result i32)))
    (import "[export]test:spin/kit@0.1.0" "[resource-drop]thing" (func $drop (param i32)))
    (memory (export "memory") 4)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${realloc})
    (func $start (local i32 i32 i32 i32) ${start})
    (start $start)
    (func $spin (loop $again (br $again)))
    (func ${kit('[constructor]thing')} (result i32) (call $spin) (i32.const 1))
    (func ${kit('[static]thing.make')} (result i32) (call $spin) (i32.const 1))
    (func ${kit('answer')} (result i32) (i32.const 42))
    (func ${kit('spin')} (result i32) (call $spin) (i32.const 1))
    (func ${kit('compute')} (result i32) (local i32 i32 i32 i32) ${BURN} (i32.const 1))
    (func ${kit('[dtor]thing')} (param i32) (local i32 i32 i32) ${BURN})
    (func ${kit('let-go')} (result i32) (call $drop (call $new (i32.const 1))) (i32.const 1))
    (func ${kit('spin-and-catch')} (result i32) (local i32 i32 i32 i32)
      (block $caught (try_table (catch_all $caught) ${BURN}))
      (i32.const 666))
    (func $recurse ${kit('recurse')} (result i32) (return_call $recurse))
    (func ${kit('fill')} (result i32)
      (loop $again
        (memory.fill (i32.const 0) (i32.const 7) (i32.const 262144))
        (br $again))
      (i32.const 1))
    (func ${kit('ask')} (result i32)
      (loop $again (drop (call $random)) (br $again))
      (i32.const 1))
    (func ${kit('take')} (param i32 i32) (result i32) (local.get 1))
    (func ${kit('give')} (result i32)
      (call $bytes (i64.const 16) (i32.const 64))
      (i32.store (i32.const 64) (i32.const 128))
      (i32.store (i32.const 68) (i32.const 0))
      (i32.const 64))
    (func ${post} (param i32) (local i32 i32 i32) ${BURN})
    (func ${kit('count')} (param $rounds i32) (result i32) (local $i i32)
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (local.get $rounds))))
      (local.get $i)))`
}

/** A core module: jco takes no component with exceptions yet. */
const CATCHER = `(module
  (tag $tag)
  (func (export "spinAndCatch") (result i32)
    (block $caught
      (try_table (catch_all $caught) (loop $again (br $again)))
      unreachable)
    (i32.const 666))
  (func (export "throwOn") (result i32)
    (loop $again
      (block $caught (try_table (catch_all $caught) (throw $tag)))
      (br $again))
    (i32.const 1)))`

/**
 * `count` counts to ten million and owns `busy` meanwhile; `peek` tells whether it does, and `wait` the same
 * after a call of the host.
 */
const COUNTER = `(module
  (import "host" "rest" (func $rest))
  (global $busy (mut i32) (i32.const 0))
  (func (export "peek") (result i32) (global.get $busy))
  (func (export "wait") (result i32) (call $rest) (global.get $busy))
  (func (export "count") (local $i i32)
    (global.set $busy (i32.const 1))
    (loop $again
      (br_if $again (i32.lt_u
        (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 10000000))))
    (global.set $busy (i32.const 0))))`

/** Follows a chain through 32 MiB, which no cache holds: an instruction takes as long as a hundred others. */
const CHASER = `(module
  (memory 513)
  (func $link (local $i i32)
    (loop $next
      (i32.store
        (i32.mul (local.get $i) (i32.const 64))
        (i32.mul (i32.const 64) (i32.and (i32.const 0x7ffff)
          (i32.add (i32.mul (local.get $i) (i32.const 1664525)) (i32.const 1013904223)))))
      (br_if $next (i32.lt_u
        (local.tee $i (i32.add (local.get $i) (i32.const 1)))
        (i32.const 0x80000)))))
  (func (export "chase") (result i32) (local $at i32)
    (call $link)
    (loop $next (local.get $at) ${'i32.load '.repeat(200)} (local.set $at) (br $next))
    (i32.const 1)))`

function component(realloc: string, start: string): Promise<Uint8Array> {
  return fromCore(WIT, core(realloc, start))
}

/** Name → bytes. */
export async function spinningComponents(): Promise<Record<string, Uint8Array>> {
  return {
    spinner: await component('(i32.const 1024)', ''),
    laterSpinner: await laterSpinner(),
    partThatIsWaitedFor: await composedSpinner('waits'),
    partThatIsStarted: await composedSpinner('goes on'),
    catcher: await parse(CATCHER),
    chaser: await fromCore('package test:chase; world w { export chase: func() -> u32; }', CHASER),
    counter: await parse(COUNTER),
    spinsInRealloc: await component(`${BURN} unreachable`, ''),
    spinsAtStart: await component('(i32.const 1024)', BURN),
  }
}
