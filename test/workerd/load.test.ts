import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { accountOf, composeLoad } from '../../src/compose.ts'
import { digestOf } from '../../src/component/digest.ts'
import { describe as describeBy, loadUpload, reload } from '../../src/load.ts'
import type { LoadDeps } from '../../src/load.ts'
import type { BuiltinRun } from '../../src/mcp/builtin.ts'
import { BUILTINS } from '../../src/mcp/builtins.ts'
import type { Catalogue } from '../../src/store/catalogue.ts'
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

describe('a catalogue of three hundred components', () => {
  it('is searched in pages, and nothing of their policies is read for it', async () => {
    const insert = env.DB.prepare(
      `INSERT INTO catalogue (name, description, digest, bytes, policy, published_at)
       VALUES (?1, ?2, ?3, 1, ?4, 0)`,
    )
    const digest = await digestOf('x')
    const names = Array.from({ length: 300 }, (_, at) => `tool-${String(at).padStart(3, '0')}`)
    // A policy that is read would fill many answers.
    const rows = names.map((name) => insert.bind(name, `Does ${name}.`, digest, 'p'.repeat(60_000)))
    await env.DB.batch(rows)
    const { catalogue } = composeLoad(env, 'w4')
    const search = searchOf(catalogue)
    const found: string[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = await search(cursor === undefined ? {} : { cursor })
      expect(page.total).toBe(300)
      found.push(...page.components.map(({ name }) => name))
      cursor = page.next_cursor
      pages += 1
    } while (cursor !== undefined)
    expect(found).toEqual(names)
    expect(pages).toBe(6)
    const best = await search({ query: 'does tool-123', limit: 1 })
    expect(best).toMatchObject({ total: 300, components: [{ name: 'tool-123', uri: 'tool-123' }] })
    expect(Object.keys((await catalogue.search(''))[0] ?? {})).not.toContain('policy')
    await env.DB.prepare("DELETE FROM catalogue WHERE name LIKE 'tool-%'").run()
  })
})

interface Found {
  readonly components: readonly { readonly name: string }[]
  readonly total: number
  readonly next_cursor?: string
}

/** The built-in tool, as an agent calls it. */
function searchOf(catalogue: Catalogue): (args: Record<string, unknown>) => Promise<Found> {
  return async (args) => {
    const answer = await BUILTINS.get('search-components')?.run(args, {
      catalogue,
    } as unknown as BuiltinRun)
    if (answer === undefined || !('ok' in answer) || !answer.ok)
      throw new Error('the search failed')
    return answer.value as unknown as Found
  }
}
