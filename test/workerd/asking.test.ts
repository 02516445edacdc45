// The ladder without a client and without waiting: a scripted account, a clock that moves when it is waited
// on, and calls that end as the test says.

import { describe, expect, it } from 'vitest'
import type { Round, RoundCall } from '../../src/account/rounds.ts'
import type { CallRequest } from '../../src/call.ts'
import type { Outcome } from '../../src/outcome.ts'
import type { Exchange } from '../../src/exchange.ts'
import { callAsking } from '../../src/mcp/asking.ts'
import { createDesk } from '../../src/mcp/desk.ts'

type Word = 'allow' | 'deny' | 'open' | 'over' | 'too-many-waiting'

/** What the person says at each look, the last of them for ever. Time passes as it is waited for. */
class ScriptedAccount {
  time = 1e12
  waited = 0
  looked: string[] = []
  rounds = new Map<string, Round>()
  givenUp: string[] = []
  readonly #words: Word[]

  constructor(...words: Word[]) {
    this.#words = words
  }

  async word(id: string, waitMs: number): Promise<Word> {
    this.looked.push(id)
    const word = (this.#words.length > 1 ? this.#words.shift() : this.#words[0]) ?? 'open'
    if (word === 'open') {
      this.time += waitMs
      this.waited += waitMs
    }
    return word
  }

  async giveUp(claimant: string): Promise<void> {
    this.givenUp.push(claimant)
  }

  async keepRound(id: string, round: Round): Promise<void> {
    this.rounds.set(id, structuredClone(round))
  }

  async takeRound(id: string, call: RoundCall): Promise<Round | null> {
    const round = this.rounds.get(id)
    if (round === undefined || JSON.stringify(round.call) !== JSON.stringify(call)) return null
    this.rounds.delete(id)
    return round
  }
}

const EXCHANGE: Exchange = {
  notify: null,
  shows: { forms: false, pages: true },
  abilities: [],
  push: null,
  isPatient: false,
  state: null,
  responses: {},
  cancelled: null,
}

function request(exchange: Partial<Exchange> = {}, tool = 'fetch'): CallRequest {
  const principal = { person: 'p', client: 'c', clientName: 'C', since: 1, scopes: [] }
  const args = { url: 'http://a.test/' }
  return {
    principal,
    session: null,
    tool,
    arguments: args,
    before: null,
    exchange: { ...EXCHANGE, ...exchange },
  }
}

function denied(rule: string, more: Partial<Extract<Outcome, { tag: 'denied' }>> = {}): Outcome {
  const host = { permission: 'network', host: rule, port: 80 } as const
  return {
    tag: 'denied',
    component: 'fetch',
    denied: {
      denials: [{ reason: 'not-granted', ...host, rule }],
      approvals: [{ id: `question of ${rule}`, permission: 'network', rule }],
    },
    result: null,
    again: { answers: [], claimant: 'first run' },
    ...more,
  }
}

const DONE: Outcome = { tag: 'bad-result' }

/** Runs a call whose runs end one after the other as said; how often it ran. */
async function run(wanted: CallRequest, account: ScriptedAccount, ...ends: Outcome[]) {
  let runs = 0
  const requests: CallRequest[] = []
  const outcome = await callAsking(
    wanted,
    async (each) => {
      requests.push(each)
      const end = ends[runs]
      runs += 1
      if (end === undefined) throw new Error('run once more than the test has ends for')
      return end
    },
    {
      account,
      publicUrl: 'https://edge.test',
      now: () => account.time,
      newId: () => crypto.randomUUID(),
    },
  )
  return { outcome, runs, requests }
}

/** The client opens the page and comes back with this. */
async function comeBack(account: ScriptedAccount, response: unknown, ...ends: Outcome[]) {
  const first = await run(request(), account, denied('a.test'))
  expect(first.outcome.tag).toBe('page')
  const [state] = account.rounds.keys()
  if (state === undefined) throw new Error('no round is kept')
  return await run(request({ state, responses: { question: response } }), account, ...ends)
}

describe('a call that the client repeats (2026-07-28)', () => {
  it('runs again once the person has allowed it', async () => {
    const account = new ScriptedAccount('open', 'open', 'allow')
    const back = await comeBack(account, { action: 'accept' }, DONE)
    expect(back).toMatchObject({ outcome: DONE, runs: 1 })
    expect(new Set(account.looked)).toEqual(new Set(['question of a.test']))
    expect(back.requests[0]?.exchange.state).toBeNull()
  })

  it('ends refused when the time is over, having waited for less than a minute', async () => {
    const account = new ScriptedAccount('open')
    const { outcome, runs } = await comeBack(account, { action: 'accept' })
    expect(runs).toBe(0)
    expect(outcome).toMatchObject({ tag: 'denied', denied: { approvals: [{ rule: 'a.test' }] } })
    expect(account.waited).toBe(50_000)
  })

  it.each([{ action: 'decline' }, { action: 'cancel' }, null, 'accept', { action: 'allow' }])(
    'does not wait when the client answers %j',
    async (response) => {
      const account = new ScriptedAccount('open')
      const { outcome, runs } = await comeBack(account, response)
      expect({ tag: outcome.tag, runs }).toEqual({ tag: 'denied', runs: 0 })
      expect(account.waited).toBe(0)
    },
  )

  it('goes on even so when the person has allowed it', async () => {
    const account = new ScriptedAccount('allow')
    expect((await comeBack(account, { action: 'cancel' }, DONE)).outcome).toEqual(DONE)
  })

  it('begins anew with a state of another call, and with one that was used', async () => {
    const account = new ScriptedAccount('allow')
    await run(request(), account, denied('a.test'))
    const [state = ''] = account.rounds.keys()
    const response = { action: 'accept' }
    const other = await run(
      request({ state, responses: { question: response } }, 'other'),
      account,
      DONE,
    )
    expect(other.runs).toBe(1)
    expect(account.looked).toEqual([])
    await run(request({ state, responses: { question: response } }), account, DONE)
    const again = await run(
      request({ state, responses: { question: response } }),
      account,
      denied('a.test'),
    )
    expect(again.outcome.tag).toBe('page')
    expect(account.looked).toHaveLength(1)
  })
})

describe('a refused call', () => {
  const pushed = (): Partial<Exchange> => ({
    push: { ask: async () => 'accept', settle: async () => {} },
  })

  it('is not run again when it may have changed something', async () => {
    const refusal = denied('a.test', { again: null })
    for (const exchange of [{}, pushed()]) {
      const { outcome, runs } = await run(request(exchange), new ScriptedAccount('allow'), refusal)
      expect({ outcome, runs }).toEqual({ outcome: refusal, runs: 1 })
    }
  })

  /** The client holds the question open, and the person never comes back to it. */
  const held = (): Partial<Exchange> => ({
    push: { ask: () => new Promise(() => {}), settle: async () => {} },
  })
  const link = { approvals: [{ id: 'question of a.test', rule: 'a.test' }] }

  it.each([
    ['the question stays open', held],
    ['its person accepts', pushed],
  ] as const)(
    'ends with its link before a client gives up that follows no progress: %s',
    async (_, how) => {
      const account = new ScriptedAccount('open')
      const { outcome } = await run(request(how()), account, denied('a.test'))
      expect(outcome).toMatchObject({ tag: 'denied', denied: link })
      expect(account.waited).toBe(50_000)
    },
  )

  it('counts in that what its runs took, and asks nobody when nothing is left', async () => {
    for (const [took, waits] of [
      [20_000, 30_000],
      [50_000, 0],
    ] as const) {
      const account = new ScriptedAccount('open')
      let asked = 0
      const push = {
        ask: () => new Promise<never>(() => void (asked += 1)),
        settle: async () => {},
      }
      // oxlint-disable-next-line no-await-in-loop
      const outcome = await callAsking(
        request({ push }),
        async () => {
          account.time += took
          return denied('a.test')
        },
        {
          account,
          publicUrl: 'https://edge.test',
          now: () => account.time,
          newId: () => crypto.randomUUID(),
        },
      )
      expect(outcome).toMatchObject({ tag: 'denied', denied: link })
      expect({ waited: account.waited, asked }).toEqual({ waited: waits, asked: waits > 0 ? 1 : 0 })
    }
  })

  it('waits for longer where the client follows its progress', async () => {
    for (const [how, waits] of [
      [held, 600_000],
      // Two minutes from the client's answer, which comes while the first look is under way.
      [pushed, 130_000],
    ] as const) {
      const account = new ScriptedAccount('open')
      // oxlint-disable-next-line no-await-in-loop
      await run(request({ ...how(), isPatient: true }), account, denied('a.test'))
      expect(account.waited).toBe(waits)
    }
  })

  it('is run again once for each rule that is given, and at most three times', async () => {
    const ends = ['a', 'b', 'c', 'd'].map((host) => denied(`${host}.test`))
    const account = new ScriptedAccount('allow')
    const { outcome, runs } = await run(request(pushed()), account, ...ends)
    expect(runs).toBe(4)
    expect(outcome).toMatchObject({ denied: { approvals: [{ rule: 'd.test' }] } })
    expect(account.looked).toEqual(['a', 'b', 'c'].map((host) => `question of ${host}.test`))
  })

  it('is not run a second time for the same rule', async () => {
    const account = new ScriptedAccount('allow')
    const ends = [denied('a.test'), denied('a.test')]
    expect((await run(request(pushed()), account, ...ends)).runs).toBe(2)
  })

  it('goes on with what the person had answered to the component, and with what it had claimed', async () => {
    const answers = [{ form: 'digest', responses: { question: { action: 'accept' } } }]
    const before = { answers, claimant: 'first run' }
    const refusal = denied('a.test', { again: before })
    const account = new ScriptedAccount('allow')
    const { requests } = await run(request(pushed()), account, refusal, DONE)
    expect(requests.map((each) => each.before)).toEqual([null, before])
    expect(account.givenUp).toEqual([])
    const back = await comeBack(new ScriptedAccount('allow'), { action: 'accept' }, DONE)
    expect(back.requests.map((each) => each.before)).toEqual([
      { answers: [], claimant: 'first run' },
    ])
  })

  it.each([
    ['the person denies it', 'deny'],
    ['nobody decides', 'open'],
  ] as const)('gives back what it had claimed when %s', async (_, word) => {
    const waits = new ScriptedAccount(word)
    await run(request(pushed()), waits, denied('a.test'))
    expect(waits.givenUp).toEqual(['first run'])
    const comesBack = new ScriptedAccount(word)
    await comeBack(comesBack, { action: 'accept' })
    expect(comesBack.givenUp).toEqual(['first run'])
  })

  it('gives it back as well when it has been run again often enough', async () => {
    const account = new ScriptedAccount('allow')
    await run(request(pushed()), account, denied('a.test'), denied('a.test'))
    expect(account.givenUp).toEqual(['first run'])
  })

  it.each([
    ['the person denies it', 'deny', 'deny'],
    ['the question is over', 'over', 'over'],
    ['too many calls wait', 'too-many-waiting', undefined],
  ] as const)('stays refused when %s', async (_, word, told) => {
    const account = new ScriptedAccount(word)
    const { outcome, runs } = await run(request(pushed()), account, denied('a.test'))
    expect(runs).toBe(1)
    expect(outcome.tag === 'denied' && outcome.word).toBe(told)
  })

  it('looks again when its person’s account was evicted while it waited', async () => {
    const account = new ScriptedAccount('allow')
    const word = account.word.bind(account)
    account.word = async () => {
      account.word = word
      throw new Error('the object is gone')
    }
    const { outcome, runs } = await run(request(pushed()), account, denied('a.test'), DONE)
    expect({ outcome, runs }).toEqual({ outcome: DONE, runs: 2 })
  })

  it('waits no longer when the client gives it up', async () => {
    const exchange = { ...pushed(), cancelled: async () => true }
    // A look that takes its time.
    const account = new ScriptedAccount()
    account.word = () => new Promise(() => {})
    const { outcome } = await run(request(exchange), account, denied('a.test'))
    expect(outcome.tag).toBe('cancelled')
  })

  it('asks nobody where the client can show nothing', async () => {
    const shows = { forms: false, pages: false }
    const account = new ScriptedAccount('allow')
    const { outcome, runs } = await run(request({ shows }), account, denied('a.test'))
    expect({ tag: outcome.tag, runs, looked: account.looked }).toEqual({
      tag: 'denied',
      runs: 1,
      looked: [],
    })
  })
})

describe('a tool that asks the person itself', () => {
  /** The client holds the question open for nearly as long as it may, and then its person is at the page. */
  async function asks(exchange: Partial<Exchange>) {
    const account = new ScriptedAccount('open')
    const start = account.time
    const { promise: accepted, resolve } = Promise.withResolvers<'accept'>()
    const begun: number[] = []
    let recorded = 0
    const deps = {
      principal: { client: 'c', clientName: 'C', scopes: ['components:manage'] },
      session: 's',
      publicUrl: 'https://edge.test',
      now: () => account.time,
      newId: () => crypto.randomUUID(),
      onReceipt: null,
      load: { ownHosts: [] },
      account: {
        async begin(_: unknown, ms: number) {
          begun.push(ms)
        },
        async record() {
          recorded = account.time
        },
        async ask({ component, permission, rule }: Record<string, unknown>) {
          const value = { id: 'q', component, permission, rule, expires_at: 0 }
          return { ok: true, value }
        },
        async standing() {
          return null
        },
        async word(id: string, ms: number) {
          const word = await account.word(id, ms)
          if (account.time - start >= 590_000) resolve('accept')
          return word
        },
      },
    }
    const desk = createDesk(deps as never)
    const args = { component_id: 'fetch', details: { host: 'a.test' } }
    const push = { ask: () => accepted, settle: async () => {} }
    await desk.call('grant-network-permission', args, { ...EXCHANGE, push, ...exchange })
    return { may: begun[0] ?? 0, took: recorded - start }
  }

  it.each([
    [{}, 50_000],
    [{ isPatient: true }, 710_000],
  ])('is under way for as long as it may wait: %j', async (exchange, atLeast) => {
    const { may, took } = await asks(exchange)
    expect(took).toBeGreaterThanOrEqual(atLeast)
    expect(may).toBeGreaterThanOrEqual(took)
  })
})
