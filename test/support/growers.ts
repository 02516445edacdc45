// Components that want memory: some at their start, some as they go. Written as WAT and built when the tests
// start. Node only.

import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { wat } from './components.ts'

const WIT = `
  package test:grow@0.1.0;
  interface kit {
    resource thing { constructor(); grow: func(pages: u32) -> s32; }
    grow: func(pages: u32) -> s32;
    size: func() -> u32;
  }
  world w { export kit; }
`

const kit = (name: string): string => `(export "test:grow/kit@0.1.0#${name}")`

/** `grow` answers as `memory.grow` does. Starts with three pages. */
const GROWER = `(module
  (import "[export]test:grow/kit@0.1.0" "[resource-new]thing" (func $new (param i32) (result i32)))
  (memory (export "memory") 3)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func ${kit('grow')} (param i32) (result i32) (memory.grow (local.get 0)))
  (func ${kit('size')} (result i32) (memory.size))
  (func ${kit('[constructor]thing')} (result i32) (call $new (i32.const 1)))
  (func ${kit('[method]thing.grow')} (param i32 i32) (result i32) (memory.grow (local.get 1))))`

/** Two memories that start with 100 and 50 pages, one that no export names. */
const STARTER = `(component
  (core module $hidden (memory 50) (func (export "nothing")))
  (core instance (instantiate $hidden))
  (core module $m (memory (export "memory") 100) (func (export "run") (result i32) (memory.size)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

/** Name → bytes. */
export async function growingComponents(): Promise<Record<string, Uint8Array>> {
  return {
    grower: await componentNew(
      await componentEmbed({ binary: await parse(GROWER), witSource: WIT }),
      [],
    ),
    starter: await wat(STARTER),
  }
}
