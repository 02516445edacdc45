// A component of three parts that know nothing of each other's memory: one has a resource, the second makes, keeps
// and drops resources of the first, the third has the second's texts in an encoding of its own.

import { print } from '@bytecodealliance/jco-transpile/wasm-tools'
import { wat } from './components.ts'
import { fromCore } from './wat.ts'

const INTERFACES = `package t:parts@1.0.0;
interface counters { resource counter { constructor(start: u32); get: func() -> u32; } }
interface sums {
  use counters.{counter};
  sum: func(one: borrow<counter>, two: borrow<counter>) -> u32;
  /// Makes so many, drops all but the last.
  last-of: func(count: u32) -> counter;
  twice: func(text: string) -> string;
}
interface texts { four-times: func(text: string) -> string; }
world first { export counters; }
world second { import counters; export sums; }
world third { import sums; export texts; }`

/** Grows, so that what is held by one call is not written over by the next. */
const REALLOC = `(global $free (mut i32) (i32.const 1024))
  (func $realloc (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
    (global.set $free (i32.add (local.get $at) (local.get $size)))
    (memory.copy (local.get $at) (local.get $old) (local.get $had))
    (local.get $at))`

const COUNTERS = 't:parts/counters@1.0.0'
const SUMS = 't:parts/sums@1.0.0'

const FIRST = `(module
  (import "[export]${COUNTERS}" "[resource-new]counter" (func $new (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "${COUNTERS}#[constructor]counter") (param i32) (result i32) (call $new (local.get 0)))
  (func (export "${COUNTERS}#[method]counter.get") (param i32) (result i32) (local.get 0)))`

const SECOND = `(module
  (import "${COUNTERS}" "[constructor]counter" (func $make (param i32) (result i32)))
  (import "${COUNTERS}" "[method]counter.get" (func $get (param i32) (result i32)))
  (import "${COUNTERS}" "[resource-drop]counter" (func $drop (param i32)))
  (memory (export "memory") 1)
  ${REALLOC}
  (func (export "${SUMS}#sum") (param i32 i32) (result i32)
    (i32.add (call $get (local.get 0)) (call $get (local.get 1)))
    (call $drop (local.get 0)) (call $drop (local.get 1)))
  (func (export "${SUMS}#last-of") (param $count i32) (result i32) (local $i i32) (local $made i32)
    (local.set $made (call $make (i32.const 0)))
    (loop $next
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (if (i32.lt_u (local.get $i) (local.get $count)) (then
        (call $drop (local.get $made))
        (local.set $made (call $make (local.get $i)))
        (br $next))))
    (local.get $made))
  (func (export "${SUMS}#twice") (param $at i32) (param $length i32) (result i32) (local $to i32)
    (local.set $to (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
      (i32.mul (local.get $length) (i32.const 2))))
    (memory.copy (local.get $to) (local.get $at) (local.get $length))
    (memory.copy (i32.add (local.get $to) (local.get $length)) (local.get $at) (local.get $length))
    (i32.store (i32.const 16) (local.get $to))
    (i32.store (i32.const 20) (i32.mul (local.get $length) (i32.const 2)))
    (i32.const 16)))`

const THIRD = `(module
  (import "${SUMS}" "twice" (func $twice (param i32 i32 i32)))
  (memory (export "memory") 1)
  ${REALLOC}
  (func (export "t:parts/texts@1.0.0#four-times") (param $at i32) (param $length i32) (result i32)
    (call $twice (local.get $at) (local.get $length) (i32.const 16))
    (call $twice (i32.load (i32.const 16)) (i32.load (i32.const 20)) (i32.const 24))
    (i32.const 24)))`

async function part(name: string, world: string, core: string): Promise<string> {
  const wit = INTERFACES.replace(/^world \w+ .*$/gm, (line) =>
    line.startsWith(`world ${world} `) ? line : '',
  )
  const text = await print(await fromCore(wit, core))
  return text.replace(/^\(component\b/, `(component $${name}`)
}

export async function composed(): Promise<Uint8Array> {
  const parts = await Promise.all([
    part('First', 'first', FIRST),
    part('Second', 'second', SECOND),
    part('Third', 'third', THIRD),
  ])
  return await wat(`(component
    ${parts.join('\n')}
    (instance $first (instantiate $First))
    (alias export $first "${COUNTERS}" (instance $counters))
    (instance $second (instantiate $Second (with "${COUNTERS}" (instance $counters))))
    (alias export $second "${SUMS}" (instance $sums))
    (instance $third (instantiate $Third
      (with "${SUMS}" (instance $sums)) (with "${COUNTERS}" (instance $counters))))
    (alias export $third "t:parts/texts@1.0.0" (instance $texts))
    (export "${COUNTERS}" (instance $counters))
    (export "${SUMS}" (instance $sums))
    (export "t:parts/texts@1.0.0" (instance $texts)))`)
}
