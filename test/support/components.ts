// Bytes of components for the tests: the probe, versions of it, and components written as WAT or WIT.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { REPOSITORY } from '../../local/state.ts'
import { fromCore } from './wat.ts'

/** `test/fixtures/probe/wit/world.wit` says what each of its functions does. */
export const PROBE = read('test/fixtures/probe/probe.wasm')

export function read(file: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(REPOSITORY, file)))
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The same component with a custom section at its end: other bytes, another digest, the same tools. */
export function withCustomSection(bytes: Uint8Array, text: string): Uint8Array {
  const name = Buffer.from('note')
  const content = Buffer.concat([Buffer.from([name.length]), name, Buffer.from(text)])
  if (content.length > 127) throw new Error('a length of one byte is enough here')
  return new Uint8Array(Buffer.concat([bytes, Buffer.from([0, content.length]), content]))
}

/** A component or core module written as WAT. Not validated. */
export async function wat(text: string): Promise<Uint8Array> {
  return await parse(text)
}

/** A component of the world in `wit`; every function of it traps. */
export async function fromWit(wit: string): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ dummy: true, witSource: wit }), [])
}

/** A component without imports whose exports answer with a constant. */
export async function constants(values: Readonly<Record<string, number>>): Promise<Uint8Array> {
  const entries = Object.entries(values)
  const cores = entries.map(
    ([name, value]) => `(func (export "${name}") (result i32) i32.const ${value})`,
  )
  const lifts = entries.map(
    ([name]) => `(func (export "${name}") (result u32) (canon lift (core func $i "${name}")))`,
  )
  return await wat(`(component
    (core module $m ${cores.join('\n')})
    (core instance $i (instantiate $m))
    ${lifts.join('\n')})`)
}

/** A component with a resource of that name, which holds a number. */
export async function resourceNamed(name: string): Promise<Uint8Array> {
  return await fromCore(
    `package test:things; world w {
      export things: interface { resource %${name} { constructor(n: u32); get: func() -> u32; } }
    }`,
    `(module
      (import "[export]things" "[resource-new]${name}" (func $new (param i32) (result i32)))
      (func (export "things#[constructor]${name}") (param i32) (result i32)
        (call $new (local.get 0)))
      (func (export "things#[method]${name}.get") (param i32) (result i32) local.get 0))`,
  )
}
