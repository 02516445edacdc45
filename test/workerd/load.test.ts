import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { accountOf, composeLoad } from '../../src/compose.ts'
import { digestOf } from '../../src/component/digest.ts'
import { describe as describeBy, loadUpload, reload } from '../../src/load.ts'
import type { LoadDeps } from '../../src/load.ts'
import type { Install } from '../../src/store/installs.ts'

const stats = new Uint8Array(env.TEXT_STATS_WASM)
const TEXT = new TextEncoder().encode(`package wassette-edge:text-stats;
  world text-stats { /// Counts.
    export analyze: func(/// Of this.
      text: string); }`)

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

/** A person with text-stats, loaded a while ago. */
async function loaded(person: string): Promise<{ deps: LoadDeps; install: Install }> {
  const deps = { ...composeLoad(env, person), now: () => 1_000 }
  const done = await loadUpload('stats', stats, deps)
  if (!done.ok) throw new Error(done.error.reason)
  return { deps: { ...deps, now: () => 2_000 }, install: await installOf(person) }
}

async function installOf(person: string): Promise<Install> {
  const view = await accountOf(env, person).component('stats')
  if (view === null) throw new Error('not loaded')
  return view.install
}

async function descriptionOf(person: string): Promise<string | undefined> {
  const tools = await accountOf(env, person).tools()
  return tools.find(({ name }) => name === 'analyze')?.model.description
}

describe('describe', () => {
  it('changes the words, and nothing else of an install', async () => {
    const { deps, install } = await loaded('w1')
    const done = await describeBy(install, TEXT, deps)
    expect(done).toMatchObject({
      ok: true,
      value: { tools: ['analyze', 'rank'], described: { functions: 1, parameters: 1, types: 0 } },
    })
    const after = await installOf('w1')
    expect({ ...after, wit: null }).toEqual(install)
    expect(after.wit).toBe(await digestOf(TEXT))
    expect(await deps.artifacts.wit(await digestOf(TEXT))).toEqual(TEXT)
    expect(await descriptionOf('w1')).toBe('Counts.')
  })

  it('gives way to another text that came meanwhile, and to an unload', async () => {
    const { deps, install } = await loaded('w2')
    const before = { ...install, wit: await digestOf('another text') }
    expect(await describeBy(before, TEXT, deps)).toEqual({
      ok: false,
      error: { reason: 'component-changed' },
    })
    await accountOf(env, 'w2').uninstall('stats', 3_000)
    expect(await describeBy(install, TEXT, deps)).toEqual({
      ok: false,
      error: { reason: 'component-changed' },
    })
    expect(await accountOf(env, 'w2').components()).toEqual([])
  })
})

describe('reload', () => {
  it('keeps the words of a component that it compiles again', async () => {
    const { deps, install } = await loaded('w3')
    await describeBy(install, TEXT, deps)
    const before = await installOf('w3')
    expect((await reload(before, deps)).ok).toBe(true)
    expect(await installOf('w3')).toEqual(before)
    expect(await descriptionOf('w3')).toBe('Counts.')
  })

  it('brings nothing back that was unloaded meanwhile', async () => {
    const { deps, install } = await loaded('w4')
    await accountOf(env, 'w4').uninstall('stats', 3_000)
    expect(await reload(install, deps)).toEqual({
      ok: false,
      error: { reason: 'component-changed' },
    })
    expect(await accountOf(env, 'w4').components()).toEqual([])
  })

  it('runs a component whose stored text this version cannot read, without words', async () => {
    const { deps, install } = await loaded('w5')
    const unreadable = new TextEncoder().encode('not WIT')
    const wit = await digestOf(unreadable)
    await deps.artifacts.putWit(wit, unreadable)
    const { person: _, component: __, ...columns } = { ...install, wit }
    await accountOf(env, 'w5').install({ ...columns, wish: 'stats' }, [], [])
    expect((await reload(await installOf('w5'), deps)).ok).toBe(true)
    expect(await descriptionOf('w5')).toBeTruthy()
  })
})
