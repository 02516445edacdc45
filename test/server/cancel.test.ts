// A client that gives a call up: what of it goes on, and what is on the record. And a person with too many
// calls at once.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { Agent, errorOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import { sleeper } from '../support/sleeper.ts'
import type { Event } from '../support/wire.ts'
import { events, modern, Wire } from '../support/wire.ts'

const { url } = inject('server')
const WAIT = 'wassette-edge_time_clock_0_1_0_wait'
const NOW = 'wassette-edge_time_clock_0_1_0_now'

/** With this a call has to be the only one of its person. */
const ALONE =
  'version: "1.0"\npermissions: {}\nx-wassette-edge: { limits: { concurrent-calls: 1 } }\n'
const TOO_MANY = { code: 'bound', bound: 'concurrent-calls' }

/** Until a call of alice's is under way. */
async function underWay(): Promise<void> {
  const beside = async () => errorOf(await alice.call('analyze', { text: 'a' }))
  await expect.poll(beside).toEqual(TOO_MANY)
}

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
  await alice.load('text-stats')
  const policy = await alice.give('/api/components/text-stats/policy', {
    method: 'PUT',
    body: ALONE,
  })
  expect(policy.status).toBe(200)
})
afterAll(async () => {
  await alice.startFresh()
  await alice.close()
  await person.close()
})

async function recorded(name = WAIT): Promise<z.infer<typeof Calls>['calls']> {
  const answer = await person.api('/api/calls?limit=50')
  return Calls.parse(await answer.json()).calls.filter(({ tool }) => tool === name)
}

/** What comes on a stream until the server ends it. */
async function rest(stream: AsyncGenerator<Event>): Promise<Event['message'][]> {
  const found: Event['message'][] = []
  for await (const { message } of stream) if (message !== null) found.push(message)
  return found
}

const waits = (id: number) => ({
  id,
  method: 'tools/call',
  params: { name: WAIT, arguments: { milliseconds: 25_000 } },
})
const cancels = (requestId: unknown) => ({
  method: 'notifications/cancelled',
  params: { requestId },
})

describe.each(['auto', 'legacy'] as const)('a client of the %s era', (mode) => {
  it('gives up a call, which ends at once and is recorded as cancelled', async () => {
    const before = (await recorded()).length
    const agent = await Agent.of(url, 'alice', { mode })
    const abort = new AbortController()
    const call = agent.client.callTool(
      { name: WAIT, arguments: { milliseconds: 25_000 } },
      { signal: abort.signal },
    )
    const over = expect(call).rejects.toThrow()
    await underWay()
    abort.abort()
    await over
    await expect.poll(async () => (await recorded()).length, { timeout: 10_000 }).toBe(before + 1)
    const [newest] = await recorded()
    expect(newest?.outcome).toBe('cancelled')
    expect(newest?.ms).toBeLessThan(9_000)
    // The same connection goes on.
    expect((await agent.call(NOW)).isError).toBeUndefined()
    await agent.close()
  })
})

describe('a request of a session that is given up', () => {
  it('has no answer: its stream ends, and so does whatever takes it up again', async () => {
    const wire = await Wire.open(url, alice.token)
    const running = events(await wire.send(waits(5)))
    const start = (await running.next()).value
    expect(start?.message).toBeNull()
    expect((await wire.send(cancels('5'))).status).toBe(202)
    expect((await wire.send(cancels(5))).status).toBe(202)
    expect(await rest(running)).toEqual([])
    expect(await rest(events(await wire.stream(start?.id)))).toEqual([])
    // Its id is free again, and an answer ends a stream as ever.
    const again = events(await wire.send({ id: 5, method: 'ping' }))
    expect(await rest(again)).toMatchObject([{ id: 5, result: {} }])
    expect((await wire.send(cancels(5))).status).toBe(202)
    await wire.end()
  })

  it('is taken up by nobody: a stream that somebody waits on meanwhile ends as well', async () => {
    const wire = await Wire.open(url, alice.token)
    const running = events(await wire.send(waits(6)))
    const start = (await running.next()).value
    await running.return(undefined)
    const resumed = events(await wire.stream(start?.id))
    const over = rest(resumed)
    expect((await wire.send(cancels(6))).status).toBe(202)
    expect(await over).toEqual([])
    await wire.end()
  })

  it('leaves the others of its batch their stream, which ends with the last of them', async () => {
    const wire = await Wire.open(url, alice.token, { version: '2025-03-26' })
    const ping = { id: 2, method: 'ping' }
    const one = events(await wire.send([waits(1), ping, waits(3)]))
    expect((await one.next()).value?.message).toMatchObject({ id: 2, result: {} })
    for (const id of [1, 3]) expect((await wire.send(cancels(id))).status).toBe(202)
    expect(await rest(one)).toEqual([])
    // The other way round: what is left is answered after it.
    const short = {
      id: 4,
      method: 'tools/call',
      params: { name: WAIT, arguments: { milliseconds: 1_000 } },
    }
    const other = events(await wire.send([waits(1), short]))
    expect((await wire.send(cancels(1))).status).toBe(202)
    expect(await rest(other)).toMatchObject([{ id: 4, result: {} }])
    await wire.end()
  })

  it('withdraws the question that it had open at its client', async () => {
    const suite = read('test/fixtures/conformance/conformance.wasm')
    expect((await alice.upload('suite', suite)).status).toBe(201)
    const wire = await Wire.open(url, alice.token)
    const params = { name: 'test-elicitation', arguments: { message: 'Who are you?' } }
    const running = events(await wire.send({ id: 7, method: 'tools/call', params }))
    expect((await running.next()).value?.message).toBeNull()
    const question = (await running.next()).value?.message
    expect(question).toMatchObject({ method: 'elicitation/create' })
    expect((await wire.send(cancels(7))).status).toBe(202)
    expect(await rest(running)).toMatchObject([cancels(question?.['id'])])
    await wire.end()
  })
})

describe('a request of 2026-07-28 that is given up', () => {
  beforeAll(async () => {
    expect((await alice.upload('sleeper', await sleeper())).status).toBe(201)
  })

  /** Breaks the stream once it has said so much. */
  async function giveUp(response: Response, isEnough: (text: string) => boolean): Promise<void> {
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += new TextDecoder().decode(chunk as Uint8Array)
      if (isEnough(text)) return
    }
    throw new Error(`it ended: ${text}`)
  }

  it('after it has told of progress ends at once and is recorded as cancelled', async () => {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      progressToken: 'p',
    }
    const call = { name: 'doze', arguments: {}, _meta: meta }
    await giveUp(await modern(url, alice.token, 'tools/call', call), (text) =>
      text.includes('notifications/progress'),
    )
    await expect.poll(async () => (await recorded('doze')).length, { timeout: 20_000 }).toBe(1)
    expect(await recorded('doze')).toMatchObject([{ outcome: 'cancelled' }])
  })

  it.each([
    ['resources/read', { uri: 'wassette-edge://sleeper/x' }, 'read-resource'],
    ['prompts/get', { name: 'sleeper__x' }, 'get-prompt'],
  ])('is given up by %s as well', async (method, params, fn) => {
    const ran = async () => {
      const answer = await person.api('/api/calls?limit=50')
      const { calls } = Calls.parse(await answer.json())
      return calls.filter(({ tool }) => tool.endsWith(fn)).map(({ outcome }) => outcome)
    }
    const before = await ran()
    await giveUp(await modern(url, alice.token, method, params), (text) => text !== '')
    await expect.poll(ran, { timeout: 20_000 }).toEqual(['cancelled', ...before])
  })
})

/** Of one person, under way (`src/policy/limits.ts`). */
const AT_ONCE = 16

describe('calls at once', () => {
  it('are so many for one person, and others are not held up', async () => {
    const bob = await Agent.of(url, 'bob')
    await bob.startFresh()
    await bob.load('time')
    const abort = new AbortController()
    const waiting = Array.from({ length: AT_ONCE + 1 }, () =>
      alice.call(WAIT, { milliseconds: 25_000 }, { signal: abort.signal }),
    )
    const over = Promise.allSettled(waiting)
    expect(errorOf(await Promise.race(waiting))).toEqual(TOO_MANY)
    expect((await bob.call(NOW)).isError).toBeUndefined()
    abort.abort()
    // All others waited until then: one that was refused as well would have its answer.
    const given = (await over).filter(({ status }) => status === 'rejected')
    expect(given).toHaveLength(AT_ONCE)
    const oneMore = async () => errorOf(await alice.call(NOW))
    await expect.poll(oneMore).toBeUndefined()
    await bob.startFresh()
    await bob.close()
  })
})
