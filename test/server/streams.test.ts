// Streams of a session, as they are written down here: one that breaks is taken up again where it broke, there
// is one for notifications, and what is watched is told to whoever watches it.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent } from '../support/agent.ts'
import { read } from '../support/components.ts'

const { url } = inject('server')
const WATCHED = 'test://watched-resource'

let alice: Agent
let bob: Agent
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  bob = await Agent.of(url, 'bob')
  for (const agent of [alice, bob]) {
    await agent.startFresh()
    const bytes = read('test/fixtures/conformance/conformance.wasm')
    expect((await agent.upload('suite', bytes)).status).toBe(201)
  }
})
afterAll(async () => {
  for (const agent of [alice, bob]) {
    await agent.startFresh()
    await agent.close()
  }
})

interface Event {
  readonly id: string
  readonly retry: string | undefined
  /** `null`: the event only says that the stream is there. */
  readonly message: Record<string, unknown> | null
}

/** One session, opened by hand. */
class Wire {
  readonly #headers: Record<string, string>

  static async open(token: string): Promise<Wire> {
    const wire = new Wire({ authorization: `Bearer ${token}` })
    const opened = await wire.send({
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: { elicitation: {} },
        clientInfo: { name: 'by hand', version: '1.0.0' },
      },
    })
    await opened.body?.cancel()
    const session = opened.headers.get('mcp-session-id') ?? ''
    wire.#headers['mcp-session-id'] = session
    wire.#headers['mcp-protocol-version'] = '2025-11-25'
    await (await wire.send({ method: 'notifications/initialized' })).body?.cancel()
    return wire
  }

  private constructor(headers: Record<string, string>) {
    this.#headers = headers
  }

  async send(message: Record<string, unknown>): Promise<Response> {
    return await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: {
        ...this.#headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
  }

  /** The stream for notifications, or what came behind an event of a stream that broke. */
  async stream(lastEventId?: string): Promise<Response> {
    return await fetch(`${url}/mcp`, {
      headers: {
        ...this.#headers,
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    })
  }

  async end(): Promise<void> {
    await fetch(`${url}/mcp`, { method: 'DELETE', headers: this.#headers })
  }
}

/** Events as they come. Leaving the loop breaks the connection. */
async function* events(response: Response): AsyncGenerator<Event> {
  expect(response.status).toBe(200)
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk as Uint8Array)
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => {
          const colon = line.indexOf(': ')
          return [line.slice(0, colon), line.slice(colon + 2)]
        }),
      ) as Record<string, string>
      if (!('data' in fields)) continue
      const { id = '', retry, data = '' } = fields
      yield { id, retry, message: data === '' ? null : JSON.parse(data) }
    }
  }
}

async function first(response: Response): Promise<Event> {
  for await (const event of events(response)) return event
  throw new Error('the stream ended without an event')
}

const CALL = {
  id: 1,
  method: 'tools/call',
  params: { name: 'test-elicitation', arguments: { message: 'Who are you?' } },
}

describe('a stream that breaks', () => {
  it('is taken up again: what was sent meanwhile, then what comes, then the answer', async () => {
    const wire = await Wire.open(alice.token)
    const start = await first(await wire.send(CALL))
    expect(start).toMatchObject({ message: null, retry: '1000' })
    const seen: unknown[] = []
    for await (const { message } of events(await wire.stream(start.id))) {
      seen.push(message?.['method'] ?? message?.['id'])
      if (message?.['method'] !== 'elicitation/create') continue
      const content = { username: 'eve', email: 'eve@example.com' }
      const answer = { id: message['id'], result: { action: 'accept', content } }
      expect((await wire.send(answer)).status).toBe(202)
    }
    expect(seen).toEqual(['elicitation/create', 1])
    await wire.end()
  })

  it('is read again from any of its events, also when it is over, and holds no other stream', async () => {
    const wire = await Wire.open(alice.token)
    const call = { method: 'tools/call', params: { name: 'test-simple-text' } }
    const ids: string[] = []
    for await (const { id } of events(await wire.send({ ...call, id: 7 }))) ids.push(id)
    for await (const { id } of events(await wire.send({ ...call, id: 8 }))) ids.push(id)
    expect(new Set(ids).size).toBe(4)
    const again: unknown[] = []
    for await (const { message } of events(await wire.stream(ids[0]))) again.push(message?.['id'])
    expect(again).toEqual([7])
    await wire.end()
  })

  it('cannot be read by another session, nor from an event that is none', async () => {
    const [hers, his] = [await Wire.open(alice.token), await Wire.open(bob.token)]
    const start = await first(await hers.send(CALL))
    const found: unknown[] = []
    for await (const { message } of events(await his.stream(start.id))) found.push(message)
    expect(found).toEqual([])
    for (const id of ['x', '../1', '1', `${start.id} `.repeat(100)]) {
      const refused = await his.stream(id)
      expect(refused.status, id).toBe(400)
      await refused.body?.cancel()
    }
    await hers.end()
    await his.end()
  })
})

describe('the stream for notifications', () => {
  it('is one for a session: a second is a conflict', async () => {
    const wire = await Wire.open(alice.token)
    const one = await wire.stream()
    expect(one.status).toBe(200)
    const two = await wire.stream()
    expect(two.status).toBe(409)
    await two.body?.cancel()
    await one.body?.cancel()
    await wire.end()
  })

  it('tells who watches a resource that it has changed, by the address they use, and nobody else', async () => {
    const wires = [
      await Wire.open(alice.token),
      await Wire.open(alice.token),
      await Wire.open(bob.token),
    ] as const
    const [watching, other, his] = wires
    const watch = async (wire: Wire, uri: string, method = 'resources/subscribe') => {
      for await (const { message } of events(await wire.send({ id: 2, method, params: { uri } }))) {
        if (message !== null) return message
      }
      throw new Error('no answer')
    }
    expect(await watch(watching, WATCHED)).toMatchObject({ result: {} })
    expect(await watch(his, WATCHED)).toMatchObject({ result: {} })
    await watch(other, WATCHED)
    await watch(other, WATCHED, 'resources/unsubscribe')
    expect(await watch(watching, 'test://nowhere')).toMatchObject({ error: { code: -32602 } })
    const streams = await Promise.all(wires.map((wire) => wire.stream()))
    await alice.call('test-trigger-resource-change')
    await alice.call('test-trigger-prompt-change')
    await bob.call('test-trigger-prompt-change')
    const heard = await Promise.all(
      streams.map(async (stream) => {
        const methods: unknown[] = []
        for await (const { message } of events(stream)) {
          methods.push(message?.['method'])
          if (message?.['method'] === 'notifications/prompts/list_changed') break
        }
        return methods
      }),
    )
    const prompts = 'notifications/prompts/list_changed'
    expect(heard).toEqual([['notifications/resources/updated', prompts], [prompts], [prompts]])
    for (const wire of wires) await wire.end()
  })
})

describe('a listen stream of 2026-07-28', () => {
  it('tells of the resources that its client asked for', async () => {
    const heard: unknown[] = []
    const done = Promise.withResolvers<void>()
    const client = await Agent.with(url, alice.signedIn)
    client.client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
      heard.push(params.uri)
    })
    client.client.setNotificationHandler('notifications/prompts/list_changed', () => done.resolve())
    const listed = `wassette-edge://suite/${WATCHED}`
    const asked = [WATCHED, listed, 'test://nowhere']
    await client.client.listen({ promptsListChanged: true, resourceSubscriptions: asked })
    await alice.call('test-trigger-resource-change')
    await alice.call('test-trigger-prompt-change')
    await done.promise
    expect(heard.toSorted()).toEqual([WATCHED, listed])
    await client.close()
  })
})

describe('a method that an era does not have', () => {
  it('is answered with 405 and those that it has', async () => {
    const ask = async (method: string, headers: Record<string, string> = {}) => {
      const authorization = `Bearer ${alice.token}`
      const answer = await fetch(`${url}/mcp`, { method, headers: { authorization, ...headers } })
      await answer.body?.cancel()
      return [answer.status, answer.headers.get('allow')]
    }
    for (const method of ['PUT', 'PATCH']) {
      expect(await ask(method), method).toEqual([405, 'POST, GET, DELETE'])
    }
    for (const method of ['GET', 'DELETE', 'PUT']) {
      const stateless = { 'mcp-protocol-version': '2026-07-28' }
      expect(await ask(method, stateless), method).toEqual([405, 'POST'])
    }
  })
})
