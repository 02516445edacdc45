// A component that calls the host as often as it is told, one export for each kind of host call. Written as
// WAT and built when the tests start. Node only.

import { fromCore } from './wat.ts'

const WIT = `
  package test:calls@0.1.0;
  interface kit {
    plain: func(rounds: u32) -> u32;
    method: func(rounds: u32) -> u32;
    block: func(rounds: u32) -> u32;
    poll: func(rounds: u32) -> u32;
    subscribe: func(rounds: u32) -> u32;
    resource-of-its-own: func(rounds: u32) -> u32;
    caught: func(rounds: u32) -> u32;
    caught-block: func(rounds: u32) -> u32;
    caught-resource: func(rounds: u32) -> u32;
    reallocate: func(rounds: u32) -> u32;
  }
  world w {
    import wasi:io/poll@0.2.0;
    import wasi:io/streams@0.2.0;
    import wasi:cli/stdout@0.2.0;
    import wasi:random/random@0.2.0;
    export kit;
    export things;
  }
  interface things { resource thing { constructor(); } }
  package wasi:random@0.2.0 {
    interface random {
      get-random-bytes: func(len: u64) -> list<u8>;
      get-random-u64: func() -> u64;
    }
  }
  package wasi:cli@0.2.0 {
    interface stdout {
      use wasi:io/streams@0.2.0.{output-stream};
      get-stdout: func() -> output-stream;
    }
  }
  package wasi:io@0.2.0 {
    interface poll {
      resource pollable { block: func(); }
      poll: func(in: list<borrow<pollable>>) -> list<u32>;
    }
    interface error { resource error; }
    interface streams {
      use poll.{pollable};
      use error.{error};
      variant stream-error { last-operation-failed(error), closed }
      resource output-stream {
        check-write: func() -> result<u64, stream-error>;
        subscribe: func() -> pollable;
      }
    }
  }`

/** Exported as `name`: does `before`, then `each` so many times. Local 1 is what `before` leaves. */
function repeated(name: string, before: string, each: string): string {
  return `
    (func (export "test:calls/kit@0.1.0#${name}") (param $rounds i32) (result i32)
      (local $it i32) (local $i i32)
      ${before}
      (loop $again
        ${each}
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (local.get $rounds))))
      (local.get $i))`
}

const caught = (call: string): string => `(block $caught (try_table (catch_all $caught) ${call}))`
const STREAM = '(local.set $it (call $stdout))'
const POLLABLE = '(local.set $it (call $subscribe (call $stdout)))'
const CHECK = '(call $check (local.get $it) (i32.const 16))'

const CORE = `(module
  (import "wasi:random/random@0.2.0" "get-random-bytes" (func $bytes (param i64 i32)))
  (import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.check-write"
    (func $check (param i32 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.subscribe"
    (func $subscribe (param i32) (result i32)))
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.0" "poll" (func $poll (param i32 i32 i32)))
  (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop (param i32)))
  (import "[export]test:calls/things@0.1.0" "[resource-new]thing" (func $new (param i32) (result i32)))
  (import "[export]test:calls/things@0.1.0" "[resource-drop]thing" (func $let-go (param i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096))
  (func (export "test:calls/things@0.1.0#[constructor]thing") (result i32)
    (call $new (i32.const 1)))
  (func (export "test:calls/things@0.1.0#[dtor]thing") (param i32))
  ${repeated('plain', '', '(drop (call $random))')}
  ${repeated('method', STREAM, CHECK)}
  ${repeated('block', POLLABLE, '(call $block (local.get $it))')}
  ${repeated(
    'poll',
    `${POLLABLE} (i32.store (i32.const 64) (local.get $it))`,
    '(call $poll (i32.const 64) (i32.const 1) (i32.const 16))',
  )}
  ${repeated('subscribe', STREAM, '(call $drop (call $subscribe (local.get $it)))')}
  ${repeated('resource-of-its-own', '', '(call $let-go (call $new (i32.const 1)))')}
  ${repeated('caught', STREAM, caught(CHECK))}
  ${repeated('caught-block', POLLABLE, caught('(call $block (local.get $it))'))}
  ${repeated('caught-resource', '', caught('(call $let-go (call $new (i32.const 1)))'))}
  ${repeated('reallocate', '', '(call $bytes (i64.const 16) (i32.const 64))')})`

export function caller(): Promise<Uint8Array> {
  return fromCore(WIT, CORE)
}

/** An asynchronous function that blocks on a ready pollable so many times. */
export function asynchronousCaller(): Promise<Uint8Array> {
  const [, interfaces = ''] = WIT.split('interface things { resource thing { constructor(); } }')
  return fromCore(
    `package test:calls@0.1.0;
     world w {
       import wasi:io/poll@0.2.0;
       import wasi:io/streams@0.2.0;
       import wasi:cli/stdout@0.2.0;
       export later: async func(rounds: u32) -> u32;
     }
     ${interfaces}`,
    `(module
      (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
      (import "wasi:io/streams@0.2.0" "[method]output-stream.subscribe"
        (func $subscribe (param i32) (result i32)))
      (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
      (import "[export]$root" "[task-return]later" (func $return (param i32)))
      (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "[callback][async-lift]later") (param i32 i32 i32) (result i32) (i32.const 0))
      (func (export "[async-lift]later") (param $rounds i32) (result i32)
        (local $it i32) (local $i i32)
        ${POLLABLE}
        (loop $again
          (call $block (local.get $it))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $i) (local.get $rounds))))
        (call $return (local.get $i))
        (i32.const 0)))`,
  )
}
