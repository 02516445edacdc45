// What becomes of calls that run when what they rely on ends by itself or is taken back, and of many at once that
// rely on what is there only so often.

import type { CallToolResult } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, decideAt, denialsOf, errorOf, linkOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import { switchTo } from '../support/labels.ts'
import { looping } from '../support/escape.ts'
import { LATER } from '../support/later.ts'
import { watchedLooper } from '../support/looper.ts'

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }

let agent: Agent
let person: Browser
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  person = await consoleOf(url, 'alice')
  await switchTo(person, agent, 'off')
  await agent.startFresh()
  await agent.load('fetch')
  await agent.upload('looper', await watchedLooper())
  await agent.upload('io', read('test/fixtures/io/io.wasm'))
})
beforeEach(async () => {
  for (const component_id of ['fetch', 'looper', 'io']) {
    await agent.value('reset-permission', { component_id })
  }
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

async function allow(refused: CallToolResult, terms: Record<string, string>): Promise<void> {
  await decideAt(person, linkOf(refused), 'allow', terms)
}

const reasonsOf = (ended: CallToolResult) => [
  ...new Set(denialsOf(ended).denials.map(({ reason }) => reason)),
]
/** How often the loop was answered before it was refused. */
const timesOf = (ended: CallToolResult) => (ended.structuredContent as { result: number }).result

describe('a running call', () => {
  it('writes no more to a file that it has open once the path is taken back', async () => {
    const uri = 'fs://taken-back'
    const wanted = { component_id: 'io', details: { uri, access: ['read', 'write'] } }
    const asked = await agent.value('grant-storage-permission', wanted)
    await decideAt(person, String(asked['approval_url']), 'allow', { life: 'always' })
    // Each sync waits for the drive, so this takes longer than anything is known for.
    const turns = Array.from({ length: 4_000 }, () => ['write|1|0|x', 'sync|1']).flat()
    const steps = ['open|0|taken-back|create|read,write', ...turns]
    const running = agent.call('files', { steps })
    const stat = () => agent.result('files', { steps: ['stat-at|0|taken-back'] })
    await expect.poll(stat).toMatchObject([expect.stringMatching(/size=[1-9]/)])
    await agent.value('revoke-storage-permission', { component_id: 'io', details: { uri } })
    const ended = await running
    const { result: said } = ended.structuredContent as { result: string[] }
    expect(said.slice(0, 3)).toEqual(['1', '1', 'ok'])
    const writes = said.filter((_, step) => step % 2 === 1)
    expect(new Set(writes.slice(writes.indexOf('access')))).toEqual(new Set(['access']))
    expect(denialsOf(ended).denials).toMatchObject([
      { permission: 'storage', reason: 'not-granted', path: '/taken-back' },
    ])
  })

  it('ends with the time until which it was allowed', async () => {
    // It would go on until it has made as many requests as it may, each of which takes some time.
    const endedAfter = async (ms: number) => {
      const refused = await agent.call('ask-until-refused')
      const until = new Date(Date.now() + ms).toISOString().slice(0, 19)
      await allow(refused, { life: 'time', until })
      return await agent.call('ask-until-refused')
    }
    let ended = await endedAfter(3_000)
    // On a busy machine that is over before it has begun.
    if (timesOf(ended) === 0) ended = await endedAfter(10_000)
    expect(reasonsOf(ended)).toEqual(['not-granted'])
    expect(timesOf(ended)).toBeGreaterThan(0)
  })

  it('ends with the session that it was allowed for', async () => {
    const clientName = `of one session ${crypto.randomUUID()}`
    const one = await Agent.of(url, 'alice', { mode: 'legacy', clientName })
    await switchTo(person, one, 'off')
    await allow(await one.call('ask-until-refused'), { life: 'session' })
    const running = await looping(() => one.call('ask-until-refused').catch(() => null))
    await one.transport.terminateSession()
    const lastCall = async () => {
      const answer = await person.fetch(`${url}/api/calls?limit=20`)
      expect(answer.status, await answer.clone().text()).toBe(200)
      const { calls } = (await answer.json()) as {
        calls: { client_name: string; outcome: string; host_calls: { outcome: string }[] }[]
      }
      return calls.filter(({ client_name }) => client_name === clientName)
    }
    await vi.waitFor(async () => expect(await lastCall()).toHaveLength(2), LATER)
    const [last] = await lastCall()
    // Fewer than it might have made.
    expect(last?.host_calls.length).toBeLessThan(64)
    expect(['denied', 'cancelled']).toContain(last?.outcome)
    await one.close()
    await running.ended
  })
})

describe('many calls at once', () => {
  /** One person has 16 calls under way: those beyond are told so, and come again. */
  async function atOnce(count: number): Promise<CallToolResult[]> {
    const persistent = async (): Promise<CallToolResult> => {
      for (;;) {
        const result = await agent.call('fetch', HELLO)
        if (errorOf(result)?.['bound'] !== 'concurrent-calls') return result
      }
    }
    return await Promise.all(Array.from({ length: count }, persistent))
  }
  const answered = (results: readonly CallToolResult[]) =>
    results.filter(({ isError }) => isError !== true)

  it.each([{ uses: '3' }, { calls_an_hour: '3' }])(
    'share what is there so often (%j)',
    async (terms) => {
      await allow(await agent.call('fetch', HELLO), { life: 'always', ...terms })
      const results = await atOnce(30)
      expect(answered(results)).toHaveLength(3)
      for (const refused of results.filter(({ isError }) => isError === true)) {
        expect(denialsOf(refused).denials).toMatchObject([{ reason: 'not-granted' }])
      }
    },
  )

  it('move no more bytes than there are', async () => {
    // 127 each: 107 to ask, of method, URL and two headers, and 20 of the answer.
    await allow(await agent.call('fetch', HELLO), { life: 'always', bytes: '300' })
    const some = answered(await atOnce(30)).length
    expect(some).toBeGreaterThan(0)
    expect(some).toBeLessThan(3)
    // One after the other they come to what is there, and no further.
    for (let more = some; more < 2; more += 1) {
      expect(answered([await agent.call('fetch', HELLO)])).toHaveLength(1)
    }
    expect(answered([await agent.call('fetch', HELLO)])).toHaveLength(0)
  })
})
