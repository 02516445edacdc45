// The real toolchain as a test needs it: WAT and WIT to bytes, bytes to jco's JavaScript, running
// it.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { $init, generate } from '@bytecodealliance/jco-transpile/component'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'

/** The bytes of a component or a core module written as WAT. Not validated. */
export const wat = (text: string): Promise<Uint8Array> => parse(text)

/** A component that has the world of `witSource` and traps in every function. */
export async function fromWit(witSource: string): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ dummy: true, witSource }), [])
}

export interface Transpiled {
  readonly source: string
  readonly core: ReadonlyMap<string, Uint8Array>
  readonly exports: readonly [name: string, kind: 'function' | 'instance'][]
}

/** jco's output with the options of `src/compiler/isolate.ts`, but synchronous. */
export async function transpile(bytes: Uint8Array): Promise<Transpiled> {
  await $init
  const { files, exports } = generate(bytes, {
    name: 'component',
    instantiation: { tag: 'sync' },
    noNodejsCompat: true,
    noTypescript: true,
    noComponentErrorWrapping: true,
    strict: true,
    base64Cutoff: 0,
  })
  const core = new Map(files)
  const source = new TextDecoder().decode(core.get('component.js'))
  return { source, core, exports: exports as Transpiled['exports'] }
}

/** The exports of a fresh instance of a component without imports. */
export async function instantiate(bytes: Uint8Array): Promise<Record<string, unknown>> {
  const { source, core } = await transpile(bytes)
  const body = source
    .replace('export function instantiate', 'return function instantiate')
    .replace(/\nexport const _util = \{\s*\}\s*$/, '')
  const make = new Function(body)() as (
    getCoreModule: (name: string) => WebAssembly.Module,
    imports: object,
  ) => Record<string, unknown>
  return make((name) => new WebAssembly.Module(core.get(name) as BufferSource), {})
}

/** A component of the repository, by its path from the root. */
export async function builtComponent(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(join(import.meta.dirname, '../../..', path)))
}
