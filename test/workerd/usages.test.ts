// What calls used, in the real object with real D1: calls from before it was recorded, calls that used more than is
// kept, and what is forgotten with them.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Receipt } from '../../src/account/record.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { Terms } from '../../src/policy/life.ts'
import { ALWAYS, HOUR_MS, ownerOf } from '../../src/policy/life.ts'
import type { CallUsage } from '../../src/policy/usage.ts'
import { NOTHING_USED } from '../../src/policy/usage.ts'
import { Calls } from '../../src/store/calls.ts'
import { asked } from '../support/asked.ts'

const DIGEST = `sha256:${'b'.repeat(64)}` as Digest
const SOURCE = 'catalogue:used'
const NOTHING = 'version: "1.0"\npermissions: {}\n'

let person = ''
let people = 0
/** After everything that was granted, and before every call. */
let since = 0
const DAY_MS = 86_400_000
let grants: Record<string, string> = {}

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})

beforeEach(async () => {
  people += 1
  person = `used ${people}`
  const columns = {
    source: SOURCE,
    digest: DIGEST,
    wit: null,
    bytes: 1,
    compiler: 'c',
    artifact: DIGEST,
    imports: ['wasi:http/outgoing-handler@0.2.4'],
    skipped: [],
    labels: [],
    loaded_at: Date.now(),
  }
  await account().install({ wish: 'used', ...columns }, [], [])
  for (const rule of ['a.test', 'b.test']) await grant(rule)
  const view = await account().component('used')
  grants = Object.fromEntries(view?.grants.map(({ rule, id }) => [rule, id]) ?? [])
  since = Date.now()
})

// What crosses is plain data, which the stub's mapped types obscure.
const account = () => env.ACCOUNT.getByName(person) as unknown as AccountVerbs

async function grant(rule: string, terms: Partial<Terms> = {}, at = Date.now()): Promise<void> {
  const by = { client: 'c', clientName: 'C', owner: ownerOf('c', null), tool: 't' }
  const question = { ...by, component: 'used', permission: 'network', rule } as const
  const { id } = asked(await account().ask(question, at))
  const decided = await account().decide(id, 'allow', at, null, { ...ALWAYS, ...terms })
  if (!decided.ok) throw new Error(decided.error)
}

function usage(rule: string, more: Partial<CallUsage> = {}): CallUsage {
  const place = { scheme: 'http', host: rule, port: 80, method: 'GET', path: '/x' } as const
  const used = [grants[rule] ?? '']
  const about = { asked: { kind: 'request', ...place, cut: false }, verdict: 'allowed' } as const
  const decision = { ...about, times: 1, grants: used, namings: [] }
  return { ...NOTHING_USED, ran: true, decisions: [decision], grants: used, ...more }
}

async function record(what: CallUsage | null, at = since): Promise<void> {
  const receipt: Receipt = {
    id: crypto.randomUUID(),
    client: 'c',
    client_name: 'C',
    session: null,
    tool: 't',
    component: 'used',
    source: SOURCE,
    digest: DIGEST,
    arguments_digest: null,
    policy_digest: null,
    variables: [],
    outcome: 'answered',
    reason: null,
    started_at: at,
    ms: 1,
    fuel: null,
    host_calls: [],
    usage: what,
  }
  await account().record(receipt)
}

const narrowing = async () => {
  const view = await account().narrowing('used', since, Date.now())
  if (view === null) throw new Error('no such component')
  return view
}
const narrow = async (acceptsUnknown: boolean) => {
  const { seal } = await narrowing()
  return await account().narrow('used', { since, seal, acceptsUnknown }, Date.now())
}
const left = async () =>
  (await account().component('used'))?.grants.map(({ rule }) => rule).toSorted()

describe('a call from before uses were recorded', () => {
  it('is not known to what-if, and nothing is guessed of it', async () => {
    await record(null)
    const seen = await account().whatIf('used', NOTHING, since, Date.now())
    expect(seen).toMatchObject({
      value: { calls: 1, callsTheSame: 0, counts: { 'not-known': 1, 'would-be-refused': 0 } },
    })
  })

  it('is not narrowed over unless the person accepts that', async () => {
    await record(null)
    await record(usage('a.test'))
    expect(await narrowing()).toMatchObject({ calls: 2, unknownCalls: 1 })
    expect(await narrow(false)).toEqual({ ok: false, error: 'not-known' })
    expect(await left()).toEqual(['a.test', 'b.test'])
    expect(await narrow(true)).toMatchObject({ ok: true })
    expect(await left()).toEqual(['GET http://a.test/x/'])
    expect(await narrow(true)).toEqual({ ok: false, error: 'nothing' })
  })

  it('makes nothing unused of the time before', async () => {
    const { recordedSince, unused } = await account().unusedGrants(since, Date.now())
    expect(unused.map(({ grant: { rule } }) => rule)).toEqual(['a.test', 'b.test'])
    const before = await account().unusedGrants(recordedSince - 1, Date.now())
    expect(before.unused).toEqual([])
  })
})

describe('calls that are not kept any more', () => {
  it('make nothing unused, and nothing small without the person knowing', async () => {
    const at = Date.now() + 400 * DAY_MS
    const unused = async (days: number) =>
      (await account().unusedGrants(at - days * DAY_MS, at)).unused.map(({ grant }) => grant.rule)
    const more = async (days: number) =>
      (await account().narrowing('used', at - days * DAY_MS, at))?.more
    expect([await unused(366), await more(366)]).toEqual([[], true])
    // For as long as they are kept, asked for a moment ago.
    expect([await unused(365), await more(365)]).toEqual([['a.test', 'b.test'], false])
  })
})

describe('a grant', () => {
  it('stays as it is when the person has labelled it, whatever becomes of others', async () => {
    const place = grants['a.test'] ?? ''
    const choice = { component: 'used', place, labels: ['private' as const] }
    expect(await account().chooseLabels(choice)).toMatchObject({ ok: true })
    await record(usage('a.test'))
    await record(usage('b.test'))
    expect(await narrowing()).toMatchObject({
      changes: [{ grant: { rule: 'b.test' } }],
      staying: [{ grant: { rule: 'a.test' }, why: 'labelled' }],
    })
    expect(await narrow(false)).toMatchObject({ ok: true })
    expect(await left()).toEqual(['GET http://b.test/x/', 'a.test'])
    expect((await account().component('used'))?.labels.chosen).toEqual({ [place]: ['private'] })
  })

  const SMALL = 'GET http://a.test/x/'
  const idOf = async (rule: string) =>
    (await account().component('used'))?.grants.find((one) => one.rule === rule)?.id ?? ''

  it.each<[string, Partial<Terms>]>([
    ['lasts a day', { life: 'until', until: Date.now() + 24 * HOUR_MS }],
    ['has a limit', { bytes: 1_000_000 }],
  ])(
    'that %s, and says what a larger one would become, stays with its labels',
    async (_, terms) => {
      await grant(SMALL, terms, since - 1)
      const place = await idOf(SMALL)
      const choice = { component: 'used', place, labels: ['private' as const] }
      expect(await account().chooseLabels(choice)).toMatchObject({ ok: true })
      await record(usage('a.test'))
      await record(usage('b.test'))
      const { changes, staying, fitting } = await narrowing()
      expect(changes.map(({ grant: { rule } }) => rule)).toEqual(['b.test'])
      expect(fitting).toEqual([])
      expect(Object.fromEntries(staying.map(({ grant: { rule }, why }) => [rule, why]))).toEqual({
        [SMALL]: 'until' in terms ? 'labelled' : 'passing',
        'a.test': 'said',
      })
      expect(await narrow(false)).toMatchObject({ ok: true })
      expect(await left()).toEqual([SMALL, 'GET http://b.test/x/', 'a.test'])
      expect(await idOf(SMALL)).toBe(place)
      expect((await account().component('used'))?.labels.chosen).toEqual({ [place]: ['private'] })
    },
  )

  it('is given anew where what said it before becomes smaller itself', async () => {
    await grant('http://a.test', { life: 'until', until: Date.now() + 24 * HOUR_MS }, since - 1)
    await record(usage('a.test'))
    const [first] = (await narrowing()).changes.filter(({ grant: { rule } }) => rule === 'a.test')
    expect(first?.becomes).toEqual([SMALL])
    expect(await narrow(false)).toMatchObject({ ok: true })
    expect(await left()).toEqual([SMALL])
  })

  it('that is made smaller as it is labelled is one or the other, and the person is told', async () => {
    const place = grants['b.test'] ?? ''
    await record(usage('b.test'))
    const { seal } = await narrowing()
    const [, chosen] = await Promise.all([
      account().narrow('used', { since, seal, acceptsUnknown: false }, Date.now()),
      account().chooseLabels({ component: 'used', place, labels: ['private' as const] }),
    ])
    expect(await left()).toEqual(['GET http://b.test/x/'])
    expect(chosen).toEqual({ ok: false, error: 'unknown-grant' })
    expect((await account().component('used'))?.labels.chosen).toEqual({})
  })

  it('stays as it is when a call used it that asked for more than is kept', async () => {
    await record(usage('a.test', { decisions: [], complete: false }))
    expect(await narrowing()).toMatchObject({
      changes: [{ grant: { rule: 'b.test' }, becomes: [] }],
      staying: [{ grant: { rule: 'a.test' }, why: 'not-known' }],
    })
  })

  it('is used by the calls that relied on it, each counted once however often it is copied', async () => {
    await record(usage('a.test'), since)
    await record(usage('a.test'), since + 1)
    await account().callsCopied()
    await account().callsCopied()
    const { unused, others } = await account().unusedGrants(since, Date.now())
    expect(unused.map(({ grant: { rule } }) => rule)).toEqual(['b.test'])
    expect(others).toMatchObject([{ grant: { rule: 'a.test' }, calls: 2, lastUsedAt: since + 1 }])
  })

  it('that was used meanwhile is not taken back, nor what was chosen with it', async () => {
    const { unused } = await account().unusedGrants(since, Date.now())
    await record(usage('a.test'))
    const ids = unused.map(({ grant: { id } }) => id)
    expect(await account().takeBackUnused(ids, since, Date.now())).toEqual({
      ok: false,
      error: 'changed',
    })
    expect(await left()).toEqual(['a.test', 'b.test'])
  })
})

describe('what was used', () => {
  const counted = async () =>
    await env.DB.prepare(
      `SELECT (SELECT count(*) FROM usages WHERE person = ?1) AS usages,
              (SELECT count(*) FROM grant_uses WHERE person = ?1) AS uses`,
    )
      .bind(person)
      .first()

  it('is forgotten with the call', async () => {
    await record(usage('a.test'), since)
    await record(usage('b.test'), since + 10)
    await account().callsCopied()
    expect(await counted()).toEqual({ usages: 2, uses: 2 })
    await new Calls(env.DB).forgetBefore(person, since + 5)
    expect(await counted()).toEqual({ usages: 1, uses: 1 })
  })

  it('is forgotten with the person, and is a text of the audit', async () => {
    await record(usage('a.test'))
    await account().auditHead()
    const texts = 'SELECT count(*) AS n FROM audit_texts WHERE texts LIKE ?1'
    const kept = async () =>
      await env.DB.prepare(texts).bind(`%"path":"/x"%${grants['a.test']}%`).first<number>('n')
    expect(await kept()).toBe(1)
    await account().forget()
    expect(await counted()).toEqual({ usages: 0, uses: 0 })
    expect(await kept()).toBe(0)
  })
})
