// A client that gives a call up: what of it goes on, and what is on the record. And a person with too many
// calls at once.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { Agent, errorOf } from '../support/agent.ts'

const { url } = inject('server')
const WAIT = 'wassette-edge_time_clock_0_1_0_wait'
const NOW = 'wassette-edge_time_clock_0_1_0_now'

const Calls = z.object({
  calls: z.array(z.looseObject({ tool: z.string(), outcome: z.string(), ms: z.number() })),
})

let alice: Agent
let person: Agent
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  person = await Agent.of(url, 'alice', { scope: 'tools:call console' })
  await alice.startFresh()
  await alice.load('time')
  await alice.call(NOW)
})
afterAll(async () => {
  await alice.startFresh()
  await alice.close()
  await person.close()
})

async function recorded(): Promise<z.infer<typeof Calls>['calls']> {
  const answer = await person.api('/api/calls?limit=50')
  return Calls.parse(await answer.json()).calls.filter(({ tool }) => tool === WAIT)
}

describe.each(['auto', 'legacy'] as const)('a client of the %s era', (mode) => {
  it('gives up a call, which ends at once and is recorded as cancelled', async () => {
    const before = (await recorded()).length
    const agent = await Agent.of(url, 'alice', { mode })
    const abort = new AbortController()
    const call = agent.client.callTool(
      { name: WAIT, arguments: { milliseconds: 25_000 } },
      { signal: abort.signal },
    )
    setTimeout(() => abort.abort(), 500)
    await expect(call).rejects.toThrow()
    await expect.poll(async () => (await recorded()).length, { timeout: 10_000 }).toBe(before + 1)
    const [newest] = await recorded()
    expect(newest?.outcome).toBe('cancelled')
    expect(newest?.ms).toBeLessThan(9_000)
    // The same connection goes on.
    expect((await agent.call(NOW)).isError).toBeUndefined()
    await agent.close()
  })
})

describe('calls at once', () => {
  it('are so many for one person, and others are not held up', async () => {
    const bob = await Agent.of(url, 'bob')
    await bob.startFresh()
    await bob.load('time')
    const abort = new AbortController()
    const waiting = Array.from({ length: 17 }, () =>
      alice.client.callTool(
        { name: WAIT, arguments: { milliseconds: 8_000 } },
        { signal: abort.signal },
      ),
    )
    const refused = await Promise.race(waiting)
    expect(errorOf(refused)).toEqual({ code: 'bound', bound: 'concurrent-calls' })
    expect((await bob.call(NOW)).isError).toBeUndefined()
    const results = await Promise.all(waiting)
    expect(results.filter(({ isError }) => isError === true)).toHaveLength(1)
    expect((await alice.call(NOW)).isError).toBeUndefined()
    await bob.startFresh()
    await bob.close()
  })
})
