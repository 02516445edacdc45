// How long what a person granted lives, through MCP over HTTP: once, counted, by the hour, by bytes, for a
// session, until a time; and what becomes of calls that run when it ends.

import type { CallToolResult } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { Agent, consoleOf, denialsOf, errorOf, linkOf, textOf } from '../support/agent.ts'
import { looper } from '../support/looper.ts'
import { rows } from '../support/persisted.ts'

const { url, stateDir } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }

let agent: Agent
let person: Browser
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  person = await consoleOf(url, 'alice')
  await agent.startFresh()
  await agent.load('fetch')
  await agent.upload('looper', await looper())
})
beforeEach(async () => {
  for (const component_id of ['fetch', 'looper']) {
    await agent.value('reset-permission', { component_id })
  }
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

const fetchHello = (by: Agent = agent) => by.call('fetch', HELLO)
const isAnswered = (result: CallToolResult) => result.isError !== true

async function allow(refused: CallToolResult, terms: Record<string, string>): Promise<void> {
  const page = await person.open(linkOf(refused))
  const decided = await person.press(page, 'decision', 'allow', terms)
  expect(decided.status).toBe(200)
}

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
    await vi.waitFor(() =>
      expect(
        rows(
          stateDir,
          "SELECT count(*) AS n FROM grants WHERE revoked_because = 'spent' AND bytes = 371",
        ),
      ).toEqual([{ n: 1 }]),
    )
  })

  it('to fewer bytes than asking takes: nothing is asked', async () => {
    await allow(await fetchHello(), { bytes: '20' })
    const refused = await fetchHello()
    expect(denialsOf(refused).denials).toMatchObject([{ reason: 'not-granted', host: 'demo.test' }])
    const asked = 'SELECT outcome, bytes_in FROM host_calls ORDER BY started_at DESC LIMIT 1'
    await vi.waitFor(() =>
      expect(rows(stateDir, asked)).toEqual([{ outcome: 'denied', bytes_in: 0 }]),
    )
  })

  it.each([
    { uses: '0' },
    { uses: '-1' },
    { bytes: '1.5' },
    { calls_an_hour: 'x' },
    { life: 'ever' },
  ])('to nonsense (%j) is no decision: the question stays open', async (terms) => {
    const refused = await fetchHello()
    const page = await person.open(linkOf(refused))
    expect((await person.press(page, 'decision', 'allow', terms)).status).toBe(400)
    expect(linkOf(await fetchHello())).toBe(linkOf(refused))
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
    const running = agent.call('ask-until-refused')
    // Long enough for it to begin: what it is granted now it has.
    await new Promise((resolve) => setTimeout(resolve, 500))
    await act()
    const ended = await running
    const { result } = ended.structuredContent as { result: number }
    expect(result).toBeGreaterThan(0)
    return ended
  }

  it.each([
    ['revoke-network-permission', { component_id: 'looper', details: { host: 'demo.test' } }],
    ['reset-permission', { component_id: 'looper' }],
  ] as const)('is refused what %s takes back', async (tool, args) => {
    const ended = await during(() => agent.value(tool, args))
    expect(reasonsOf(ended)).toEqual(['not-granted'])
  })

  it('gets no more of an answer that is still coming', async () => {
    const drip = { url: 'http://demo.test/drip?pieces=100&ms=100' }
    await allow(await agent.call('fetch', drip), {})
    const running = agent.call('fetch', drip)
    await new Promise((resolve) => setTimeout(resolve, 500))
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
    await agent.upload('looper', await looper())
  })
})

describe('the page', () => {
  it('offers the choices, and shows afterwards what was chosen', async () => {
    const page = await person.open(linkOf(await fetchHello()))
    for (const choice of ['always', 'once', 'session', 'hour', 'day', 'month']) {
      expect(page.html).toContain(`value="${choice}"`)
    }
    await person.press(page, 'decision', 'allow', { life: 'hour', uses: '7' })
    const shown = pageText((await person.open(`${url}/console`)).html)
    expect(shown).toMatch(/until \d{4}-\d\d-\d\d \d\d:\d\d UTC, 7 calls in all/)
    expect(textOf(await fetchHello())).toContain('hello')
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
    await agent.value('unload-component', { id: 'fetch' })
    await agent.load('fetch')
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
