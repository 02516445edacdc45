// A component whose tool answers with structured JSON, nested as deep as its argument says. Node only.

import { read } from './components.ts'
import { fromCore } from './wat.ts'

/** `{"a":[[…]]}` of its `nest`, with `lists` lists, one in another. */
export async function nested(): Promise<Uint8Array> {
  const [head, ...body] = Buffer.from(read('wit/mcp.wit'))
    .toString()
    .split('package wassette-edge:mcp@0.1.0;')
  return await fromCore(
    `package test:nested;
    world nested {
      use wassette-edge:mcp/content@0.1.0.{tool-result};
      export nest: func(lists: u32) -> tool-result;
    }
    ${head}
    package wassette-edge:mcp@0.1.0 { ${body.join('')} }`,
    `(module
      (memory (export "memory") 20)
      (data (i32.const 1024) "{\\22a\\22:")
      (func (export "nest") (param $lists i32) (result i32)
        (local $at i32)
        (local.set $at (i32.const 1029))
        (memory.fill (local.get $at) (i32.const 0x5b) (local.get $lists))
        (local.set $at (i32.add (local.get $at) (local.get $lists)))
        (memory.fill (local.get $at) (i32.const 0x5d) (local.get $lists))
        (local.set $at (i32.add (local.get $at) (local.get $lists)))
        (i32.store8 (local.get $at) (i32.const 0x7d))
        ;; No blocks, the JSON from 1024 on, no error.
        (i32.store8 (i32.const 8) (i32.const 1))
        (i32.store (i32.const 12) (i32.const 1024))
        (i32.store (i32.const 16)
          (i32.add (i32.const 6) (i32.mul (i32.const 2) (local.get $lists))))
        (i32.const 0)))`,
  )
}
