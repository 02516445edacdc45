// What each revision of MCP has and has not, as it crosses the wire: sessions from 2025-03-26 to 2025-11-25, and
// requests of 2026-07-28.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { Agent } from '../support/agent.ts'
import { constants, read } from '../support/components.ts'
import { answerIn, events, first, JSON_ONLY, modern, Wire } from '../support/wire.ts'

const { url } = inject('server')
/** With the tools of the server more than a page. */
const MANY = 999
const PAGE = 1_000
const PROGRESS = {
  id: 7,
  method: 'tools/call',
  params: { name: 'test-tool-with-progress', _meta: { progressToken: 'p' } },
}

let alice: Agent
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  await alice.startFresh()
  const suite = read('test/fixtures/conformance/conformance.wasm')
  expect((await alice.upload('suite', suite)).status).toBe(201)
  const many = Object.fromEntries(Array.from({ length: MANY }, (_, n) => [`n${n}`, n]))
  expect((await alice.upload('many', await constants(many))).status).toBe(201)
  await alice.load('fetch')
})
afterAll(async () => {
  await alice.startFresh()
  await alice.close()
})

const Page = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string() })),
  nextCursor: z.string().optional(),
})

/** Every page of the tools; `ask` has one by its cursor. */
async function pages(ask: (params: object) => Promise<unknown>): Promise<z.infer<typeof Page>[]> {
  const found: z.infer<typeof Page>[] = []
  let cursor: string | undefined
  do {
    const params = cursor === undefined ? {} : { cursor }
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const page = Page.parse(await ask(params))
    found.push(page)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

function expectAll(found: z.infer<typeof Page>[]): void {
  const names = found.flatMap(({ tools }) => tools.map(({ name }) => name))
  expect(found.length).toBe(2)
  expect(found[0]?.tools).toHaveLength(PAGE)
  expect(new Set(names).size).toBe(names.length)
  expect(names).toEqual(expect.arrayContaining(['n0', `n${MANY - 1}`, 'get-policy']))
}

describe.each([
  { version: '2025-03-26', batches: true, primes: false, elicits: false },
  { version: '2025-06-18', batches: false, primes: false, elicits: true },
  { version: '2025-11-25', batches: false, primes: true, elicits: true },
])('a session of $version', ({ version, batches, primes, elicits }) => {
  let wire: Wire
  beforeAll(async () => {
    const capabilities = elicits ? { elicitation: {} } : {}
    wire = await Wire.open(url, alice.token, { version, capabilities })
  })
  afterAll(async () => {
    await wire.end()
  })

  it('is of that revision', () => {
    expect(wire.opened).toMatchObject({ result: { protocolVersion: version } })
  })

  it(batches ? 'has batches' : 'has no batches', async () => {
    const answer = await wire.send([
      { id: 1, method: 'ping' },
      { id: 2, method: 'ping' },
    ])
    expect(answer.status).toBe(batches ? 200 : 400)
    const text = await answer.text()
    if (batches) expect(text.match(/"result":\{\}/g)).toHaveLength(2)
    else expect(JSON.parse(text)).toMatchObject({ error: { code: -32600 } })
  })

  it('tells how far a call has come; its stream is taken up again where it broke', async () => {
    const start = await first(await wire.send(PROGRESS))
    // An event that only says that the stream is there came with 2025-11-25.
    expect(start.message === null).toBe(primes)
    const heard = primes ? [] : [start.message?.['params']]
    const ended: unknown[] = []
    for await (const { message } of events(await wire.stream(start.id))) {
      if (message?.['method'] === 'notifications/progress') heard.push(message['params'])
      else ended.push(message)
    }
    expect(heard).toMatchObject([{ progress: 0 }, { progress: 50 }, { progress: 100 }])
    expect(ended).toMatchObject([{ id: 7, result: { content: [{ type: 'text' }] } }])
  })

  it(
    elicits ? 'shows the link of a refused call in a form' : 'has the link in the answer',
    async () => {
      const params = { name: 'fetch', arguments: { url: 'http://demo.test/hello' } }
      const asked: unknown[] = []
      for await (const { message } of events(
        await wire.send({ id: 8, method: 'tools/call', params }),
      )) {
        if (message?.['method'] === 'elicitation/create') {
          asked.push(message['params'])
          await (
            await wire.send({ id: message['id'], result: { action: 'decline' } })
          ).body?.cancel()
        } else if (message !== null) {
          expect(message).toMatchObject({ id: 8, result: { isError: true } })
          expect(JSON.stringify(message)).toContain(`${url}/approvals/`)
        }
      }
      const link = expect.stringContaining(`${url}/approvals/`)
      expect(asked).toMatchObject(elicits ? [{ message: link, requestedSchema: {} }] : [])
    },
  )

  it('asks its person what a component asks, by a form, where it says that it shows forms', async () => {
    const params = { name: 'test-elicitation', arguments: { message: 'Who are you?' } }
    const asked: unknown[] = []
    const answers: unknown[] = []
    for await (const { message } of events(
      await wire.send({ id: 9, method: 'tools/call', params }),
    )) {
      if (message?.['method'] === 'elicitation/create') {
        asked.push(message['params'])
        const content = { username: 'eve', email: 'eve@example.com' }
        const answer = { id: message['id'], result: { action: 'accept', content } }
        expect((await wire.send(answer)).status).toBe(202)
      } else if (message !== null) answers.push(message)
    }
    expect(asked).toMatchObject(elicits ? [{ requestedSchema: { type: 'object' } }] : [])
    expect(answers).toMatchObject([{ id: 9, result: elicits ? {} : { isError: true } }])
    expect(JSON.stringify(answers).includes('eve')).toBe(elicits)
  })

  it('is told when a list has changed', async () => {
    const stream = await wire.stream()
    await alice.call('test-trigger-prompt-change')
    expect((await first(stream)).message).toMatchObject({
      method: 'notifications/prompts/list_changed',
    })
  })

  it('lists more than a thousand tools by pages', async () => {
    expectAll(await pages(async (params) => (await wire.ask('tools/list', params))['result']))
  })
})

describe('a request of 2026-07-28', () => {
  const ask = async (method: string, params: Record<string, unknown> = {}) =>
    (await (await modern(url, alice.token, method, params, JSON_ONLY)).json()) as {
      result: object
    }
  const OWN = { ttlMs: 0, cacheScope: 'private' }

  it('is answered for its person alone: every page of every list, and every content', async () => {
    const found = await pages(async (params) => (await ask('tools/list', { ...params })).result)
    expectAll(found)
    for (const page of found) expect(page).toMatchObject(OWN)
    for (const method of ['prompts/list', 'resources/list', 'resources/templates/list']) {
      expect((await ask(method)).result, method).toMatchObject(OWN)
    }
    const read = await ask('resources/read', { uri: 'test://static-text' })
    expect(read.result).toMatchObject(OWN)
    expect((await ask('server/discover')).result).toMatchObject(OWN)
  })

  it('needs a client that takes JSON, and is answered as that client takes it', async () => {
    const send = async (method: string, accept: string, params: Record<string, unknown> = {}) =>
      await modern(url, alice.token, method, params, { accept })
    for (const accept of ['text/html', 'text/event-stream', 'application/json;q=0, text/*']) {
      const refused = await send('tools/list', accept)
      expect(refused.status, accept).toBe(406)
      expect(await refused.json()).toMatchObject({ id: 1, error: { code: -32000 } })
    }
    const listening = { notifications: { toolsListChanged: true } }
    const deaf = await send('subscriptions/listen', 'application/json', listening)
    expect(deaf.status).toBe(406)
    await deaf.body?.cancel()
    for (const accept of ['application/json', 'application/*']) {
      const answer = await send('prompts/list', accept)
      expect(answer.headers.get('content-type'), accept).toBe('application/json')
      expect(await answer.json()).toMatchObject({ id: 1, result: OWN })
    }
  })

  it('is 415 in another type, and 400 where a capability is missing, also in JSON only', async () => {
    const other = await modern(
      url,
      alice.token,
      'tools/list',
      {},
      { ...JSON_ONLY, 'content-type': 'text/plain' },
    )
    expect(other.status).toBe(415)
    await other.body?.cancel()
    const call = { name: 'test-missing-capability', arguments: {} }
    const lacking = await modern(url, alice.token, 'tools/call', call, JSON_ONLY)
    expect(lacking.status).toBe(400)
    expect(await lacking.json()).toMatchObject({ id: 1, error: { code: -32021 } })
  })

  it('waits with a stream for an answer that takes its time, unless its client takes JSON only', async () => {
    await alice.load('time')
    const call = {
      name: 'wassette-edge_time_clock_0_1_0_wait',
      arguments: { milliseconds: 1_200 },
    }
    const [stream, json] = await Promise.all([
      modern(url, alice.token, 'tools/call', call),
      modern(url, alice.token, 'tools/call', call, { accept: 'application/json' }),
    ])
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(await answerIn(stream)).toMatchObject({ id: 1, result: { resultType: 'complete' } })
    expect(json.headers.get('content-type')).toBe('application/json')
    expect(await json.json()).toMatchObject({ id: 1, result: { resultType: 'complete' } })
  })
})
