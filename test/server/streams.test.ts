// Streams of a session, as they are written down here: one that breaks is taken up again where it broke, there
// is one for notifications, and what is watched is told to whoever watches it.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent } from '../support/agent.ts'
import { read } from '../support/components.ts'
import type { Event } from '../support/wire.ts'
import { events, first, modern, Wire } from '../support/wire.ts'

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

const CALL = {
  id: 1,
  method: 'tools/call',
  params: { name: 'test-elicitation', arguments: { message: 'Who are you?' } },
}

describe('a stream that breaks', () => {
  it('is taken up again: what was sent meanwhile, then what comes, then the answer', async () => {
    const wire = await Wire.open(url, alice.token)
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
    const wire = await Wire.open(url, alice.token)
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
    const [hers, his] = [await Wire.open(url, alice.token), await Wire.open(url, bob.token)]
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
    const wire = await Wire.open(url, alice.token)
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
      await Wire.open(url, alice.token),
      await Wire.open(url, alice.token),
      await Wire.open(url, bob.token),
    ] as const
    const [watching, other, his] = wires
    const watch = async (wire: Wire, uri: string, method = 'resources/subscribe') =>
      await wire.ask(method, { uri })
    expect(await watch(watching, WATCHED)).toMatchObject({ result: {} })
    expect(await watch(his, WATCHED)).toMatchObject({ result: {} })
    await watch(other, WATCHED)
    await watch(other, WATCHED, 'resources/unsubscribe')
    expect(await watch(watching, 'test://nowhere')).toMatchObject({ error: { code: -32602 } })
    expect(await watch(watching, `${WATCHED}${'x'.repeat(4_096)}`)).toMatchObject({
      error: { code: -32602, message: expect.stringContaining('4096 characters') },
    })
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

describe('the acknowledgement of a listen stream', () => {
  const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
  const listen = async (notifications: object, headers: Record<string, string> = {}) =>
    await modern(url, alice.token, 'subscriptions/listen', { notifications }, headers)
  let person: Agent
  beforeAll(async () => {
    person = await Agent.of(url, 'alice', { scope: 'tools:call console' })
  })
  afterAll(async () => {
    await person.close()
  })

  /** How often the lists of components were asked for so far. */
  async function lists(): Promise<Record<'resources' | 'templates', number>> {
    const { calls } = (await (await person.api('/api/calls?limit=200')).json()) as {
      calls: { tool: string }[]
    }
    const of = (name: string) => calls.filter(({ tool }) => tool.endsWith(name)).length
    return { resources: of('list-resources'), templates: of('list-templates') }
  }

  it('has what will be told: resources that there are, each once, of those that one may ask for', async () => {
    const before = await lists()
    const template = 'test://template/7/data'
    const listed = `wassette-edge://suite/${WATCHED}`
    const nowhere = Array.from({ length: 196 }, (_, n) => `test://nowhere/${n}`)
    const asked = [WATCHED, template, WATCHED, listed, 'wassette-edge://other/x', ...nowhere]
    const beyond = [...asked, 'test://static-text']
    const stream = events(await listen({ promptsListChanged: true, resourceSubscriptions: beyond }))
    expect((await stream.next()).value?.message).toMatchObject({
      method: ACKNOWLEDGED,
      params: {
        notifications: {
          promptsListChanged: true,
          resourceSubscriptions: [WATCHED, template, listed],
        },
      },
    })
    await stream.return(undefined)
    // Each list is asked for once, however many resources are.
    const { resources, templates } = await lists()
    expect(resources).toBe(before.resources + 1)
    expect(templates).toBe(before.templates + 1)
  })

  it('has nothing where there is nothing, and the stream ends', async () => {
    const stream = events(await listen({ resourceSubscriptions: ['test://nowhere'] }))
    expect((await stream.next()).value?.message).toMatchObject({
      method: ACKNOWLEDGED,
      params: { notifications: {} },
    })
    expect(await rest(stream)).toMatchObject([{ id: 1, result: { resultType: 'complete' } }])
  })

  it('is not given to a request that is none, and no component is run for it', async () => {
    const before = await lists()
    const resources = { resourceSubscriptions: ['test://nowhere'] }
    for (const [notifications, headers, status] of [
      [resources, { 'content-type': 'text/plain' }, 415],
      [resources, { 'mcp-method': 'tools/list' }, 400],
      [{ ...resources, promptsListChanged: 'yes' }, {}, 200],
    ] as const) {
      const refused = await listen(notifications, headers)
      expect(refused.status).toBe(status)
      expect(await refused.json()).toMatchObject({ error: { code: expect.any(Number) } })
    }
    expect(await lists()).toEqual(before)
  })
})

describe('a list of resources that changes', () => {
  const CHANGED = 'notifications/resources/list_changed'

  it('is told to a session, and to a listen stream that asked for it and nothing else', async () => {
    const wire = await Wire.open(url, alice.token)
    const notifications = events(await wire.stream())
    const filter = { notifications: { resourcesListChanged: true } }
    const listening = events(await modern(url, alice.token, 'subscriptions/listen', filter))
    expect((await listening.next()).value?.message).toMatchObject({
      params: { notifications: { resourcesListChanged: true } },
    })
    await alice.load('time')
    await alice.value('unload-component', { id: 'time' })
    const first = async (stream: AsyncGenerator<Event>) => (await stream.next()).value?.message
    for (const _ of ['loaded', 'unloaded']) {
      expect(await first(listening)).toMatchObject({ method: CHANGED })
      const told = [
        await first(notifications),
        await first(notifications),
        await first(notifications),
      ]
      expect(told.map((one) => one?.['method'])).toContain(CHANGED)
    }
    await listening.return(undefined)
    await notifications.return(undefined)
    await wire.end()
  })
})

const LISTEN = { notifications: { promptsListChanged: true } }
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'

/** What is left of a stream, until the server ends it. */
async function rest(stream: AsyncGenerator<Event>): Promise<Event['message'][]> {
  const found: Event['message'][] = []
  for await (const { message } of stream) if (message !== null) found.push(message)
  return found
}

describe('a session that ends', () => {
  it('answers the call that runs, which is given up, and ends its stream for notifications', async () => {
    const person = await Agent.of(url, 'alice', { scope: 'tools:call console' })
    await alice.load('time')
    const wire = await Wire.open(url, alice.token)
    const heard = await wire.stream()
    const name = 'wassette-edge_time_clock_0_1_0_wait'
    const call = {
      id: 5,
      method: 'tools/call',
      params: { name, arguments: { milliseconds: 25_000 } },
    }
    const running = events(await wire.send(call))
    expect((await running.next()).value?.message).toBeNull()
    const recorded = async () => {
      const { calls } = (await (await person.api('/api/calls?limit=20')).json()) as {
        calls: { tool: string; outcome: string }[]
      }
      return calls.filter(({ tool }) => tool === name).map(({ outcome }) => outcome)
    }
    const before = await recorded()
    await wire.end()
    expect(await rest(running)).toEqual([
      { jsonrpc: '2.0', id: 5, error: { code: -32000, message: expect.stringContaining('ended') } },
    ])
    expect(await heard.text()).toBe('')
    await expect.poll(recorded, { timeout: 10_000 }).toEqual(['cancelled', ...before])
    await alice.value('unload-component', { id: 'time' })
    await person.close()
  })
})

describe.each([
  [
    'a client that its person ends',
    async (agent: Agent) => {
      const person = await Agent.of(url, 'bob', { scope: 'console' })
      const client = encodeURIComponent(agent.signedIn.clientId)
      expect((await person.api(`/api/clients/${client}`, { method: 'DELETE' })).status).toBe(204)
      await person.close()
    },
  ],
  [
    'a person that the host suspends',
    async () => {
      const host = await Agent.of(url, 'host', { scope: 'console' })
      for (const method of ['PUT', 'DELETE']) {
        expect((await host.api('/api/people/bob/suspension', { method })).status).toBe(204)
      }
      await host.close()
    },
  ],
])('%s', (_, end) => {
  it('has its streams of both eras ended in order', async () => {
    const agent = await Agent.of(url, 'bob')
    const wire = await Wire.open(url, agent.token)
    const notifications = await wire.stream()
    const listening = events(await modern(url, agent.token, 'subscriptions/listen', LISTEN))
    expect((await listening.next()).value?.message).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
    })
    await end(agent)
    expect(await rest(listening)).toEqual([
      {
        jsonrpc: '2.0',
        id: 1,
        result: { resultType: 'complete', _meta: expect.objectContaining({ [SUBSCRIPTION]: 1 }) },
      },
    ])
    expect(await notifications.text()).toBe('')
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
