// What a component says to its client beyond a value (wit/mcp.wit): content, progress, log messages,
// questions to the person, resources and prompts. By real clients of both eras.

import type { ElicitRequestFormParams, ElicitResult } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, errorOf, textOf } from '../support/agent.ts'
import { constants, read } from '../support/components.ts'
import { nested } from '../support/nested.ts'
import { JSON_ONLY } from '../support/wire.ts'

const { url } = inject('server')
const MCP = read('test/fixtures/mcp/mcp.wasm')
/** Other words of as many bytes, with a character that nobody sees. */
const HIDES = ['the note cannot be read', 'the note \u202ecan be read'] as const
const tool = (name: string): string => `test_mcp_talk_0_1_0_${name}`

let alice: Agent
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  await alice.startFresh()
  const answer = await alice.upload('notes', MCP)
  expect(await answer.text()).toContain(tool('ask'))
  expect((await alice.upload('plain', await constants({ seven: 7 }))).status).toBe(201)
})
afterAll(async () => {
  await alice.startFresh()
  await alice.close()
})

describe('content of a component', () => {
  it('reaches the client block by block', async () => {
    const { content, structuredContent } = await alice.call(tool('every-block'))
    expect(structuredContent).toBeUndefined()
    expect(content).toEqual([
      {
        type: 'text',
        text: 'words',
        annotations: {
          audience: ['user'],
          priority: 0.5,
          lastModified: '2026-01-02T03:04:05Z',
        },
      },
      { type: 'image', data: expect.stringMatching(/^iVBORw0KGgo/), mimeType: 'image/png' },
      { type: 'audio', data: 'AQID', mimeType: 'audio/wav' },
      {
        type: 'resource',
        resource: {
          uri: 'wassette-edge://notes/notes://today',
          mimeType: 'text/plain',
          text: 'a note',
        },
      },
      {
        type: 'resource_link',
        uri: 'wassette-edge://notes/notes://today',
        name: 'today',
        title: "Today's note",
        mimeType: 'text/plain',
        size: 6,
      },
      { type: 'resource_link', uri: 'https://example.com/page', name: 'page' },
    ])
    expect((await alice.call(tool('one-block'))).content).toEqual([{ type: 'text', text: 'alone' }])
  })

  it('may be structured, and may be a failure', async () => {
    expect(await alice.call(tool('answer'), { text: 'hello', fail: false })).toMatchObject({
      content: [{ type: 'text', text: 'hello' }],
      structuredContent: { length: 5 },
    })
    const failed = await alice.call(tool('answer'), { text: 'hello', fail: true })
    expect(failed).toMatchObject({ isError: true, content: [{ type: 'text', text: 'hello' }] })
    const err = await alice.call(tool('answer'), { text: '', fail: true })
    expect(err).toMatchObject({ isError: true })
    expect(textOf(err)).toBe('{"err":"nothing to say"}')
  })

  it('is refused whole when a client could not take it', async () => {
    for (const name of ['bad-block', 'bad-structured']) {
      expect(errorOf(await alice.call(tool(name)))).toEqual({ code: 'bad-result' })
    }
  })

  it('is refused when it is nested deeper than it can be written down, in both eras', async () => {
    expect((await alice.upload('nested', await nested())).status).toBe(201)
    const inSession = await Agent.with(url, alice.signedIn, { mode: 'legacy' })
    for (const agent of [alice, inSession]) {
      const { structuredContent } = await agent.call('nest', { lists: 63 })
      expect(structuredContent).toEqual({ a: JSON.parse('['.repeat(63) + ']'.repeat(63)) })
      for (const lists of [64, 8_000, 200_000]) {
        const answer = await agent.call('nest', { lists }, { timeout: 20_000 })
        expect(errorOf(answer), `${lists}`).toEqual({ code: 'bad-result' })
      }
    }
    await inSession.close()
    await alice.value('unload-component', { id: 'nested' })
  })

  it('has no output schema: it is content and no value', async () => {
    const { tools } = await alice.client.listTools()
    const schemas = new Map(tools.map(({ name, outputSchema }) => [name, outputSchema]))
    expect(schemas.get(tool('every-block'))).toBeUndefined()
    expect(schemas.get(tool('answer'))).toBeUndefined()
    expect(schemas.get(tool('report'))).toBeDefined()
  })
})

describe.each(['auto', 'legacy'] as const)('a client of the %s era', (mode) => {
  const agents: Agent[] = []
  async function agent(answers?: (form: ElicitRequestFormParams) => ElicitResult): Promise<Agent> {
    const made = await Agent.of(url, 'alice', { mode, ...(answers && { answers }) })
    agents.push(made)
    return made
  }
  afterAll(async () => {
    for (const one of agents) await one.close()
  })

  it('hears how far a call has come', async () => {
    const { client } = await agent()
    const heard: unknown[] = []
    await client.callTool(
      { name: tool('report') },
      { onprogress: (progress) => void heard.push(progress) },
    )
    expect(heard).toEqual([
      { progress: 0, total: 100, message: 'begun' },
      { progress: 50, total: 100 },
      { progress: 100, total: 100, message: 'done' },
    ])
  })

  it('hears nothing that it did not ask for', async () => {
    const { client } = await agent()
    const heard: unknown[] = []
    client.fallbackNotificationHandler = async (notification) => void heard.push(notification)
    await client.callTool({ name: tool('report') })
    expect(heard).toEqual([])
  })

  it('reads the messages for its log from the level on that it set', async () => {
    const { client } = await agent()
    const heard: unknown[] = []
    client.setNotificationHandler('notifications/message', ({ params }) => {
      heard.push([params.level, params.logger, params.data])
    })
    const meta = { 'io.modelcontextprotocol/logLevel': 'info' }
    if (mode === 'legacy') await client.setLoggingLevel('info')
    await client.callTool({ name: tool('log-levels'), ...(mode === 'auto' ? { _meta: meta } : {}) })
    expect(heard).toEqual([
      ['info', 'component/fixture', 'a fact'],
      ['error', 'component/fixture', 'a fault'],
    ])
  })

  it('is asked, question after question, and the component goes on with the answers', async () => {
    const asked: string[] = []
    const person = await agent(({ message, requestedSchema }) => {
      asked.push(message)
      const right = 'right' in requestedSchema.properties
      return { action: 'accept', content: right ? { right: true } : { name: 'Eve', age: 7 } }
    })
    expect(await person.call(tool('ask'), { greeting: 'Hello' })).toMatchObject({
      structuredContent: { result: { ok: 'name=Eve, age=7; right=true' } },
    })
    expect(asked).toEqual([
      'The component notes asks:\nHello, who are you?',
      'The component notes asks:\nIs that right: name=Eve, age=7?',
    ])
  })

  it('may decline and cancel', async () => {
    for (const [action, said] of [
      ['decline', 'declined'],
      ['cancel', 'cancelled'],
    ] as const) {
      const person = await agent(() => ({ action }))
      const result = await person.call(tool('ask'), { greeting: 'Hello' })
      expect(result).toMatchObject({ isError: true, structuredContent: { result: { err: said } } })
    }
  })

  it('shows every kind of field', async () => {
    let schema: unknown
    const person = await agent(({ requestedSchema }) => {
      schema = requestedSchema
      const content = {
        mail: 'e@example.com',
        score: 0.25,
        agreed: false,
        colour: 'g',
        days: ['tu', 'we'],
      }
      return { action: 'accept', content }
    })
    expect(await person.result(tool('ask-everything'))).toEqual({
      ok: 'mail=e@example.com, score=0.25, agreed=false, colour=g, days=tu+we',
    })
    expect(schema).toEqual({
      type: 'object',
      properties: {
        mail: {
          type: 'string',
          title: 'Address',
          description: 'Where to write',
          format: 'email',
          default: 'a@example.com',
        },
        score: { type: 'number', minimum: 0, maximum: 1 },
        agreed: { type: 'boolean' },
        colour: {
          type: 'string',
          oneOf: [
            { const: 'r', title: 'Red' },
            { const: 'g', title: 'g' },
          ],
          default: 'r',
        },
        days: {
          type: 'array',
          items: { type: 'string', enum: ['mo', 'tu', 'we'] },
          minItems: 1,
          maxItems: 2,
        },
        note: { type: 'string', minLength: 1, maxLength: 40 },
      },
      required: ['mail', 'score', 'agreed', 'colour', 'days'],
    })
  })

  it('is not asked for ever, nor with a form that MCP does not allow', async () => {
    let asked = 0
    const person = await agent(() => {
      asked += 1
      return { action: 'accept', content: {} }
    })
    expect(await person.result(tool('ask-badly'))).toContain('name: "invalid"')
    expect(asked).toBe(0)
    expect(await person.result(tool('ask-for-ever'))).toMatch(/name: "too-often".* after 8$/)
    expect(asked).toBe(8)
  })

  it('that shows no forms is not asked, and the component is told', async () => {
    const mute = await agent()
    const result = await mute.call(tool('ask'), { greeting: 'Hello' })
    expect(textOf(result)).toContain('unsupported')
  })

  it('lists and reads resources, and fills in templates', async () => {
    const { client } = await agent()
    expect((await client.listResources()).resources).toEqual([
      {
        uri: 'wassette-edge://notes/notes://today',
        name: 'today',
        title: "Today's note",
        description: 'What there is to do',
        mimeType: 'text/plain',
        size: 6,
      },
    ])
    const { resourceTemplates } = await client.listResourceTemplates()
    expect(resourceTemplates).toMatchObject([
      { uriTemplate: 'wassette-edge://notes/notes://{day}', name: 'day' },
    ])
    const read = async (uri: string) => (await client.readResource({ uri })).contents
    expect(await read('wassette-edge://notes/notes://today')).toEqual([
      { uri: 'wassette-edge://notes/notes://today', mimeType: 'text/plain', text: 'a note' },
    ])
    expect(await read('wassette-edge://notes/notes://1%20May')).toMatchObject([
      { text: 'nothing for 1%20May' },
    ])
    expect(await read('wassette-edge://notes/notes://bytes')).toMatchObject([{ blob: 'AP8=' }])
  })

  it('is told of resources that do not exist and of those that cannot be read', async () => {
    const { client } = await agent()
    for (const uri of [
      'wassette-edge://notes/notes://none',
      'wassette-edge://plain/notes://today',
      'wassette-edge://nobody/notes://today',
      'nothing://today',
    ]) {
      await expect(client.readResource({ uri })).rejects.toMatchObject({
        code: -32602,
        data: { uri },
      })
    }
    const broken = client.readResource({ uri: 'wassette-edge://notes/notes://broken' })
    await expect(broken).rejects.toThrow('the note cannot be read')
  })

  it('is told what a component says instead of an answer as its words, with nothing hidden in them', async () => {
    const { client } = await agent()
    const [plain, hiding] = HIDES.map((words) => Buffer.from(words).toString('latin1'))
    const latin = Buffer.from(MCP).toString('latin1')
    const bytes = Buffer.from(latin.replace(plain ?? '', hiding ?? ''), 'latin1')
    expect(bytes.length).toBe(MCP.length)
    expect((await alice.upload('hides', bytes)).status).toBe(201)
    const broken = client.readResource({ uri: 'wassette-edge://hides/notes://broken' })
    await expect(broken).rejects.toMatchObject({
      code: -32603,
      message: expect.stringContaining(
        'Error: The component answered with an error.\nThe component says:\n{"err":"the note can be read"}',
      ),
      data: { 'wassette-edge/error': { code: 'component-error' } },
    })
    await alice.value('unload-component', { id: 'hides' })
  })

  it('reads a resource by the address of its component, and is answered by ours', async () => {
    const { client } = await agent()
    for (const [asked, text] of [
      ['notes://today', 'a note'],
      ['notes://1%20May', 'nothing for 1%20May'],
    ] as const) {
      const uri = `wassette-edge://notes/${asked}`
      expect((await client.readResource({ uri: asked })).contents).toMatchObject([{ uri, text }])
    }
    expect(await client.getPrompt({ name: 'greet', arguments: { who: 'Bob' } })).toMatchObject({
      messages: [{ content: { text: 'Say hello to Bob.' } }],
    })
  })

  it('lists prompts and gets them with arguments', async () => {
    const { client } = await agent()
    expect((await client.listPrompts()).prompts).toEqual([
      {
        name: 'notes__greet',
        title: 'Greet somebody',
        arguments: [{ name: 'who', description: 'Whom to greet', required: true }],
      },
    ])
    expect(
      await client.getPrompt({ name: 'notes__greet', arguments: { who: 'Bob' } }),
    ).toMatchObject({
      description: 'A greeting',
      messages: [{ role: 'user', content: { type: 'text', text: 'Say hello to Bob.' } }],
    })
    await expect(client.getPrompt({ name: 'nobody__greet' })).rejects.toMatchObject({
      code: -32602,
    })
    await expect(client.getPrompt({ name: 'notes__other' })).rejects.toThrow(
      'there is no such prompt',
    )
  })
})

describe('an answer that is not the asker’s to give', () => {
  async function open(
    agent: Agent,
    args: Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    return await post(agent, { name: tool('ask'), arguments: args })
  }
  /** A 2026-07-28 request written by hand, as an attacker does. */
  async function post(agent: Agent, params: Record<string, unknown>) {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
    }
    const response = await agent.api('/mcp', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...JSON_ONLY,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': String(params['name']),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { ...params, _meta: meta },
      }),
    })
    const { result, error } = (await response.json()) as Record<string, Record<string, unknown>>
    return result ?? { error }
  }
  const answered = { inputResponses: { question: { action: 'accept', content: { name: 'Eve' } } } }

  it('counts once, for the call it was asked for, from the client that was asked', async () => {
    const first = await open(alice, { greeting: 'Hello' })
    expect(first['resultType']).toBe('input_required')
    const state = { requestState: first['requestState'], ...answered }
    const other = await Agent.of(url, 'alice', { clientName: 'another' })
    const bob = await Agent.of(url, 'bob')
    await bob.upload('notes', MCP)
    const named = (agent: Agent, args: Record<string, unknown>) =>
      post(agent, { name: tool('ask'), arguments: args, ...state })
    // The state is sealed for her and the client that was asked.
    for (const result of [
      await named(other, { greeting: 'Hello' }),
      await named(bob, { greeting: 'Hello' }),
      await post(alice, {
        name: tool('ask'),
        arguments: { greeting: 'Hello' },
        ...answered,
        requestState: `${String(first['requestState'])}x`,
      }),
    ]) {
      expect(result).toMatchObject({ error: { code: -32602 } })
    }
    // Another call of hers is at the first question still.
    const goodbye = await named(alice, { greeting: 'Goodbye' })
    expect(JSON.stringify(goodbye['inputRequests'])).toContain('who are you?')
    const next = await named(alice, { greeting: 'Hello' })
    expect(JSON.stringify(next['inputRequests'])).toContain('Is that right: name=Eve?')
    const again = await named(alice, { greeting: 'Hello' })
    expect(JSON.stringify(again['inputRequests'])).toContain('who are you?')
    await other.close()
    await bob.startFresh()
    await bob.close()
  })

  it('that does not fit the form is no answer', async () => {
    const first = await open(alice, { greeting: 'Hello' })
    const result = await post(alice, {
      name: tool('ask'),
      arguments: { greeting: 'Hello' },
      requestState: first['requestState'],
      inputResponses: { question: { action: 'accept', content: { name: '' } } },
    })
    expect(JSON.stringify(result['inputRequests'])).toContain('who are you?')
  })
})

describe('bounds', () => {
  it('end a component that says too much to its client', async () => {
    expect(await alice.result(tool('flood'), { times: 1_000 })).toBe(1_000)
    const flooded = await alice.call(tool('flood'), { times: 1_001 })
    expect(errorOf(flooded)).toEqual({ code: 'bound', bound: 'client-messages' })
  })
})

describe('the record', () => {
  it('has the calls that asked and those for resources', async () => {
    const person = await Agent.of(url, 'alice', { scope: 'tools:call console' })
    const text = await (await person.api('/api/calls?limit=200')).text()
    await person.close()
    expect(text).toContain('"asks"')
    expect(text).toContain('notes:wassette-edge:mcp/resources@0.1.0#read-resource')
  })
})
