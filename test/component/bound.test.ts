import { describe, expect, it } from 'vitest'
import { boundCoreModules } from '../../src/component/bound.ts'
import { builtComponent, fromWit, instantiate, transpile, wat } from './support/toolchain.ts'

const CAPS = { maxMemoryPages: 16, maxTableEntries: 100 }

async function bounded(text: string): Promise<Uint8Array> {
  const result = boundCoreModules(await wat(text), CAPS)
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.detail}`)
  return result.value
}

async function fault(text: string): Promise<unknown> {
  const result = boundCoreModules(await wat(text), CAPS)
  return result.ok ? null : result.error
}

const inModule = (part: string): string => `(component (core module ${part}))`

describe('boundCoreModules', () => {
  it('gives a memory without a maximum the cap, and keeps a smaller one', async () => {
    expect(await bounded(inModule('(memory 2)'))).toEqual(await wat(inModule('(memory 2 16)')))
    expect(await bounded(inModule('(memory 2 9)'))).toEqual(await wat(inModule('(memory 2 9)')))
    expect(await bounded(inModule('(memory 2 99)'))).toEqual(await wat(inModule('(memory 2 16)')))
  })

  it('does the same for every table', async () => {
    expect(await bounded(inModule('(table 2 funcref) (table 3 200 externref)'))).toEqual(
      await wat(inModule('(table 2 100 funcref) (table 3 100 externref)')),
    )
  })

  it('reaches core modules in nested components', async () => {
    const nested = (memory: string): string =>
      `(component (component (component (core module (memory ${memory})))))`
    expect(await bounded(nested('1'))).toEqual(await wat(nested('1 16')))
  })

  it('refuses what starts above the cap, and names it', async () => {
    expect(await fault(inModule('(memory 17)'))).toEqual({
      reason: 'too-large',
      detail: 'a memory that starts with 17 of at most 16',
    })
    expect(await fault(inModule('(table 101 funcref)'))).toMatchObject({ reason: 'too-large' })
  })

  it('refuses 64-bit and shared memories and tables with initial values by name', async () => {
    const refusals = [
      ['(memory i64 1)', 'a 64-bit memory or table'],
      ['(memory 1 2 shared)', 'a shared memory'],
      ['(table i64 1 funcref)', 'a 64-bit memory or table'],
      ['(table 1 funcref (ref.null func))', 'a table with an initial value'],
      ['(memory 1 (pagesize 1))', 'a memory with pages of its own size'],
    ] as const
    for (const [part, detail] of refusals) {
      expect(await fault(inModule(part))).toEqual({ reason: 'unsupported', detail })
    }
  })

  const instances = (count: number, memory: string): string =>
    `(component (core module $m ${memory})
      ${'(core instance (instantiate $m))'.repeat(count)})`

  it('lets each memory have what all leave of the cap, each instance of a module counted', async () => {
    expect(await bounded(instances(3, '(memory 2)'))).toEqual(
      await wat(instances(3, '(memory 2 12)')),
    )
    const nested = (memory: string): string =>
      `(component (component $c (core module $m (memory ${memory})) (core instance (instantiate $m)))
        (instance (instantiate $c)) (instance (instantiate $c)))`
    expect(await bounded(nested('1'))).toEqual(await wat(nested('1 15')))
  })

  it('refuses memories that start above the cap together', async () => {
    expect(await fault(instances(3, '(memory 6)'))).toEqual({
      reason: 'too-large',
      detail: 'memories that start with 18 of at most 16',
    })
  })

  it('refuses more memories, tables or core instances than a component needs', async () => {
    expect(await fault(instances(17, '(memory 0)'))).toMatchObject({ detail: '17 memories' })
    expect(await fault(instances(65, '(table 1 funcref)'))).toMatchObject({ detail: '65 tables' })
    expect(await fault(instances(257, '(func)'))).toMatchObject({ detail: 'core instances' })
  })

  it('refuses more to start with than a few interpreters have, each instance of a module counted', async () => {
    const table = '(table (export "t") 100 funcref)'
    const filled = (entries: number, count: number): string =>
      instances(count, `${table} (func $f) (elem (i32.const 0) func ${'$f '.repeat(entries)})`)
    expect(await fault(filled(8_000, 40))).toBe(null)
    const error = { reason: 'too-large', detail: expect.stringContaining('entries, data') }
    expect(await fault(filled(8_000, 64))).toMatchObject(error)
    const others = [
      ['data', (n: number) => `(memory 1) (data (i32.const 0) "${'x'.repeat(n * 400_000)}")`, 7],
      ['segments', (n: number) => `(memory 1) ${'(data (i32.const 0) "")'.repeat(n * 1_500)}`, 15],
      ['globals', (n: number) => '(global i32 (i32.const 1))'.repeat(n * 2_000), 20],
      [
        'exports',
        (n: number) =>
          `(func $f) ${Array.from({ length: n * 300 }, (_, i) => `(export "e${i}" (func $f))`).join('')}`,
        10,
      ],
    ] as const
    for (const [what, module, count] of others) {
      const bytes = (n: number) => fault(instances(count, module(n)))
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect([await bytes(1), await bytes(12)], what).toMatchObject([null, error])
    }
  })

  it('stops a guest from growing past the cap', async () => {
    const text = `(component
      (core module $m
        (memory 1)
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
      (core instance $i (instantiate $m))
      (func $grow (param "by" s32) (result s32) (canon lift (core func $i "grow")))
      (export "grow" (func $grow)))`
    const grow = (await instantiate(await bounded(text)))['grow'] as (by: number) => number
    expect(grow(15)).toBe(1)
    expect(grow(1)).toBe(-1)
  })

  it('leaves components that the transpiler and the engine still take', async () => {
    for (const path of ['components/fetch/fetch.wasm', 'components/text-stats/text-stats.wasm']) {
      const caps = { maxMemoryPages: 1024, maxTableEntries: 10_000 }
      const result = boundCoreModules(await builtComponent(path), caps)
      if (!result.ok) throw new Error(result.error.detail)
      const { core } = await transpile(result.value)
      const modules = [...core].filter(([name]) => name.endsWith('.wasm'))
      expect(modules.every(([, bytes]) => WebAssembly.validate(bytes as BufferSource))).toBe(true)
    }
  })

  it('changes nothing in a component that defines neither', async () => {
    const bytes = await wat(inModule('(func)'))
    expect(boundCoreModules(bytes, CAPS)).toEqual({ ok: true, value: bytes })
    expect(await fromWit('package a:b; world w {}')).toBeInstanceOf(Uint8Array)
  })
})
