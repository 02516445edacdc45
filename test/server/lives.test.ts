// How long what a person granted lives, through MCP over HTTP: once, counted, by the hour, by bytes, for a
// session, until a time; and what becomes of calls that run when it ends.

import type { CallToolResult } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { Agent, consoleOf, decideAt, denialsOf, errorOf, linkOf, textOf } from '../support/agent.ts'
import { PROBE, read } from '../support/components.ts'
import { switchTo } from '../support/labels.ts'
import { LATER } from '../support/later.ts'
import { looping } from '../support/escape.ts'
import { watchedLooper } from '../support/looper.ts'
import { rows } from '../support/persisted.ts'

const { url, stateDir } = inject('server')
const COMPONENTS = ['fetch', 'looper', 'filesystem', 'probe']
const HELLO = { url: 'http://demo.test/hello' }

/** Without sessions, of 2026-07-28, and another of theirs that has one. */
let agent: Agent
let legacy: Agent
let person: Browser
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  legacy = await Agent.of(url, 'alice', { mode: 'legacy', clientName: 'with sessions' })
  person = await consoleOf(url, 'alice')
  // They read the drive, take in what servers answer and send: this is about how long they may.
  for (const one of [agent, legacy]) await switchTo(person, one, 'off')
  await agent.startFresh()
  await agent.load('fetch')
  await agent.upload('looper', await watchedLooper())
  await agent.upload('filesystem', read('components/filesystem/filesystem.wasm'))
  await agent.upload('probe', PROBE)
})
beforeEach(async () => {
  for (const component_id of COMPONENTS) {
    await agent.value('reset-permission', { component_id })
  }
})
afterAll(async () => {
  await agent.startFresh()
  await legacy.close()
  await agent.close()
})

const fetchHello = (by: Agent = agent) => by.call('fetch', HELLO)
const isAnswered = (result: CallToolResult) => result.isError !== true

async function allow(refused: CallToolResult, terms: Record<string, string>): Promise<void> {
  const page = await person.open(linkOf(refused))
  const decided = await person.press(page, 'decision', 'allow', terms)
  expect(decided.status).toBe(200)
}

/** An agent asks, for no call that was refused, and the person allows it. */
async function give(
  kind: 'network' | 'storage' | 'environment-variable',
  component_id: string,
  details: Record<string, unknown>,
  terms: Record<string, string>,
): Promise<void> {
  const asked = await agent.value(`grant-${kind}-permission`, { component_id, details })
  const link = String(asked['approval_url'])
  await decideAt(person, link, 'allow', { life: 'always', ...terms })
}

const FILE = '/lives.txt'
const onDrive = (terms: Record<string, string>) =>
  give('storage', 'filesystem', { uri: `fs:/${FILE}`, access: ['read', 'write'] }, terms)
const write = (content: string, by = agent) => by.call('write-file', { path: FILE, content })
const readBack = (by = agent) => by.call('read-file', { path: FILE })
const handOver = (terms: Record<string, string>) =>
  give('environment-variable', 'probe', { key: 'LIVES' }, { value: 'short', ...terms })
const variables = (by = agent) => by.result('environment')

describe('allowed once', () => {
  it('of a hundred calls at the same time exactly one is answered', async () => {
    await allow(await fetchHello(), { life: 'once' })
    // One person has 16 calls under way: those beyond are told so, and come again.
    const persistent = async (): Promise<CallToolResult> => {
      for (;;) {
        const result = await fetchHello()
        if (errorOf(result)?.['bound'] !== 'concurrent-calls') return result
      }
    }
    const results = await Promise.all(Array.from({ length: 100 }, persistent))
    expect(results.filter(isAnswered)).toHaveLength(1)
    for (const refused of results.filter((result) => !isAnswered(result))) {
      expect(denialsOf(refused).denials).toMatchObject([{ reason: 'not-granted' }])
    }
  })

  it('is not used up by a call that asks for something else, nor by one that asks twice', async () => {
    const redirecting = () => agent.call('fetch', { url: 'http://demo.test/redirect' })
    await allow(await redirecting(), { life: 'once' })
    await agent.call('fetch', { url: 'http://other.test/' })
    expect(isAnswered(await fetchHello())).toBe(false)
    expect(isAnswered(await redirecting())).toBe(true)
    expect(isAnswered(await redirecting())).toBe(false)
  })

  it('holds for every request of its one call', async () => {
    const refused = await agent.call('ask-until-refused')
    await allow(refused, { life: 'once' })
    const looped = await agent.call('ask-until-refused')
    // It ends at the bound of requests, not at the grant.
    expect(errorOf(looped)).toMatchObject({ code: 'bound', bound: 'requests' })
    expect(await agent.result('ask-until-refused')).toBe(0)
  })

  it('where an agent asked without a call, is for the next call through that client', async () => {
    const wanted = { component_id: 'fetch', details: { host: 'demo.test' } }
    const asked = await agent.value('grant-network-permission', wanted)
    const page = await person.open(String(asked['approval_url']))
    expect(pageText(page.html)).toContain('for the next call of this component through this client')
    await person.press(page, 'decision', 'allow', { life: 'once' })
    expect(isAnswered(await fetchHello(legacy))).toBe(false)
    expect(isAnswered(await fetchHello())).toBe(true)
    expect(isAnswered(await fetchHello())).toBe(false)
  })

  it('is one call that uses the drive, or is handed a variable, and no other client’s', async () => {
    await onDrive({ life: 'once' })
    expect(isAnswered(await write('not theirs', legacy))).toBe(false)
    expect(isAnswered(await write('once'))).toBe(true)
    expect(isAnswered(await readBack())).toBe(false)
    await handOver({ life: 'once' })
    expect(await variables(legacy)).toEqual([])
    expect(await variables()).toEqual([['LIVES', 'short']])
    expect(await variables()).toEqual([])
  })
})

describe('limited', () => {
  it('to so many calls: one more is refused and opens a question', async () => {
    await allow(await fetchHello(), { uses: '2' })
    const results = [await fetchHello(), await fetchHello(), await fetchHello()]
    expect(results.map(isAnswered)).toEqual([true, true, false])
    expect(linkOf(results[2] as CallToolResult)).toContain('/approvals/')
  })

  it('to so many calls an hour: refused for now, and still shown', async () => {
    await allow(await fetchHello(), { calls_an_hour: '1' })
    expect(isAnswered(await fetchHello())).toBe(true)
    expect(isAnswered(await fetchHello())).toBe(false)
    const shown = pageText((await person.open(`${url}/console`)).html)
    expect(shown).toContain('1 calls an hour')
  })

  it('to so many bytes: what does not fit does not come, and nothing is left then', async () => {
    await allow(await fetchHello(), { bytes: '371' })
    // 127 bytes each: 107 to ask, of method, URL and two headers, and 20 of the answer.
    expect(isAnswered(await fetchHello())).toBe(true)
    expect(isAnswered(await fetchHello())).toBe(true)
    const cut = await fetchHello()
    expect(isAnswered(cut)).toBe(false)
    expect(denialsOf(cut).denials).toMatchObject([{ reason: 'not-granted', host: 'demo.test' }])
    expect(denialsOf(await fetchHello()).denials).toMatchObject([{ reason: 'not-granted' }])
    await vi.waitFor(
      () =>
        expect(
          rows(
            stateDir,
            "SELECT count(*) AS n FROM grants WHERE revoked_because = 'spent' AND bytes = 371",
          ),
        ).toEqual([{ n: 1 }]),
      LATER,
    )
  })

  it('to so many bytes sent: what does not fit does not go', async () => {
    await allow(await agent.call('post', { url: HELLO.url, body: 'x' }), { bytes: '1000' })
    const post = () => agent.call('post', { url: HELLO.url, body: 'x'.repeat(400) })
    expect([isAnswered(await post()), isAnswered(await post())]).toEqual([true, true])
    expect(denialsOf(await post()).denials).toMatchObject([{ reason: 'not-granted' }])
  })

  it('to so many bytes of the drive, written and read together', async () => {
    await onDrive({ bytes: '50' })
    expect(isAnswered(await write('x'.repeat(20)))).toBe(true)
    expect(isAnswered(await readBack())).toBe(true)
    expect(denialsOf(await readBack()).denials).toMatchObject([
      { permission: 'storage', reason: 'not-granted' },
    ])
    await onDrive({ bytes: '10' })
    expect(isAnswered(await write('y'.repeat(20)))).toBe(false)
    await onDrive({})
    // It was opened, and so emptied; of what did not fit not one byte was written.
    expect(await readBack()).toMatchObject({ structuredContent: { result: { ok: '' } } })
  })

  it.each([{ uses: '2' }, { calls_an_hour: '2' }])(
    'to so many calls that use the drive, or are handed a variable (%j)',
    async (terms) => {
      await onDrive(terms)
      const used = [await write('a'), await readBack(), await readBack()]
      expect(used.map(isAnswered)).toEqual([true, true, false])
      await handOver(terms)
      const seen = [await variables(), await variables(), await variables()]
      expect(seen).toEqual([[['LIVES', 'short']], [['LIVES', 'short']], []])
    },
  )

  it('to fewer bytes than asking takes: nothing is asked', async () => {
    await allow(await fetchHello(), { bytes: '20' })
    const refused = await fetchHello()
    expect(denialsOf(refused).denials).toMatchObject([{ reason: 'not-granted', host: 'demo.test' }])
    const asked = 'SELECT outcome, bytes_in FROM host_calls ORDER BY started_at DESC LIMIT 1'
    await vi.waitFor(
      () => expect(rows(stateDir, asked)).toEqual([{ outcome: 'denied', bytes_in: 0 }]),
      LATER,
    )
  })

  it.each([
    { uses: '0' },
    { uses: '-1' },
    { bytes: '1.5' },
    { calls_an_hour: 'x' },
    { life: 'ever' },
    { life: 'time' },
    { life: 'time', until: '2026-01-01T00:00' },
    // A time goes with the choice of a time, and with no other.
    { life: 'always', until: '2999-01-01T00:00' },
  ])('to nonsense (%j) is no decision: the question stays open', async (terms) => {
    const refused = await fetchHello()
    const page = await person.open(linkOf(refused))
    expect((await person.press(page, 'decision', 'allow', terms)).status).toBe(400)
    expect(linkOf(await fetchHello())).toBe(linkOf(refused))
  })
})

describe('until a time that the person chooses', () => {
  const soon = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 19)

  it('is there until then, and no longer', async () => {
    await allow(await fetchHello(), { life: 'time', until: soon(3_600_000) })
    expect(isAnswered(await fetchHello())).toBe(true)
    const [given] = rows(
      stateDir,
      "SELECT life, until FROM grants WHERE life = 'until' ORDER BY granted_at DESC LIMIT 1",
    )
    expect(Number(given?.['until'])).toBeGreaterThan(Date.now() + 3_500_000)
    const until = soon(2_500)
    await allow(await agent.call('fetch', { url: 'http://demo.test:81/' }), { life: 'time', until })
    await onDrive({ life: 'time', until })
    await handOver({ life: 'time', until })
    await vi.waitFor(
      async () => {
        const port = await agent.call('fetch', { url: 'http://demo.test:81/' })
        expect(denialsOf(port).denials).toMatchObject([{ reason: 'not-granted' }])
        expect(denialsOf(await readBack()).denials).toMatchObject([{ reason: 'not-granted' }])
        expect(await variables()).toEqual([])
      },
      { timeout: 20_000, interval: 300 },
    )
  })
})

describe('taken back by one client', () => {
  it.each([
    ['without sessions holds for one with a session', () => [agent, legacy] as const],
    ['with a session holds for one without', () => [legacy, agent] as const],
  ] as const)('%s at once: the network, the drive and variables', async (_, both) => {
    const [one, other] = both()
    await give('network', 'fetch', { host: 'demo.test' }, {})
    await onDrive({})
    await handOver({})
    expect([isAnswered(await fetchHello(other)), isAnswered(await write('z', other))]).toEqual([
      true,
      true,
    ])
    expect(await variables(other)).toEqual([['LIVES', 'short']])
    const take = (kind: string, component_id: string, details: Record<string, string>) =>
      one.value(`revoke-${kind}-permission`, { component_id, details })
    await take('network', 'fetch', { host: 'demo.test' })
    expect(isAnswered(await fetchHello(other))).toBe(false)
    await take('storage', 'filesystem', { uri: `fs:/${FILE}` })
    expect(isAnswered(await readBack(other))).toBe(false)
    await take('environment-variable', 'probe', { key: 'LIVES' })
    expect(await variables(other)).toEqual([])
  })
})

describe('for a session', () => {
  it('is for the session that asked, and ends with it', async () => {
    const open = async (clientName: string) => {
      return await Agent.of(url, 'alice', { mode: 'legacy', clientName })
    }
    const [one, other] = [await open('one'), await open('other')]
    await allow(await fetchHello(one), { life: 'session' })
    expect(isAnswered(await fetchHello(one))).toBe(true)
    expect(isAnswered(await fetchHello(other))).toBe(false)
    expect(isAnswered(await fetchHello())).toBe(false)
    // The same client in a new session.
    await one.transport.terminateSession()
    const again = await Agent.with(url, one.signedIn, { mode: 'legacy' })
    expect(isAnswered(await fetchHello(again))).toBe(false)
    for (const client of [one, other, again]) await client.close()
  })

  it('is not to be had once that is over, and the page says so', async () => {
    const one = await Agent.of(url, 'alice', { mode: 'legacy', clientName: 'over' })
    const page = await person.open(linkOf(await fetchHello(one)))
    await one.transport.terminateSession()
    const late = await person.press(page, 'decision', 'allow', { life: 'session' })
    expect([late.status, pageText(late.html)]).toEqual([409, expect.stringContaining('is over')])
    const policy = await agent.value('get-policy', { component_id: 'fetch' })
    expect(policy).toMatchObject({ rules: [] })
    await one.close()
  })

  it('is for the client where there are no sessions', async () => {
    await allow(await fetchHello(), { life: 'session' })
    expect(isAnswered(await fetchHello())).toBe(true)
    const other = await Agent.of(url, 'alice', { clientName: 'another' })
    expect(isAnswered(await fetchHello(other))).toBe(false)
    await other.close()
  })
})

describe('a running call', () => {
  /** One request is refused, and the answer to the one before, if it is still coming. */
  const reasonsOf = (ended: CallToolResult) => [
    ...new Set(denialsOf(ended).denials.map(({ reason }) => reason)),
  ]

  /** What became of the loop when `act` was done while it ran. */
  async function during(act: () => Promise<unknown>): Promise<CallToolResult> {
    await allow(await agent.call('ask-until-refused'), {})
    // What it is granted now it has.
    const running = await looping(() => agent.call('ask-until-refused'))
    await act()
    const ended = await running.ended
    const { result } = ended.structuredContent as { result: number }
    expect(result).toBeGreaterThan(0)
    return ended
  }

  it.each([
    ['revoke-network-permission', { component_id: 'looper', details: { host: 'watched.test' } }],
    ['reset-permission', { component_id: 'looper' }],
  ] as const)('is refused what %s takes back', async (tool, args) => {
    const ended = await during(() => agent.value(tool, args))
    expect(reasonsOf(ended)).toEqual(['not-granted'])
  })

  it('gets no more of an answer that is still coming', async () => {
    const drip = { url: 'http://demo.test/drip?pieces=100&ms=100' }
    await allow(await agent.call('fetch', drip), {})
    const running = agent.call('fetch', drip)
    // Long enough for the first of it to come, on a busy machine as well, and far from all of it.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    await agent.value('reset-permission', { component_id: 'fetch' })
    const ended = await running
    expect(ended.isError).toBe(true)
    expect(denialsOf(ended).denials).toMatchObject([{ reason: 'not-granted', host: 'demo.test' }])
    const [last] = rows(
      stateDir,
      `SELECT outcome, bytes_in FROM host_calls WHERE host = 'demo.test' AND outcome = 'denied'
       AND status = 200 ORDER BY started_at DESC LIMIT 1`,
    )
    expect(last?.['bytes_in']).toBeGreaterThan(0)
    expect(last?.['bytes_in']).toBeLessThan(100 * 'piece 1\n'.length)
  })

  it('is refused everything when its component is unloaded', async () => {
    const ended = await during(() => agent.value('unload-component', { id: 'looper' }))
    expect(reasonsOf(ended)).toEqual(['gone'])
    await agent.upload('looper', await watchedLooper())
  })
})

describe('the page', () => {
  it('offers the choices, and shows afterwards what was chosen', async () => {
    const page = await person.open(linkOf(await fetchHello()))
    for (const choice of ['always', 'once', 'session', 'hour', 'day', 'month', 'time']) {
      expect(page.html).toContain(`value="${choice}"`)
    }
    expect(pageText(page.html)).toMatch(/it is \d{4}-\d\d-\d\d \d\d:\d\d UTC now/)
    await person.press(page, 'decision', 'allow', { life: 'hour', uses: '7' })
    const shown = pageText((await person.open(`${url}/console`)).html)
    expect(shown).toMatch(/until \d{4}-\d\d-\d\d \d\d:\d\d UTC, 7 calls in all/)
    expect(textOf(await fetchHello())).toContain('hello')
    const { clientId: client } = agent.signedIn
    const asked_by = { client, client_name: "alice's agent", tool: 'fetch' }
    expect(await agent.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      rules: [
        {
          rule: 'GET http://demo.test/hello/',
          life: 'until',
          until: expect.any(Number) as number,
          uses: 7,
          left: { uses: 6 },
          from: 'decision of the person',
          asked_by,
          question_id: page.url.pathname.split('/').at(-1),
          since: expect.any(Number) as number,
        },
      ],
      secrets: [],
      connections: [],
    })
    await give('network', 'fetch', { host: 'other.test' }, { life: 'once' })
    const { rules } = await agent.value('get-policy', { component_id: 'fetch' })
    expect(rules).toContainEqual(
      expect.objectContaining({ rule: 'other.test', only_for: { client }, left: { uses: 1 } }),
    )
  })
})

describe('grant-memory-permission', () => {
  const MIB = 1024 * 1024
  const ask = (details: Record<string, unknown>) =>
    agent.call('grant-memory-permission', { component_id: 'fetch', details })
  const memoryOf = async () => {
    const { limits } = await agent.value('get-policy', { component_id: 'fetch' })
    return (limits as { memory: { limit: number } }).memory.limit
  }

  it('asks the person, in either shape; their latest word is the bound', async () => {
    for (const [details, bytes] of [
      [{ memory: '32Mi' }, 32 * MIB],
      [{ resources: { limits: { memory: 16 } } }, 16 * MIB],
      [{ memory: String(48 * MIB) }, 48 * MIB],
    ] as const) {
      const asked = await ask(details)
      expect(asked.structuredContent).toMatchObject({ permission_type: 'memory', details })
      const before = await memoryOf()
      const { approval_url } = asked.structuredContent as { approval_url: string }
      const page = await person.open(approval_url)
      expect(pageText(page.html)).toContain(`memory ${bytes}`)
      expect(await memoryOf()).toBe(before)
      expect((await person.press(page, 'decision', 'allow')).status).toBe(200)
      expect(await memoryOf()).toBe(bytes)
    }
    // No agent lifts it by loading the component anew.
    await agent.value('unload-component', { id: 'fetch' })
    await agent.load('fetch')
    expect(await memoryOf()).toBe(48 * MIB)
    await agent.give('/api/components/fetch/policy', { method: 'DELETE' })
    expect(await memoryOf()).toBe(64 * MIB)
  })

  it.each([
    [{ memory: '1Ti' }, 'too-much-memory'],
    [{ memory: '12 apples' }, 'bad-memory'],
    [{ memory: '0' }, 'bad-memory'],
    [{ memory: 0.5 }, 'bad-arguments'],
    [{}, 'bad-arguments'],
  ])('is refused for %j', async (details, code) => {
    expect(errorOf(await ask(details))?.['code'] ?? 'bad-arguments').toBe(code)
  })
})
