// Lives and limits of grants in the real object with real D1: who is served, who comes too late, and what an
// eviction changes.

import {
  applyD1Migrations,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuditChain } from '../../src/account/audit-chain.ts'
import { Expiries } from '../../src/account/expiries.ts'
import { Holdings } from '../../src/account/holdings.ts'
import type { Variables } from '../../src/account/variables.ts'
import type { RunningCall } from '../../src/account/authorities.ts'
import { PAUSE_MS } from '../../src/account/claims.ts'
import { printRules } from '../../src/account/policy.ts'
import type { Receipt } from '../../src/account/record.ts'
import type { Round } from '../../src/account/rounds.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import { parsePolicy } from '../../src/policy/document.ts'
import type { Terms } from '../../src/policy/life.ts'
import { ALWAYS, HOUR_MS, ownerOf, requestOf, SESSION_IDLE_MS } from '../../src/policy/life.ts'
import type { Grant } from '../../src/store/grants.ts'
import { asked } from '../support/asked.ts'
import { LATER } from '../support/later.ts'
import { begin } from './support/begin.ts'
import { letIn } from './support/let-in.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const SOURCE = 'catalogue:stats'
const OWNER = ownerOf('c', null)
const AFTER = { claimant: null, goesOn: false, moved: {}, denials: [], labels: [] }

let tools: readonly ToolModel[] = []
let person = ''
let people = 0

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
  if (!compiled.ok) throw new Error(compiled.error.reason)
  tools = compiled.value.tools
})

beforeEach(async () => {
  vi.useRealTimers()
  people += 1
  person = `g${people}`
  await load('stats')
})

async function load(name: string): Promise<void> {
  const columns = {
    source: `catalogue:${name}`,
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
  await account().install({ wish: name, ...columns }, tools, [])
}

const stub = () => env.ACCOUNT.getByName(person)
// What crosses is plain data, which the stub's mapped types obscure.
const account = () => stub() as unknown as AccountVerbs

async function grant(terms: Partial<Terms>, owner = OWNER, rule = 'a.test'): Promise<string> {
  const wanted = { client: 'c', clientName: 'C', owner, tool: 't', component: 'stats', rule }
  const question = asked(await account().ask({ ...wanted, permission: 'network' }, Date.now()))
  const given = { ...ALWAYS, ...terms }
  const decided = await account().decide(question.id, 'allow', Date.now(), null, given)
  if (!decided.ok) throw new Error(decided.error)
  const view = await account().component('stats')
  const found = view?.grants.find((one) => one.rule === rule && one.life === given.life)
  if (found === undefined) throw new Error('no such grant')
  return found.id
}

function running(
  id: string,
  owner: string | null = OWNER,
  request: string | null = requestOf('c', 't', 'sha256:some'),
): RunningCall {
  return { call: id, id, source: SOURCE, digest: DIGEST, owner, request }
}

/** By a call that is under way. */
async function claim(call: RunningCall, id: string) {
  await begin(account(), call)
  return await account().claim(call, id)
}

function receipt(id: string): Receipt {
  return {
    id,
    client: 'c',
    client_name: 'C',
    session: null,
    tool: 't',
    component: 'stats',
    source: SOURCE,
    digest: DIGEST,
    arguments_digest: null,
    policy_digest: null,
    variables: [],
    outcome: 'answered',
    reason: null,
    started_at: Date.now(),
    ms: 1,
    fuel: null,
    host_calls: [],
    usage: null,
  }
}

const shownRules = async () =>
  (await account().component('stats'))?.grants.map(({ rule }) => rule) ?? []

const ended = async (id: string) =>
  await env.DB.prepare('SELECT revoked_because AS why FROM grants WHERE id = ?1')
    .bind(id)
    .first<string>('why')

describe('claim', () => {
  it('of a grant for one call: the first of a hundred wins, and wins again', async () => {
    const id = await grant({ life: 'once' })
    const claims = await Promise.all(
      Array.from({ length: 100 }, (_, n) => claim(running(`call ${n}`), id)),
    )
    const winners = claims.flatMap((claim, n) => (claim === null ? [] : [n]))
    expect(winners).toHaveLength(1)
    expect(await claim(running(`call ${winners[0]}`), id)).toEqual({ bytes: null })
    await account().record(receipt(`call ${winners[0]}`))
    expect(await claim(running('later'), id)).toBeNull()
    await vi.waitFor(async () => expect(await ended(id)).toBe('spent'), LATER)
    expect(await shownRules()).toEqual([])
  })

  it('is not made for a call that is on the record already, or comes to be meanwhile', async () => {
    const id = await grant({ bytes: 1_000 })
    await begin(account(), running('late'))
    // A write has just dropped what was read of D1.
    await account().unmute('nobody')
    const claiming = account().claim(running('late'), id)
    await account().record(receipt('late'), AFTER)
    expect(await claiming).toBeNull()
    expect(await account().claim(running('late'), id)).toBeNull()
    expect(await claim(running('other'), id)).toEqual({ bytes: 1_000 })
  })

  it('is not made for a round that is over, by a call that goes on', async () => {
    const id = await grant({ bytes: 1_000 })
    const [first, second] = [running('first'), { ...running('first'), call: 'second' }]
    await begin(account(), first)
    await account().record(receipt('first'), { ...AFTER, goesOn: true })
    await begin(account(), second)
    expect(await account().claim(first, id)).toBeNull()
    expect(await account().claim(second, id)).toEqual({ bytes: 1_000 })
    const last = { ...AFTER, claimant: 'first', moved: { [id]: 300 } }
    await account().record(receipt('second'), last)
    expect(await account().claim(second, id)).toBeNull()
    expect(await claim(running('other'), id)).toEqual({ bytes: 700 })
  })

  it('is not made by a call that was only admitted', async () => {
    const id = await grant({ life: 'once' })
    expect(await account().admit('analyze', 'idle', OWNER)).not.toBeNull()
    await account().record(receipt('idle'))
    expect(await claim(running('other'), id)).toEqual({ bytes: null })
  })

  it('is there after an eviction, for the call that made it and against every other', async () => {
    const id = await grant({ life: 'once' })
    await claim(running('first'), id)
    await evictDurableObject(stub())
    expect(await claim(running('second'), id)).toBeNull()
    expect(await claim(running('first'), id)).toEqual({ bytes: null })
  })

  it('counts calls in all: three, and no fourth while they run or later', async () => {
    const id = await grant({ uses: 3 })
    for (const call of ['1', '2', '3']) {
      expect(await claim(running(call), id)).not.toBeNull()
    }
    expect(await claim(running('4'), id)).toBeNull()
    await account().record(receipt('1'))
    // The two others still hold it.
    expect(await ended(id)).toBeNull()
    expect(await claim(running('2'), id)).not.toBeNull()
    await account().record(receipt('2'))
    await account().record(receipt('3'))
    await vi.waitFor(async () => expect(await ended(id)).toBe('spent'), LATER)
  })

  it('stays known for an hour after the grant has ended, and is forgotten then', async () => {
    const claimed = () =>
      runInDurableObject(stub(), (_, state) =>
        state.storage.sql.exec('SELECT grant_id FROM claimed').toArray(),
      )
    const first = await grant({ life: 'once' })
    await claim(running('1'), first)
    await account().record(receipt('1'))
    await vi.waitFor(async () => expect(await ended(first)).toBe('spent'), LATER)
    expect(await claimed()).toEqual([{ grant_id: first }])
    vi.useFakeTimers({ now: Date.now() + HOUR_MS + 1, toFake: ['Date'] })
    const second = await grant({ life: 'once' })
    await claim(running('2'), second)
    await account().record(receipt('2'))
    await vi.waitFor(async () => expect(await claimed()).toEqual([{ grant_id: second }]), LATER)
  })

  it('reserves all bytes that are left, and gives back what a call did not use', async () => {
    const id = await grant({ bytes: 1_000 })
    expect(await claim(running('1'), id)).toEqual({ bytes: 1_000 })
    expect(await claim(running('2'), id)).toBeNull()
    await account().record(receipt('1'), { ...AFTER, moved: { [id]: 300 } })
    expect(await claim(running('2'), id)).toEqual({ bytes: 700 })
    // More than was reserved is never booked.
    await account().record(receipt('2'), { ...AFTER, moved: { [id]: 5_000 } })
    expect(await claim(running('3'), id)).toBeNull()
    await vi.waitFor(async () => expect(await ended(id)).toBe('spent'), LATER)
  })

  it('is given back by a call that might have gone on and does not', async () => {
    const [once, some] = [
      await grant({ life: 'once' }),
      await grant({ bytes: 100 }, OWNER, 'b.test'),
    ]
    await claim(running('first'), once)
    await claim(running('first'), some)
    await account().record(receipt('first'), { ...AFTER, goesOn: true, moved: { [some]: 30 } })
    expect(await claim(running('other'), some)).toBeNull()
    await account().giveUp('first')
    expect(await claim(running('other'), some)).toEqual({ bytes: 70 })
    // One call has come to rely on it, and that was this one.
    expect(await claim(running('other'), once)).toBeNull()
    expect(await ended(once)).toBe('spent')
    // Once more changes nothing, and neither does a call that nobody knows.
    await account().giveUp('first')
    await account().giveUp('nobody')
    expect(await claim(running('other'), some)).toEqual({ bytes: 70 })
  })

  describe('of a call that nobody comes back to', () => {
    const round = (claimant: string): Round => ({
      kind: 'form',
      call: { client: 'c', session: null, tool: 't', argumentsDigest: DIGEST },
      answers: [],
      asked: 'a',
      names: [],
      claimant,
    })
    const second = { ...running('first'), call: 'second' }
    const comeBack = async () => {
      const about = { client: 'c', client_name: 'C', session: null, arguments_digest: null }
      const called = { ...about, started_at: Date.now() }
      await account().admit('analyze', 'second', OWNER, 'first', second.request, called)
    }
    const pausing = async (id: string, call: string) => {
      await claim(running(call), id)
      await account().record(receipt(call), { ...AFTER, goesOn: true, moved: { [id]: 30 } })
    }

    it('is given back after a while, by itself', async () => {
      const id = await grant({ bytes: 100 })
      await pausing(id, 'first')
      await account().keepRound('round', round('first'), Date.now())
      await evictDurableObject(stub())
      vi.useFakeTimers({ now: Date.now() + PAUSE_MS - 60_000, toFake: ['Date'] })
      await runDurableObjectAlarm(stub())
      expect(await claim(running('other'), id)).toBeNull()
      vi.setSystemTime(Date.now() + 61_000)
      expect(await runDurableObjectAlarm(stub())).toBe(true)
      expect(await claim(running('other'), id)).toEqual({ bytes: 70 })
    })

    it('is kept by one that is come back to, and that runs', async () => {
      const id = await grant({ bytes: 100 })
      await pausing(id, 'first')
      await account().keepRound('round', round('first'), Date.now())
      vi.useFakeTimers({ now: Date.now() + 14 * 60_000, toFake: ['Date'] })
      expect(await account().takeRound('round', round('first').call, Date.now())).not.toBeNull()
      vi.setSystemTime(Date.now() + PAUSE_MS - 1_000)
      await account().callsCopied()
      expect(await claim(running('other'), id)).toBeNull()
      await comeBack()
      vi.setSystemTime(Date.now() + 2_000)
      await account().callsCopied()
      expect(await account().claim(second, id)).toEqual({ bytes: 70 })
      expect(await claim(running('other'), id)).toBeNull()
      expect(await ended(id)).toBeNull()
    })

    it.each<[string, Partial<Terms>]>([
      ['for one call', { life: 'once' }],
      ['of bytes', { bytes: 100 }],
    ])('is used up when one that has come back is cut off: a grant %s', async (_, terms) => {
      const id = await grant(terms)
      await pausing(id, 'first')
      await comeBack()
      vi.useFakeTimers({ now: Date.now() + HOUR_MS / 2, toFake: ['Date'] })
      await evictDurableObject(stub())
      await runDurableObjectAlarm(stub())
      expect(await claim(running('other'), id)).toBeNull()
      await vi.waitFor(async () => expect(await ended(id)).toBe('spent'), LATER)
    })

    it('is given back when others take its place', async () => {
      const id = await grant({ bytes: 100 })
      await pausing(id, 'first')
      await account().keepRound('round', round('first'), Date.now())
      for (let n = 0; n < 100; n += 1) {
        // oxlint-disable-next-line no-await-in-loop
        await account().keepRound(`round ${n}`, round(`call ${n}`), Date.now() + 1)
      }
      expect(await claim(running('other'), id)).toEqual({ bytes: 70 })
    })
  })

  it('stays with a call that waits for an answer of the person, through its rounds', async () => {
    const [once, some] = [
      await grant({ life: 'once' }),
      await grant({ bytes: 100 }, OWNER, 'b.test'),
    ]
    await claim(running('first'), once)
    await claim(running('first'), some)
    await account().record(receipt('first'), { ...AFTER, goesOn: true, moved: { [some]: 30 } })
    const admitted = async (claimant?: string) => {
      const { request } = running('second')
      const found = await account().admit('analyze', 'second', OWNER, claimant, request)
      if (found === null || found === 'too-many-calls') throw new Error('not admitted')
      return granted(found.authority as Renewed).toSorted()
    }
    expect(await admitted()).toEqual([])
    expect(await admitted('first')).toEqual(['a.test', 'b.test'])
    expect(await claim(running('other'), once)).toBeNull()
    expect(await claim(running('other'), some)).toBeNull()
    expect(await claim(running('first'), once)).toEqual({ bytes: null })
    expect(await claim(running('first'), some)).toEqual({ bytes: 70 })
    const last = { ...AFTER, claimant: 'first', moved: { [some]: 20 } }
    await account().record(receipt('second'), last)
    expect(await claim(running('other'), once)).toBeNull()
    expect(await claim(running('other'), some)).toEqual({ bytes: 50 })
  })

  it('knows neither another version, nor another grant, nor what was taken back', async () => {
    const id = await grant({ uses: 3 })
    const other = { ...running('1'), digest: `sha256:${'b'.repeat(64)}` as Digest }
    expect(await claim(other, id)).toBeNull()
    expect(await claim({ ...running('1'), source: 'catalogue:x' }, id)).toBeNull()
    expect(await claim(running('1'), crypto.randomUUID())).toBeNull()
    await account().revokeNetwork('stats', 'a.test', Date.now())
    expect(await claim(running('1'), id)).toBeNull()
  })

  it('counts calls of an hour, and the hour goes by', async () => {
    const id = await grant({ callsAnHour: 2 })
    expect(await claim(running('1'), id)).not.toBeNull()
    expect(await claim(running('2'), id)).not.toBeNull()
    await account().record(receipt('1'))
    expect(await claim(running('3'), id)).toBeNull()
    // Spent for now only: it is shown.
    expect(await shownRules()).toEqual(['a.test'])
    vi.useFakeTimers({ now: Date.now() + HOUR_MS + 1, toFake: ['Date'] })
    expect(await claim(running('3'), id)).not.toBeNull()
  })
})

describe('a grant for a session', () => {
  const mine = ownerOf('c', 's'.repeat(64))
  const rules = async (owner: string | null) => {
    const admitted = await account().admit('analyze', crypto.randomUUID(), owner)
    if (admitted === null || admitted === 'too-many-calls') throw new Error('not admitted')
    const { authority } = admitted
    return typeof authority === 'string' ? [] : granted(authority)
  }

  const FOR_SESSION: Grant = {
    id: crypto.randomUUID(),
    source: SOURCE,
    digest: DIGEST,
    effect: 'allow',
    permission: 'network',
    rule: 'a.test',
    life: 'session',
    owner: mine,
    request: null,
    until: null,
    uses: null,
    calls_an_hour: null,
    bytes: null,
    origin: 'question',
    granted_at: 1,
  }
  const SESSIONS = ['s', 't'].map((one) => one.repeat(64))
  beforeEach(async () => {
    await letIn(person, 'c')
    const who = { client: 'c', since: 1 }
    for (const id of SESSIONS) await account().openSession(id, who, Date.now())
  })

  const live = () =>
    env.DB.prepare('SELECT id FROM grants WHERE person = ?1 AND revoked_at IS NULL')
      .bind(person)
      .all()
      .then(({ results }) => results.length)
  const ask = async () => {
    const about = { client: 'c', clientName: 'C', owner: mine, tool: 't', component: 'stats' }
    const question = { ...about, permission: 'network', rule: 'a.test' } as const
    return asked(await account().ask(question, Date.now())).id
  }
  const decide = (id: string, life: 'session' | 'once') =>
    account().decide(id, 'allow', Date.now(), null, { ...ALWAYS, life })

  it('is not given once that is over: nothing would end it', async () => {
    const id = await ask()
    await account().closeSession('s'.repeat(64))
    expect(await decide(id, 'session')).toEqual({ ok: false, error: 'session-over' })
    expect(await live()).toBe(0)
    // It may be allowed in another way.
    expect(await decide(id, 'once')).toMatchObject({ ok: true })
  })

  it.each(['given', 'over'])(
    'does not outlive it when both come at once, first %s',
    async (which) => {
      const id = await ask()
      const both = [() => decide(id, 'session'), () => account().closeSession('s'.repeat(64))]
      if (which === 'over') both.reverse()
      await Promise.all(both.map((one) => one()))
      expect(await live()).toBe(0)
      expect(await shownRules()).toEqual([])
    },
  )

  it('ends with it also where it was on its way to D1 then', async () => {
    const variables = { names: async () => [] } as unknown as Variables
    const holdings = new Holdings(person, env.DB, variables, () => {})
    const chain = { append: async () => {} } as unknown as AuditChain
    await holdings.held()
    const { promise: arrival, resolve: arrive } = Promise.withResolvers<void>()
    const giving = holdings.write(async () => {
      await arrival
      await env.DB.batch(holdings.grants.entry(FOR_SESSION, null))
    })
    const ending = new Expiries(holdings, chain).endSession(mine, Date.now())
    arrive()
    await Promise.all([giving, ending])
    expect(await live()).toBe(0)
  })

  it('is for that session: not for another, nor for a client without one', async () => {
    await grant({ life: 'session' }, mine)
    expect(await rules(mine)).toEqual(['a.test'])
    for (const other of [ownerOf('c', 't'.repeat(64)), OWNER, null]) {
      expect(await rules(other)).toEqual([])
    }
  })

  it('ends with the session', async () => {
    const id = await grant({ life: 'session' }, mine)
    await account().closeSession('s'.repeat(64))
    expect(await rules(mine)).toEqual([])
    expect(await ended(id)).toBe('session-ended')
  })

  it('without sessions is for the client, until it has been idle for eight hours', async () => {
    const id = await grant({ life: 'session' })
    expect(await rules(OWNER)).toEqual(['a.test'])
    expect(await rules(ownerOf('other', null))).toEqual([])
    const start = Date.now()
    vi.useFakeTimers({ now: start + SESSION_IDLE_MS - 1_000, toFake: ['Date'] })
    expect(await rules(OWNER)).toEqual(['a.test'])
    vi.setSystemTime(start + 2 * SESSION_IDLE_MS - 120_000)
    expect(await rules(OWNER)).toEqual(['a.test'])
    vi.setSystemTime(start + 4 * SESSION_IDLE_MS)
    expect(await rules(OWNER)).toEqual([])
    // And it does not come back by calling often.
    expect(await rules(OWNER)).toEqual([])
    expect(await ended(id)).toBe('session-ended')
  })

  it('of two sessions are two, and the person’s latest word on one leaves the other', async () => {
    const theirs = ownerOf('c', 't'.repeat(64))
    await grant({ life: 'session' }, mine)
    await grant({ life: 'session', uses: 5 }, theirs)
    await grant({ life: 'session' }, mine)
    expect(await rules(mine)).toEqual(['a.test'])
    expect(await rules(theirs)).toEqual(['a.test'])
    expect(await shownRules()).toEqual(['a.test', 'a.test'])
  })
})

describe('a grant until a time', () => {
  it('is over then, for calls that begin and for those that run', async () => {
    const until = Date.now() + HOUR_MS
    await grant({ life: 'until', until })
    const now = async () => granted(await account().renew(running('1')))
    expect(await now()).toEqual(['a.test'])
    vi.useFakeTimers({ now: until, toFake: ['Date'] })
    expect(await now()).toEqual([])
    expect(await shownRules()).toEqual([])
  })
})

describe('renew', () => {
  it('follows what the person does while the call runs', async () => {
    await grant({})
    expect(granted(await account().renew(running('1')))).toEqual(['a.test'])
    await account().revokeNetwork('stats', 'a.test', Date.now())
    expect(granted(await account().renew(running('1')))).toEqual([])
    await grant({}, OWNER, 'b.test')
    expect(granted(await account().renew(running('1')))).toEqual(['b.test'])
    await account().reset('stats', Date.now())
    expect(granted(await account().renew(running('1')))).toEqual([])
    await account().uninstall('stats', Date.now())
    expect(await account().renew(running('1'))).toBeNull()
  })

  it('keeps a grant for one call to the call that has claimed it', async () => {
    const id = await grant({ life: 'once' })
    await claim(running('1'), id)
    expect(granted(await account().renew(running('1')))).toEqual(['a.test'])
    expect(granted(await account().renew(running('2')))).toEqual([])
  })
})

describe('a ceiling', () => {
  const write = async (document: string) => {
    await env.DB.prepare(
      "INSERT OR REPLACE INTO ceilings VALUES ('component', '', ?1, ?2, 'host', 1)",
    )
      .bind(SOURCE, document)
      .run()
    // The copy is older than it may be.
    vi.useFakeTimers({ now: Date.now() + 1_000, toFake: ['Date'] })
  }
  const admitted = async () => {
    const found = await account().admit('analyze', crypto.randomUUID(), OWNER)
    return found === null || found === 'too-many-calls' ? found : found.authority
  }

  it('that is no policy any more refuses the calls it covers, those that run as well', async () => {
    await grant({})
    expect(granted(await account().renew(running('1')))).toEqual(['a.test'])
    await write('version: "1.0"\npermissions: { network: { allow: [{ hosts: a.test }] } }\n')
    expect(await admitted()).toBe('ceiling-unreadable')
    const renewed = await account().renew(running('1'))
    const ceiling = renewed?.network?.layers.find(({ of }) => of === 'ceiling')
    expect(ceiling).toEqual({ of: 'ceiling', allow: [], deny: [] })
    expect((await account().component('stats'))?.ceilings).toEqual([
      { scope: 'component', document: null },
    ])
    await env.DB.prepare('DELETE FROM ceilings').run()
    vi.setSystemTime(Date.now() + 1_000)
    expect(granted((await admitted()) as Renewed)).toEqual(['a.test'])
  })

  it('holds for a component from its first call on, whatever was read before it was loaded', async () => {
    await account().uninstall('stats', Date.now())
    await load('other')
    await write('version: "1.0"\npermissions: { network: { allow: [{ host: b.test }] } }\n')
    const allowed = async () => {
      const authority = (await admitted()) as Renewed
      const layer = authority?.network?.layers.find(({ of }) => of === 'ceiling')
      return layer?.allow.map(({ rule }) => rule.text)
    }
    // The time stands: what is read now is as fresh as it was when the other one comes.
    expect(await allowed()).not.toContain('b.test')
    await account().uninstall('other', Date.now())
    await load('stats')
    expect(await allowed()).toEqual(['b.test'])
    await env.DB.prepare('DELETE FROM ceilings').run()
  })

  it('says how many calls one person has under way', async () => {
    await write(
      'version: "1.0"\npermissions: {}\nx-wassette-edge: { limits: { concurrent-calls: 1 } }\n',
    )
    expect(typeof (await admitted())).toBe('object')
    expect(await admitted()).toBe('too-many-calls')
    await env.DB.prepare('DELETE FROM ceilings').run()
  })

  it('says it beside the person, who may only say fewer', async () => {
    const limits = (most: number) =>
      `version: "1.0"\npermissions: {}\nx-wassette-edge: { limits: { concurrent-calls: ${most} } }\n`
    const say = async (most: number) =>
      await account().writePolicy('stats', new TextEncoder().encode(limits(most)), Date.now())
    expect(await say(2)).toMatchObject({ ok: true })
    const admittedNow = [await admitted(), await admitted(), await admitted()]
    expect(admittedNow.map((answer) => typeof answer)).toEqual(['object', 'object', 'string'])
    await write(limits(3))
    expect(await admitted()).toBe('too-many-calls')
    expect(await say(100)).toMatchObject({
      ok: true,
    })
    const more = [await admitted(), await admitted()]
    expect(more.map((answer) => typeof answer)).toEqual(['object', 'string'])
    await env.DB.prepare('DELETE FROM ceilings').run()
  })
})

type Renewed = Awaited<ReturnType<AccountVerbs['renew']>>

function granted(authority: Renewed): string[] {
  const layer = authority?.network?.layers.find(({ of }) => of === 'grants')
  return layer?.allow.map(({ rule }) => rule.text) ?? []
}

describe('a grant for one call', () => {
  const call = { arguments: '{}', digest: 'sha256:of-these' }
  const once = { ...ALWAYS, life: 'once' } as const

  /** Allowed for the call that was refused. */
  async function allowOnce(refused: typeof call): Promise<string> {
    const wanted = { client: 'c', clientName: 'C', owner: OWNER, tool: 't', component: 'stats' }
    const network = { permission: 'network', rule: 'a.test', call: refused } as const
    const { id } = asked(await account().ask({ ...wanted, ...network }, Date.now()))
    const decided = await account().decide(id, 'allow', Date.now(), null, once)
    if (!decided.ok) throw new Error(decided.error)
    const grants = (await account().component('stats'))?.grants ?? []
    const request = requestOf('c', 't', refused.digest)
    const found = grants.find((one) => one.rule === 'a.test' && one.request === request)
    if (found === undefined) throw new Error('no such grant')
    return found.id
  }

  it.each([
    ['other arguments', requestOf('c', 't', 'sha256:of-others')],
    ['another tool', requestOf('c', 'u', call.digest)],
    ['another client', requestOf('d', 't', call.digest)],
    ['a request that nobody knows', null],
  ])('is not for one with %s', async (_, request) => {
    const grant = await allowOnce(call)
    expect(await claim(running('other', OWNER, request), grant)).toBeNull()
    const mine = running('mine', OWNER, requestOf('c', 't', call.digest))
    expect(await claim(mine, grant)).toEqual({ bytes: null })
  })

  it('takes no other’s place: two calls that wait each have theirs', async () => {
    const other = { arguments: '{"a":1}', digest: 'sha256:of-others' }
    const [first, second] = [await allowOnce(call), await allowOnce(other)]
    for (const [grant, { digest }] of [
      [first, call],
      [second, other],
    ] as const) {
      const request = requestOf('c', 't', digest)
      expect(await claim(running(digest, OWNER, request), grant)).not.toBeNull()
    }
  })
})

describe('what is granted, as a policy', () => {
  const given = (rule: string, life: Grant['life']): Grant => ({
    ...{ id: rule, source: SOURCE, digest: DIGEST, effect: 'allow', permission: 'storage', rule },
    ...{ life, owner: null, request: null, until: null, uses: null, calls_an_hour: null },
    ...{ bytes: null, origin: 'question', granted_at: 0 },
  })

  it('can be written back, however much is granted that no policy says', () => {
    const many = (count: number, make: (n: number) => Grant) =>
      Array.from({ length: count }, (_, n) => make(n))
    const lasting = many(1_000, (n) => given(`read fs://${'a'.repeat(30)}${n}`, 'always'))
    const once = (count: number) => many(count, (n) => given(`read fs://once${n}`, 'once'))
    expect(printRules([...lasting, ...once(2)])).toMatch(/life is once .* fs:\/\/once1\n$/)
    const printed = printRules([...lasting, ...once(500)])
    expect(printed).toMatch(/\n# not in the document: 500 more/)
    const read = parsePolicy(new TextEncoder().encode(printed))
    expect(read.ok && read.value.storage.allow.length).toBe(1_000)
  })
})
