// A component of WASI 0.3 that never stops computing, with different things of the host's under way meanwhile.
// Written as WAT and built when the tests start. Node only.

import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { BURN, fromCore } from './wat.ts'

/** The parts of WASI 0.3.0 that it calls, as WASI has them. */
const WIT = `
  package test:later@0.1.0;
  world later {
    import wasi:clocks/monotonic-clock@0.3.0;
    import wasi:cli/stdout@0.3.0;
    /// Computes.
    export alone: async func() -> u32;
    /// Computes when a sleep is over.
    export woken: async func() -> u32;
    /// Computes while 20 sleeps end, one millisecond behind the other.
    export beside-sleeps: async func() -> u32;
    /// Computes while the host waits for what it writes.
    export beside-a-stream: async func() -> u32;
    /// Sleeps without end, for no time.
    export sleep-again: async func() -> u32;
    /// Counts to ten million while 20 sleeps end, and answers how many have.
    export count-beside-sleeps: async func() -> u32;
  }
  package wasi:clocks@0.3.0 {
    interface types { type duration = u64; }
    interface monotonic-clock {
      use types.{duration};
      wait-for: async func(how-long: duration);
    }
  }
  package wasi:cli@0.3.0 {
    interface types { enum error-code { io, illegal-byte-sequence, pipe } }
    interface stdout {
      use types.{error-code};
      write-via-stream: func(data: stream<u8>) -> future<result<_, error-code>>;
    }
  }`

const SLEEPS = 20
const EXIT = '(i32.const 0)'
/** What a callback of canonical ABI answers to wait for a set. */
const WAIT = '(i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4)))'

function lift(name: string, locals: string, body: string, callback = EXIT): string {
  return `
    (import "[export]$root" "[task-return]${name}" (func $return-${name} (param i32)))
    (func (export "[async-lift]${name}") (result i32) ${locals} ${body})
    (func (export "[callback][async-lift]${name}") (param i32 i32 i32) (result i32) (local i32)
      ${callback})`
}

const FOUR = '(local i32 i32 i32 i32)'

/** Imports come first in a module. */
function module(...parts: string[]): string {
  const imports = parts.join('').match(/\(import .*\)$/gm) ?? []
  const rest = parts.join('').replace(/\(import .*\)$/gm, '')
  return `(module ${imports.join('\n')} ${rest})`
}

const CORE = module(
  `
    (import "wasi:clocks/monotonic-clock@0.3.0" "[async-lower]wait-for" (func $sleep (param i64) (result i32)))
    (import "wasi:cli/stdout@0.3.0" "[stream-new-0]write-via-stream" (func $stream (result i64)))
    (import "wasi:cli/stdout@0.3.0" "write-via-stream" (func $write (param i32) (result i32)))
    (import "$root" "[waitable-set-new]" (func $new-set (result i32)))
    (import "$root" "[waitable-join]" (func $join (param i32 i32)))
    (import "$root" "[subtask-drop]" (func $drop (param i32)))
    (memory (export "memory") 1)
    (global $set (mut i32) (i32.const 0))
    (global $left (mut i32) (i32.const 0))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func $join-sleep (param $nanoseconds i64) (local $status i32)
      (local.set $status (call $sleep (local.get $nanoseconds)))
      (if (i32.ne (i32.and (local.get $status) (i32.const 15)) (i32.const 2))
        (then
          (global.set $left (i32.add (global.get $left) (i32.const 1)))
          (call $join (i32.shr_u (local.get $status) (i32.const 4)) (global.get $set)))))
    (func $sleeps (local $i i32)
      (global.set $set (call $new-set))
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (call $join-sleep (i64.mul (i64.extend_i32_u (local.get $i)) (i64.const 1000000)))
        (br_if $again (i32.lt_u (local.get $i) (i32.const ${SLEEPS})))))
    (func $count (local $i i32)
      (loop $again
        (br_if $again (i32.lt_u
          (local.tee $i (i32.add (local.get $i) (i32.const 1)))
          (i32.const 10000000)))))`,
  lift('alone', FOUR, `${BURN} ${EXIT}`),
  lift(
    'woken',
    '',
    `(global.set $set (call $new-set)) (call $join-sleep (i64.const 20000000)) ${WAIT}`,
    `${BURN} ${EXIT}`,
  ),
  lift('beside-sleeps', FOUR, `(call $sleeps) ${BURN} ${EXIT}`),
  lift(
    'beside-a-stream',
    FOUR,
    `(drop (call $write (i32.wrap_i64 (call $stream)))) ${BURN} ${EXIT}`,
  ),
  lift(
    'sleep-again',
    '',
    `(global.set $set (call $new-set)) (call $join-sleep (i64.const 1)) ${WAIT}`,
    `(call $join (local.get 1) (i32.const 0)) (call $drop (local.get 1))
     (call $join-sleep (i64.const 1)) ${WAIT}`,
  ),
  lift(
    'count-beside-sleeps',
    '',
    `(call $sleeps) (call $count) ${WAIT}`,
    `(call $join (local.get 1) (i32.const 0)) (call $drop (local.get 1))
     (global.set $left (i32.sub (global.get $left) (i32.const 1)))
     (if (result i32) (global.get $left)
       (then (call $count) ${WAIT})
       (else (call $return-count-beside-sleeps (i32.const ${SLEEPS})) ${EXIT}))`,
  ),
)

export function laterSpinner(): Promise<Uint8Array> {
  return fromCore(WIT, CORE)
}

/**
 * Two components in one: `run` of the one calls a function of the other, which computes. It waits for that,
 * or goes on beside it.
 */
export async function composedSpinner(how: 'waits' | 'goes on'): Promise<Uint8Array> {
  const [lower, type, call] =
    how === 'waits'
      ? ['', '(result i32)', '(call $compute)']
      : ['async', '(param i32) (result i32)', '(call $compute (i32.const 16))']
  return await parse(`(component
    (component $inner
      (core func $return (canon task.return (result u32)))
      (core module $code
        (import "" "return" (func $return (param i32)))
        (func (export "compute") (result i32) ${FOUR} ${BURN} (call $return (i32.const 1)) ${EXIT})
        (func (export "callback") (param i32 i32 i32) (result i32) ${EXIT}))
      (core instance $i (instantiate $code (with "" (instance (export "return" (func $return))))))
      (func (export "compute") async (result u32)
        (canon lift (core func $i "compute") async (callback (core func $i "callback")))))
    (component $outer
      (import "compute" (func $f async (result u32)))
      (core module $memory (memory (export "m") 1))
      (core instance $m (instantiate $memory))
      (core func $compute (canon lower (func $f) ${lower} (memory (core memory $m "m"))))
      (core func $return (canon task.return (result u32)))
      (core module $code
        (import "" "compute" (func $compute ${type}))
        (import "" "return" (func $return (param i32)))
        (func (export "run") (result i32) (drop ${call}) (call $return (i32.const 3)) ${EXIT})
        (func (export "callback") (param i32 i32 i32) (result i32) ${EXIT}))
      (core instance $i (instantiate $code (with "" (instance
        (export "compute" (func $compute)) (export "return" (func $return))))))
      (func (export "run") async (result u32)
        (canon lift (core func $i "run") async (callback (core func $i "callback")))))
    (instance $a (instantiate $inner))
    (instance $b (instantiate $outer (with "compute" (func $a "compute"))))
    (alias export $b "run" (func $run))
    (export "run" (func $run)))`)
}
