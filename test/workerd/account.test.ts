import { applyD1Migrations, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AdmittedTool } from '../../src/account/verbs/calls.ts'
import type { NewInstall } from '../../src/account/components.ts'
import type { Receipt } from '../../src/account/record.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { asked } from '../support/asked.ts'
import { callsOf } from './support/calls.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const OTHER = `sha256:${'b'.repeat(64)}` as Digest
const DENYING = 'version: "1.0"\npermissions: { network: { deny: [{ host: b.test }] } }\n'
const AT = 1_800_000_000_000
const OWNER = 'client c'

let tools: readonly ToolModel[] = []

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
  if (!compiled.ok) throw new Error(compiled.error.reason)
  tools = compiled.value.tools
})

function install(wish: string, source: string, digest: Digest = DIGEST): NewInstall {
  return {
    wish,
    source,
    digest,
    wit: null,
    bytes: 1,
    compiler: 'c',
    artifact: DIGEST,
    imports: ['wasi:http/outgoing-handler@0.2.4'],
    skipped: [],
    labels: [],
    loaded_at: AT,
  }
}

function question(component: string, rule: string) {
  const wanted = {
    client: 'c',
    clientName: 'Client',
    owner: OWNER,
    tool: 'analyze',
    component,
    rule,
  }
  return { ...wanted, permission: 'network' as const }
}

function receipt(id: string): Receipt {
  return {
    id,
    client: 'c',
    client_name: 'Client',
    session: null,
    tool: 't',
    component: null,
    source: null,
    digest: null,
    arguments_digest: null,
    outcome: 'answered',
    reason: null,
    policy_digest: null,
    variables: [],
    started_at: AT,
    ms: 1,
    fuel: 1_234,
    host_calls: [],
    usage: null,
  }
}

const stubOf = (person: string) => env.ACCOUNT.getByName(person)
// What crosses is plain data, which the stub's mapped types obscure.
const account = (person: string) => stubOf(person) as unknown as AccountVerbs

async function grant(person: string, component: string, rule: string): Promise<void> {
  const mine = asked(await account(person).ask(question(component, rule), AT))
  await account(person).decide(mine.id, 'allow', AT)
}

async function admitted(person: string, tool: string): Promise<AdmittedTool> {
  const id = crypto.randomUUID()
  const found = await account(person).admit(tool, id, OWNER)
  if (found === null || found === 'too-many-calls') throw new Error(`not admitted: ${found}`)
  return found
}

async function rules(person: string, tool: string): Promise<string[]> {
  const { authority } = await admitted(person, tool)
  if (typeof authority === 'string') throw new Error(authority)
  const granted = authority.network?.layers.find(({ of }) => of === 'grants')
  return granted?.allow.map(({ rule }) => rule.text) ?? []
}

/** The tools of the fixture and one more, which takes so many bytes to keep. */
function large(bytes: number): readonly ToolModel[] {
  const [first] = tools
  if (first === undefined) throw new Error('no tool')
  const name = 'x'.repeat(bytes)
  const type = { params: [{ name, type: { kind: 'bool' as const } }], result: null, async: false }
  return [...tools, { ...first, name: 'large', function: { interface: null, name: 'large', type } }]
}

describe('Account', () => {
  it('bounds what the tools of all components of a person take, and lets go on what does not grow', async () => {
    const mine = account('p40')
    const loads = (source: string, models: readonly ToolModel[]) =>
      mine.install(install(source.slice('upload:'.length), source), models, [])
    for (const source of ['upload:a', 'upload:b', 'upload:c', 'upload:d'])
      expect(await loads(source, large(1_900_000))).toMatchObject({ ok: true })
    const refused = { ok: false, error: 'tools-too-large' }
    expect(await loads('upload:e', large(1_900_000))).toEqual(refused)
    expect(await loads('upload:e', tools)).toMatchObject({ ok: true })
    expect(await loads('upload:e', large(1_900_000))).toEqual(refused)
    expect(await loads('upload:a', large(1_900_000))).toMatchObject({ ok: true })
    expect((await mine.components()).map(({ install: { component } }) => component)).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ])
    expect(await mine.uninstall('a', AT)).toBe(true)
    expect(await loads('upload:e', large(1_900_000))).toMatchObject({ ok: true })
  })

  it('lists and unloads what had more than that before there was a bound', async () => {
    const mine = account('p41')
    await mine.install(install('stats', 'upload:stats'), tools, [])
    const [model] = large(1_900_000).slice(-1)
    const row = env.DB.prepare(
      `INSERT INTO tools (person, name, component, export, model) VALUES ('p41', ?1, 'stats', ?1, ?2)`,
    )
    for (let i = 0; i < 20; i += 1) await row.bind(`large-${i}`, JSON.stringify(model)).run()
    await evictDurableObject(stubOf('p41'))
    expect(await mine.tools()).toHaveLength(20 + tools.length)
    const [stats] = await mine.components()
    expect(stats?.tools).toHaveLength(20 + tools.length)
    expect(await mine.install(install('stats', 'upload:stats'), tools, [])).toMatchObject({
      ok: true,
    })
    expect(await mine.uninstall('stats', AT)).toBe(true)
  })

  it('admits a tool with nothing granted, and null for a name nobody holds', async () => {
    await account('p1').install(install('stats', 'catalogue:stats'), tools, [])
    expect(await rules('p1', 'analyze')).toEqual([])
    expect(await account('p1').admit('nothing', 'c', null)).toBeNull()
    expect(await account('p2').admit('analyze', 'c', null)).toBeNull()
  })

  it('admits so many calls at a time, and one more when one is on the record', async () => {
    await account('p20').install(install('stats', 'catalogue:stats'), tools, [])
    const ids = Array.from({ length: CALL_LIMITS.concurrentCalls }, () => crypto.randomUUID())
    for (const id of ids) expect(await account('p20').admit('analyze', id, null)).not.toBeNull()
    expect(await account('p20').admit('analyze', 'more', null)).toBe('too-many-calls')
    expect(await account('p20').admit('nothing', 'more', null)).toBeNull()
    // The same call again, after its component was compiled anew.
    expect(await account('p20').admit('analyze', ids[0] ?? '', null)).toMatchObject({ install: {} })
    expect(await account('p21').admit('analyze', 'other', null)).toBeNull()
    await account('p20').record(receipt(ids[0] ?? ''))
    expect(await account('p20').admit('analyze', 'more', null)).toMatchObject({ install: {} })
  })

  it('takes a grant along to a version that looks the same, and back', async () => {
    await account('p3').install(install('stats', 'catalogue:stats'), tools, [])
    await grant('p3', 'stats', 'a.test')
    expect(await rules('p3', 'analyze')).toEqual(['a.test'])
    for (const digest of [OTHER, DIGEST]) {
      const loaded = await account('p3').install(
        install('stats', 'catalogue:stats', digest),
        tools,
        [],
      )
      expect(loaded).toMatchObject({ ok: true, value: { waits: false } })
      expect(await rules('p3', 'analyze')).toEqual(['a.test'])
    }
    const other = await account('p3').install(install('stats', 'upload:stats'), tools, [])
    const name = other.ok ? other.value.tools[0] : undefined
    expect(await rules('p3', name ?? '')).toEqual([])
  })

  it('lets a version that looks different wait, and the one before come back with its grants', async () => {
    const first = install('stats', 'catalogue:stats')
    const next = {
      ...first,
      digest: OTHER,
      imports: [...first.imports, 'wasi:random/random@0.2.4'],
    }
    await account('p22').install(first, tools, [])
    await grant('p22', 'stats', 'a.test')
    expect(await account('p22').install(next, tools, [])).toMatchObject({ value: { waits: true } })
    expect((await admitted('p22', 'analyze')).authority).toBe('waits')
    await evictDurableObject(stubOf('p22'))
    expect((await admitted('p22', 'analyze')).authority).toBe('waits')
    expect(await account('p22').version('stats')).toMatchObject({
      before: DIGEST,
      change: { imports: { added: ['wasi:random/random@0.2.4'], removed: [] } },
      grants: [{ rule: 'a.test' }],
    })
    expect(await account('p22').decideVersion('stats', DIGEST, 'keep', AT)).toEqual({
      ok: false,
      error: 'changed',
    })
    await account('p22').install(first, tools, [])
    expect(await rules('p22', 'analyze')).toEqual(['a.test'])
    await account('p22').install(next, tools, [])
    const decided = await Promise.all(
      (['keep', 'nothing'] as const).map((word) =>
        account('p22').decideVersion('stats', OTHER, word, AT),
      ),
    )
    expect(decided).toEqual([
      { ok: true, value: null },
      { ok: false, error: 'not-waiting' },
    ])
    expect(await rules('p22', 'analyze')).toEqual(['a.test'])
  })

  it('compares with the version that the grants are for, past those nobody looked at', async () => {
    const first = install('stats', 'catalogue:stats')
    const other = `sha256:${'c'.repeat(64)}` as Digest
    await account('p23').install(first, tools, [])
    await grant('p23', 'stats', 'a.test')
    await account('p23').install({ ...first, digest: OTHER, imports: [] }, tools, [])
    // The next is as the first was: what was granted to that goes along.
    await account('p23').install({ ...first, digest: other }, tools, [])
    expect(await rules('p23', 'analyze')).toEqual(['a.test'])
    await account('p23').install({ ...first, digest: OTHER, imports: [] }, tools, [])
    expect((await account('p23').tools()).map(({ model }) => model.inputSchema)).toEqual([
      { type: 'object' },
      { type: 'object' },
    ])
    await account('p23').decideVersion('stats', OTHER, 'nothing', AT)
    await account('p23').install({ ...first, digest: other }, tools, [])
    expect(await rules('p23', 'analyze')).toEqual([])
  })

  it('lets the same bytes wait under other words, unless another compiler of ours has found them', async () => {
    const first = install('stats', 'catalogue:stats')
    const words = tools.map((tool) => ({ ...tool, description: 'other words' }))
    await account('p27').install(first, tools, [])
    await grant('p27', 'stats', 'a.test')
    const compiled = { ...first, compiler: 'another' }
    expect(await account('p27').install(compiled, words, [])).toMatchObject({
      value: { waits: false },
    })
    await account('p27').install(first, tools, [])
    const described = { ...first, wit: OTHER }
    expect(await account('p27').install(described, words, [])).toMatchObject({
      value: { waits: true },
    })
    const seen = (await account('p27').version('stats'))?.seen ?? ''
    expect((await account('p27').decideVersion('stats', DIGEST, 'keep', AT)).ok).toBe(false)
    expect((await account('p27').decideVersion('stats', seen, 'keep', AT)).ok).toBe(true)
    expect(await rules('p27', 'analyze')).toEqual(['a.test'])
  })

  it('leaves its name to an export, whatever a later version lists before it', async () => {
    const [model] = tools
    if (model === undefined) throw new Error('no tool')
    const exported = (name: string) => ({
      ...model,
      function: { ...model.function, interface: name },
    })
    const named = async () =>
      (await account('p29').tools()).map(({ name, export: key }) => [key, name])
    await account('p29').install(install('stats', 'catalogue:stats'), [exported('b')], [])
    expect(await named()).toEqual([['b#analyze', 'analyze']])
    const later = install('stats', 'catalogue:stats', OTHER)
    await account('p29').install(later, [exported('a'), exported('b')], [])
    expect(await named()).toEqual([
      ['b#analyze', 'analyze'],
      ['a#analyze', 'stats__analyze'],
    ])
  })

  it('ends every grant of a component that is unloaded', async () => {
    await account('p4').install(install('stats', 'catalogue:stats'), tools, [])
    await grant('p4', 'stats', 'a.test')
    expect(await account('p4').uninstall('stats', AT)).toBe(true)
    await account('p4').install(install('stats', 'catalogue:stats'), tools, [])
    expect(await rules('p4', 'analyze')).toEqual([])
  })

  it.each([
    ['the same version', DIGEST],
    ['another version', OTHER],
  ])('keeps what was denied and limited of it for %s that is loaded next', async (_, next) => {
    const who = `p28 ${next}`
    const shown = async () =>
      (await account(who).component('stats'))?.grants.map(({ effect, rule }) => [effect, rule])
    await account(who).install(install('stats', 'catalogue:stats'), tools, [])
    const policy = `version: "1.0"
permissions: { network: { allow: [{ host: a.test }], deny: [{ host: b.test }] } }
x-wassette-edge: { limits: { requests: 2 } }
`
    const written = await account(who).writePolicy('stats', new TextEncoder().encode(policy), AT)
    expect(written).toMatchObject({ ok: true, value: { rules: 3 } })
    await account(who).uninstall('stats', AT)
    // Another source is another component, and has nothing of it.
    await account(who).install(install('stats', 'upload:stats'), tools, [])
    expect(await shown()).toEqual([])
    await account(who).uninstall('stats', AT)
    const loaded = await account(who).install(install('stats', 'catalogue:stats', next), tools, [])
    expect(loaded).toMatchObject({ value: { waits: false } })
    const kept = [
      ['allow', 'requests 2'],
      ['deny', 'b.test'],
    ]
    expect((await shown())?.toSorted()).toEqual(kept)
    const { authority } = await admitted(who, 'analyze')
    expect(authority).toMatchObject({ limits: { requests: 2 } })
    // As often as it is done.
    await account(who).uninstall('stats', AT)
    await account(who).install(install('stats', 'catalogue:stats'), tools, [])
    expect((await shown())?.toSorted()).toEqual(kept)
    // By the person's own word it is over for good.
    await account(who).removePolicy('stats', AT)
    await account(who).uninstall('stats', AT)
    await account(who).install(install('stats', 'catalogue:stats'), tools, [])
    expect(await shown()).toEqual([])
  })

  it('keeps it where a new version waited when it was unloaded', async () => {
    await account('p29').install(install('stats', 'catalogue:stats'), tools, [])
    await account('p29').writePolicy('stats', new TextEncoder().encode(DENYING), AT)
    const [first, ...others] = tools
    const renamed = first === undefined ? [] : [{ ...first, name: 'other' }, ...others]
    const replaced = install('stats', 'catalogue:stats', OTHER)
    expect(await account('p29').install(replaced, renamed, [])).toMatchObject({
      value: { waits: true },
    })
    await account('p29').uninstall('stats', AT)
    expect(await account('p29').install(replaced, renamed, [])).toMatchObject({
      value: { waits: false },
    })
    expect((await account('p29').component('stats'))?.grants).toMatchObject([
      { effect: 'deny', rule: 'b.test', digest: OTHER },
    ])
  })

  it('decides a question once, however many decide at the same time', async () => {
    await account('p5').install(install('stats', 'catalogue:stats'), tools, [])
    const mine = asked(await account('p5').ask(question('stats', 'a.test'), AT))
    const id = mine.id
    const decided = await Promise.all(
      Array.from({ length: 50 }, () => account('p5').decide(id, 'allow', AT)),
    )
    expect(decided.filter((decision) => decision.ok)).toHaveLength(1)
    expect(await rules('p5', 'analyze')).toEqual(['a.test'])
  })

  it('finds the open question instead of asking the same again', async () => {
    await account('p6').install(install('stats', 'catalogue:stats'), tools, [])
    const first = asked(await account('p6').ask(question('stats', 'a.test'), AT))
    const second = asked(await account('p6').ask(question('stats', 'a.test'), AT + 1))
    expect(second.id).toBe(first.id)
    expect(await account('p6').openApprovals(AT + 1)).toHaveLength(1)
  })

  it('keeps no more arguments of open questions than it may', async () => {
    await account('p26').install(install('stats', 'catalogue:stats'), tools, [])
    // As long as what a person is shown of one call.
    const long = 'x'.repeat(1_500_000)
    const ask = (index: number) => {
      const call = { arguments: long, digest: `sha256:${index}` }
      return account('p26').ask({ ...question('stats', 'a.test'), call }, AT)
    }
    for (let index = 0; index < 5; index += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const { id } = asked(await ask(index))
      // oxlint-disable-next-line no-await-in-loop
      expect((await account('p26').approval(id))?.arguments).toHaveLength(long.length)
    }
    expect(await ask(5)).toEqual({ ok: false, error: 'too-many-questions' })
    expect(asked(await ask(0)).arguments).toHaveLength(long.length)
    const listed = await account('p26').openApprovals(AT)
    expect(listed.map((one) => one.arguments)).toEqual(Array.from({ length: 5 }, () => null))
  })

  it('does not let an expired question be decided, and asks a new one', async () => {
    await account('p7').install(install('stats', 'catalogue:stats'), tools, [])
    const mine = asked(await account('p7').ask(question('stats', 'a.test'), AT))
    const late = AT + 16 * 60_000
    expect(await account('p7').decide(mine.id, 'allow', late)).toEqual({
      ok: false,
      error: 'expired',
    })
    expect(asked(await account('p7').ask(question('stats', 'a.test'), late)).id).not.toBe(mine.id)
    expect(await rules('p7', 'analyze')).toEqual([])
  })

  it('knows nothing of another person’s question', async () => {
    await account('p8').install(install('stats', 'catalogue:stats'), tools, [])
    const mine = asked(await account('p8').ask(question('stats', 'a.test'), AT))
    expect(await account('p9').approval(mine.id)).toBeNull()
    expect(await account('p9').decide(mine.id, 'allow', AT)).toEqual({
      ok: false,
      error: 'unknown',
    })
    expect(await rules('p8', 'analyze')).toEqual([])
  })

  it('revokes for the very next admission', async () => {
    await account('p10').install(install('stats', 'catalogue:stats'), tools, [])
    await grant('p10', 'stats', 'a.test')
    await grant('p10', 'stats', 'b.test')
    expect(await account('p10').revokeNetwork('stats', 'A.test', AT)).toEqual({
      ended: true,
      stillAllowedBy: [],
    })
    expect(await rules('p10', 'analyze')).toEqual(['b.test'])
    await account('p10').reset('stats', AT)
    expect(await rules('p10', 'analyze')).toEqual([])
  })

  it('rebuilds what it holds after an eviction', async () => {
    await account('p11').install(install('stats', 'catalogue:stats'), tools, [])
    await grant('p11', 'stats', 'a.test')
    await evictDurableObject(stubOf('p11'))
    expect(await rules('p11', 'analyze')).toEqual(['a.test'])
  })

  it('gives the later of two components with the same tools names of its own, and keeps them', async () => {
    const first = await account('p12').install(install('one', 'upload:one'), tools, [])
    const second = await account('p12').install(install('two', 'upload:two'), tools, [])
    expect(first.ok && first.value.tools).toEqual(['analyze', 'rank'])
    expect(second.ok && second.value.tools).toEqual(['two__analyze', 'two__rank'])
    await account('p12').uninstall('one', AT)
    const again = await account('p12').install(install('two', 'upload:two'), tools, [])
    expect(again.ok && again.value.tools).toEqual(['two__analyze', 'two__rank'])
    expect((await admitted('p12', 'two__rank')).install.component).toBe('two')
  })

  it('replaces only what it is told to, and leaves what came in between', async () => {
    const first = install('stats', 'upload:stats')
    await account('p18').install(first, tools, [])
    const seen = { digest: DIGEST, wit: null }
    const described = { ...first, wit: OTHER }
    expect((await account('p18').install(described, tools, [], seen)).ok).toBe(true)
    const late = await account('p18').install({ ...first, bytes: 2 }, tools, [], seen)
    expect(late).toEqual({ ok: false, error: 'component-changed' })
    expect((await account('p18').component('stats'))?.install).toMatchObject({
      wit: OTHER,
      bytes: 1,
    })
    await account('p18').uninstall('stats', AT)
    const gone = await account('p18').install(first, tools, [], { digest: DIGEST, wit: OTHER })
    expect(gone).toEqual({ ok: false, error: 'component-changed' })
    expect(await account('p18').components()).toEqual([])
  })

  it('never gives a built-in name to a component', async () => {
    const loaded = await account('p13').install(install('x', 'upload:x'), tools, ['analyze'])
    expect(loaded.ok && loaded.value.renamed).toEqual({ analyze: 'x__analyze' })
  })

  it('tells of its components whatever was refused to one, and of what was kept that it cannot read', async () => {
    await account('p22').install(install('stats', 'catalogue:stats'), tools, [])
    const about = { permission: 'storage', access: 'read' } as const
    const path = `/${'x'.repeat(8_000)}`
    const denial = { ...about, reason: 'not-granted', path, rule: `read fs:/${path}` } as const
    const call = { ...receipt('r'), component: 'stats', source: 'catalogue:stats' }
    const after = { claimant: null, goesOn: false, moved: null, labels: [] }
    await account('p22').record(call, { ...after, denials: [denial] })
    await runInDurableObject(stubOf('p22'), (_, { storage }) => {
      storage.sql.exec(
        'INSERT INTO refusals (source, tool, at, denial) VALUES (?1, ?2, ?3, ?4)',
        'catalogue:stats',
        't',
        AT,
        JSON.stringify({ ...denial, reason: 'of an earlier version' }),
      )
    })
    const [view, ...more] = await account('p22').components()
    expect(more).toEqual([])
    expect(view?.refused).toEqual([{ tool: 't', at: AT, denial }])
  })

  it('tells two sources with one name apart', async () => {
    await account('p14').install(install('stats', 'upload:stats'), tools, [])
    const other = await account('p14').install(
      install('stats', 'https://a.test/stats.wasm'),
      tools,
      [],
    )
    expect(other.ok && other.value.component).toMatch(/^stats-[0-9a-f]{8}$/)
  })

  it('keeps a record in its own storage before it answers, and hands it to D1 in order', async () => {
    const stub = account('p15')
    await stub.record(receipt('r1'))
    await stub.record(receipt('r2'))
    const own = await runInDurableObject(stubOf('p15'), (_, state) =>
      state.storage.sql.exec('SELECT seq FROM records').toArray(),
    )
    expect(own).toEqual([{ seq: 1 }, { seq: 2 }])
    const calls = await callsOf('p15')
    expect(calls.map((call) => [call.seq, call.id])).toEqual([
      [2, 'r2'],
      [1, 'r1'],
    ])
    expect(await callsOf('p16')).toEqual([])
  })

  it('loses no record when it is evicted before the copy', async () => {
    const stub = account('p17')
    await stub.record(receipt('r3'))
    await evictDurableObject(stubOf('p17'))
    expect((await callsOf('p17')).map((call) => call.id)).toEqual(['r3'])
  })
})
