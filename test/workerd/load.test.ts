import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountOf, composeLoad } from '../../src/compose.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import { digestOf } from '../../src/component/digest.ts'
import {
  describe as describeBy,
  describeEntry,
  fewAtOnce,
  loadReference,
  loadUpload,
  publish,
  reload,
} from '../../src/load.ts'
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

async function installOf(person: string, component = 'stats'): Promise<Install> {
  const view = await accountOf(env, person).component(component)
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

describe('compiles of one person', () => {
  it('are a few at once: the next is refused until one has ended, and other people’s are not', async () => {
    const answers = Array.from({ length: 8 }, () => Promise.withResolvers<void>())
    const begun: string[] = []
    const waiting = (person: string): LoadDeps => ({
      ...composeLoad(env, person),
      compile: fewAtOnce(accountOf(env, person), async () => {
        begun.push(person)
        await answers[begun.length - 1]?.promise
        return { ok: false, error: { reason: 'no-tools', skipped: [] } }
      }),
    })
    const upload = (person: string) => loadUpload('stats', stats, waiting(person))
    const loads = answers.map(() => upload('many'))
    await expect.poll(() => begun.length).toBe(8)
    const refused = { ok: false, error: { reason: 'too-many-compiles' } }
    expect(await upload('many')).toEqual(refused)
    expect(await upload('another')).toMatchObject({ error: { reason: 'no-tools' } })
    answers[0]?.resolve()
    await Promise.race(loads)
    expect(await upload('many')).toMatchObject({ error: { reason: 'no-tools' } })
    for (const { resolve } of answers) resolve()
    await Promise.all(loads)
  })

  it('are not lost where the account cannot be told that they ended', async () => {
    const account = {
      beginCompile: async () => true,
      endCompile: () => Promise.reject(new Error('the object is away')),
    }
    const deps = composeLoad(env, 'untold')
    const compile = fewAtOnce(account, createCompile(env.LOADER))
    expect(await loadUpload('stats', stats, { ...deps, compile })).toMatchObject({ ok: true })
    const broken = fewAtOnce(account, () => Promise.reject(new Error('the compiler is away')))
    await expect(loadUpload('stats', stats, { ...deps, compile: broken })).rejects.toThrow(
      'the compiler is away',
    )
  })
})

describe('a component of the catalogue', () => {
  const NAME = 'shared-stats'
  afterAll(() => env.DB.prepare('DELETE FROM catalogue WHERE name = ?1').bind(NAME).run())

  /** What this person brings along, and how often the compiler was asked. */
  function counted(person: string): { deps: LoadDeps; compiles: () => number } {
    const deps = composeLoad(env, person)
    let count = 0
    const compile: LoadDeps['compile'] = (...args) => {
      count += 1
      return deps.compile(...args)
    }
    return { deps: { ...deps, compile, now: () => 1_000 }, compiles: () => count }
  }

  async function load(person: string) {
    const { deps, compiles } = counted(person)
    const done = await loadReference(NAME, deps)
    if (!done.ok) throw new Error(done.error.reason)
    const view = await accountOf(env, person).component(done.value.component)
    if (view === null) throw new Error('not loaded')
    const { person: _, ...install } = view.install
    return { compiles: compiles(), deps, install, tools: await accountOf(env, person).tools() }
  }

  async function offer(): Promise<void> {
    const { deps } = counted('host')
    await publish(NAME, { description: 'Shared.', policy: null }, stats, deps)
  }

  it('is compiled when it is published, and not by those who load it', async () => {
    await offer()
    const first = await load('s1')
    await env.DB.prepare('DELETE FROM outlines').run()
    const compiled = await load('s2')
    const known = await load('s3')
    expect([first.compiles, compiled.compiles, known.compiles]).toEqual([0, 1, 0])
    for (const { install, tools } of [first, known]) {
      expect(install).toEqual(compiled.install)
      expect(tools).toEqual(compiled.tools)
    }
  })

  it('is compiled again by another compiler, and where its modules are gone', async () => {
    await offer()
    await env.DB.prepare("UPDATE outlines SET compiler = 'an older one'").run()
    expect((await load('s4')).compiles).toBe(1)
    const { objects } = await env.STORE.list({ prefix: 'compiled/' })
    await env.STORE.delete(objects.map(({ key }) => key))
    const { compiles, deps, install } = await load('s5')
    expect(compiles).toBe(1)
    const { compiler, digest, artifact } = install
    expect((await deps.artifacts.modules(compiler, digest, artifact)).length).toBeGreaterThan(0)
  })

  it('has the words of the host for everyone, and of a person for them alone', async () => {
    await offer()
    const mine = await load('s6')
    await describeBy(await installOf('s6', mine.install.component), TEXT, mine.deps)
    const again = await load('s6')
    expect(again.compiles).toBe(1)
    expect(again.tools[0]?.model.description).toBe('Counts.')
    expect((await load('s7')).tools[0]?.model.description).not.toBe('Counts.')
    const entry = await mine.deps.catalogue.find(NAME)
    if (entry === null) throw new Error('not published')
    await describeEntry(entry, TEXT, mine.deps)
    const described = await load('s8')
    expect(described.compiles).toBe(0)
    expect(described.tools[0]?.model.description).toBe('Counts.')
  })

  it('is compiled for whoever uploads the same bytes: that they are known is not told', async () => {
    await offer()
    const { deps, compiles } = counted('s9')
    expect((await loadUpload('mine', stats, deps)).ok).toBe(true)
    expect(compiles()).toBe(1)
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
