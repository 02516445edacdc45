// A component whose tool, resources and prompts take long: each waits before it answers. Node only.

import { read } from './components.ts'
import { fromCore } from './wat.ts'

/** Nanoseconds: longer than any test waits. */
const LONG = 25_000_000_000n

/** Its tool `doze` reports progress before it waits. Its lists are empty, and what is read of it is nothing. */
export async function sleeper(): Promise<Uint8Array> {
  const mcp = Buffer.from(read('wit/mcp.wit')).toString()
  const [head, ...body] = mcp.split('package wassette-edge:mcp@0.1.0;')
  return await fromCore(
    `package test:sleeper;
    world sleeper {
      import wassette-edge:mcp/client@0.1.0;
      import wasi:clocks/monotonic-clock@0.2.0;
      export wassette-edge:mcp/resources@0.1.0;
      export wassette-edge:mcp/prompts@0.1.0;
      export doze: func() -> u32;
    }
    package wasi:io@0.2.0 {
      interface poll { resource pollable { block: func(); } }
    }
    package wasi:clocks@0.2.0 {
      interface monotonic-clock {
        use wasi:io/poll@0.2.0.{pollable};
        subscribe-duration: func(when: u64) -> pollable;
      }
    }
    ${head}
    package wassette-edge:mcp@0.1.0 { ${body.join('')} }`,
    `(module
      (import "wassette-edge:mcp/client@0.1.0" "progress"
        (func $progress (param f64 i32 f64 i32 i32 i32)))
      (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration"
        (func $subscribe (param i64) (result i32)))
      (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
      (memory (export "memory") 1)
      (global $free (mut i32) (i32.const 1024))
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
        (global.set $free (i32.add (local.get $at) (local.get 3)))
        (local.get $at))
      (func $wait (call $block (call $subscribe (i64.const ${LONG}))))
      (func (export "doze") (result i32)
        (call $progress (f64.const 1)
          (i32.const 0) (f64.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
        (call $wait)
        (i32.const 1))
      ;; Zeros are an answer to each: an empty list, nothing, no messages.
      (func (export "wassette-edge:mcp/resources@0.1.0#list-resources") (result i32) (i32.const 16))
      (func (export "wassette-edge:mcp/resources@0.1.0#list-templates") (result i32) (i32.const 16))
      (func (export "wassette-edge:mcp/resources@0.1.0#read-resource")
        (param i32 i32) (result i32) (call $wait) (i32.const 16))
      (func (export "wassette-edge:mcp/prompts@0.1.0#list-prompts") (result i32) (i32.const 16))
      (func (export "wassette-edge:mcp/prompts@0.1.0#get-prompt")
        (param i32 i32 i32 i32) (result i32) (call $wait) (i32.const 16)))`,
  )
}
