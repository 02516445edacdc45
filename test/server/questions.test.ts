// What a component asks its client for beyond a form: several things at once, its model, its roots. And what
// it says of itself: that it needs a client that can do more, that a list or a resource has changed.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { VersionNegotiationMode } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { Agent, consoleOf, errorOf, textOf } from '../support/agent.ts'
import { constants, fromWit, read, sha256 } from '../support/components.ts'
import { squarePng } from '../support/png.ts'
import { JSON_ONLY } from '../support/wire.ts'

const { url } = inject('server')
const CONFORMANCE = read('test/fixtures/conformance/conformance.wasm')

const Found = z.object({
  tools: z.array(z.looseObject({ name: z.string() })),
  total: z.number(),
  next_cursor: z.string().optional(),
})

let alice: Agent
const clients: Client[] = []
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  await alice.startFresh()
  expect((await alice.upload('suite', CONFORMANCE)).status).toBe(201)
})
afterAll(async () => {
  for (const client of clients) await client.close()
  await alice.startFresh()
  await alice.close()
})

/** A client that can do everything, and how often it was asked for each. */
async function able(mode: VersionNegotiationMode) {
  const asked: { method: string; params: Record<string, unknown> }[] = []
  const client = new Client(
    { name: 'able', version: '1.0.0' },
    {
      versionNegotiation: { mode },
      capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} },
    },
  )
  client.setRequestHandler('elicitation/create', async ({ method, params }) => {
    asked.push({ method, params: { ...params } })
    return { action: 'accept', content: { name: 'Eve' } }
  })
  client.setRequestHandler('sampling/createMessage', async ({ method, params }) => {
    asked.push({ method, params: { ...params } })
    const content = { type: 'text' as const, text: 'Paris' }
    return { role: 'assistant', content, model: 'a-model', stopReason: 'endTurn' }
  })
  client.setRequestHandler('roots/list', async ({ method }) => {
    asked.push({ method, params: {} })
    return { roots: [{ uri: 'file:///home/eve', name: 'home' }] }
  })
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', url), {
      authProvider: { token: async () => alice.token },
    }),
  )
  clients.push(client)
  return { client, asked }
}

describe.each(['auto', 'legacy'] as const)('a component, of a client of the %s era,', (mode) => {
  it('may ask its model', async () => {
    const { client, asked } = await able(mode)
    const args = { prompt: 'The capital of France?' }
    const said = await client.callTool({ name: 'test-sampling', arguments: args })
    expect(textOf(said)).toBe('LLM response: Paris')
    expect(asked).toMatchObject([
      {
        method: 'sampling/createMessage',
        params: {
          messages: [{ role: 'user', content: { type: 'text', text: 'The capital of France?' } }],
          maxTokens: 100,
        },
      },
    ])
  })

  it('may ask for several things at once', async () => {
    const { client, asked } = await able(mode)
    const name = 'test-input-required-result-multiple-inputs'
    expect(textOf(await client.callTool({ name }))).toBe('accept name=Eve; Paris; file:///home/eve')
    expect(asked.map(({ method }) => method).toSorted()).toEqual([
      'elicitation/create',
      'roots/list',
      'sampling/createMessage',
    ])
    const { params } = asked.find(({ method }) => method === 'elicitation/create') ?? {}
    expect(params?.['message']).toBe('The component suite asks:\nWhat is your name?')
  })

  it('is told what its client can do', async () => {
    const name = 'test-input-required-result-capabilities'
    const { client, asked } = await able(mode)
    await client.callTool({ name })
    expect(asked).toHaveLength(2)
    const mute = await Agent.of(url, 'alice', { mode })
    expect(textOf(await mute.call(name))).toBe('The client can be asked for nothing.')
    await mute.close()
  })

  it('is refused what its client cannot do', async () => {
    const mute = await Agent.of(url, 'alice', { mode })
    const result = await mute.call('test-sampling', { prompt: 'Hello' })
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('unsupported')
    await mute.close()
  })

  it('is completed: what an argument may be', async () => {
    const { client } = await able(mode)
    const of = async (name: string, value: string) => {
      const { completion } = await client.complete({
        ref: { type: 'ref/prompt', name },
        argument: { name: 'arg1', value },
      })
      return completion
    }
    expect(await of('suite__test_prompt_with_arguments', 'par')).toMatchObject({
      values: ['paris', 'park', 'party'],
      total: 3,
      hasMore: false,
    })
    expect(await of('test_prompt_with_arguments', 'park')).toMatchObject({ values: ['park'] })
    const template = await client.complete({
      ref: { type: 'ref/resource', uri: 'wassette-edge://suite/test://template/{id}/data' },
      argument: { name: 'id', value: '2' },
    })
    expect(template.completion).toMatchObject({ values: ['2'] })
    await expect(of('no_such_prompt', '')).rejects.toMatchObject({ code: -32602 })
  })

  it('is called by an agent that writes `_` for `-`', async () => {
    const { client } = await able(mode)
    const said = await client.callTool({ name: 'test_simple_text' })
    expect(textOf(said)).toBe('This is a simple text response for testing.')
    await expect(client.callTool({ name: 'test_simple_texts' })).rejects.toMatchObject({
      code: -32602,
    })
  })
})

describe('the icon of a component', () => {
  it('stands beside its resources, templates and prompts as beside its tools', async () => {
    const picture = squarePng(8, [1, 2, 3])
    const body = Uint8Array.from(picture)
    const path = '/api/components/suite/icon'
    expect((await alice.api(path, { method: 'PUT', body })).status).toBe(200)
    const src = `${url}/icons/${sha256(picture)}`
    const { client } = await able('auto')
    const lists = [
      (await client.listTools()).tools.filter(({ name }) => name.startsWith('test-')),
      (await client.listResources()).resources,
      (await client.listResourceTemplates()).resourceTemplates,
      (await client.listPrompts()).prompts,
    ]
    for (const list of lists) {
      expect(list.length).toBeGreaterThan(0)
      for (const { icons } of list) {
        expect(icons).toEqual([{ src, mimeType: 'image/png', sizes: ['8x8'] }])
      }
    }
    expect((await alice.api(path, { method: 'DELETE' })).status).toBe(204)
  })
})

describe('an argument that is an enum', () => {
  it('is completed by its type: nothing runs', async () => {
    // Whatever it exports traps: that of a prompt, of a tool, and what would list the prompts.
    const painter = await fromWit(`package a:b;
      world w {
        enum shade { light, dark, night-blue }
        record look { shade: shade }
        export paint: func(shade: option<shade>, name: string, look: look);
        export wassette-edge:mcp/prompts@0.1.0;
      }
      package wassette-edge:mcp@0.1.0 {
        interface prompts { list-prompts: func() -> string; get-prompt: func(name: string) -> string; }
      }`)
    expect((await alice.upload('painter', painter)).status).toBe(201)
    const person = await consoleOf(url, 'alice')
    const calls = async () =>
      (
        (await (await person.fetch(`${url}/api/calls?component=painter`)).json()) as {
          calls: unknown[]
        }
      ).calls
    const of = async (name: string, argument: string, value: string) => {
      const ref = { type: 'ref/prompt' as const, name }
      const { completion } = await alice.client.complete({
        ref,
        argument: { name: argument, value },
      })
      return completion.values
    }
    expect(await of('painter__sketch', 'shade', '')).toEqual(['light', 'dark', 'night-blue'])
    expect(await of('painter__sketch', 'shade', 'LI')).toEqual(['light'])
    expect(await of('painter__sketch', 'name', '')).toEqual([])
    expect(await of('paint', 'shade', 'ight')).toEqual(['light', 'night-blue'])
    expect(await of('paint', 'look.shade', 'd')).toEqual(['dark'])
    expect(await calls()).toEqual([])
    await alice.value('unload-component', { id: 'painter' })
  })
})

describe('a component that needs what its client cannot do', () => {
  it('ends with the error of 2026-07-28, and with a result that says so before', async () => {
    await expect(alice.call('test-missing-capability')).rejects.toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { sampling: {} } },
    })
    const legacy = await Agent.with(url, alice.signedIn, { mode: 'legacy' })
    const result = await legacy.call('test-missing-capability')
    expect(errorOf(result)).toEqual({ code: 'client-lacks', required: { sampling: {} } })
    await legacy.close()
    const { client } = await able('auto')
    expect(textOf(await client.callTool({ name: 'test-missing-capability' }))).toBe(
      'The client samples.',
    )
  })
})

describe('a person with more than a thousand tools', () => {
  it('is given them in pages, each once', async () => {
    const names = (prefix: string) =>
      Object.fromEntries(Array.from({ length: 520 }, (_, at) => [`${prefix}-${at}`, at]))
    const bob = await Agent.of(url, 'bob')
    await bob.startFresh()
    for (const name of ['first', 'second']) {
      expect((await bob.upload(name, await constants(names(name)))).status).toBe(201)
    }
    const one = await bob.client.request({ method: 'tools/list', params: {} })
    expect(one.tools).toHaveLength(1_000)
    const cursor = String(one.nextCursor)
    const two = await bob.client.request({ method: 'tools/list', params: { cursor } })
    expect(two.nextCursor).toBeUndefined()
    const listed = [...one.tools, ...two.tools].map(({ name }) => name)
    expect(new Set(listed).size).toBe(listed.length)
    const loaded = [...Object.keys(names('first')), ...Object.keys(names('second'))]
    expect(listed.filter((name) => /^(first|second)-/.test(name)).toSorted()).toEqual(
      loaded.toSorted(),
    )
    const bad = bob.client.request({ method: 'tools/list', params: { cursor: 'x' } })
    await expect(bad).rejects.toMatchObject({ code: -32602 })

    const search = async (args: Record<string, unknown>) =>
      Found.parse(await bob.value('search-tools', args))
    const exact = await search({ query: 'second_519' })
    expect(exact.tools[0]).toMatchObject({
      name: 'second-519',
      title: 'Second 519',
      component: 'second',
      inputSchema: { type: 'object', properties: {} },
      annotations: { readOnlyHint: true },
    })
    expect(exact.tools.length).toBeLessThanOrEqual(10)
    // What was found is called by its name, listed or not.
    expect(await bob.result('second-519')).toBe(519)
    expect((await search({ query: 'a permission for a host' })).tools[0]?.name).toMatch(/-network-/)
    const firsts: string[] = []
    let next: string | undefined
    do {
      const query = 'first-'
      const page = await search(
        next === undefined ? { query, limit: 100 } : { query, limit: 100, cursor: next },
      )
      expect(page.total).toBe(520)
      firsts.push(...page.tools.map(({ name }) => name))
      next = page.next_cursor
    } while (next !== undefined)
    expect(firsts).toEqual(Object.keys(names('first')).toSorted())
    expect((await search({ query: 'zyzzyva' })).tools).toEqual([])
    const refused = await bob.call('search-tools', { query: 'first', cursor: 'x' })
    expect(errorOf(refused)).toMatchObject({ code: 'bad-cursor' })
    await bob.startFresh()
    await bob.close()
  })
})

describe('answers', () => {
  it('may have more in them than was asked for', async () => {
    const name = 'test-input-required-result-elicitation'
    const first = await post({ name, arguments: {} })
    expect(Object.keys(first['inputRequests'] as object)).toEqual(['user_name'])
    const second = await post({
      name,
      arguments: {},
      requestState: first['requestState'],
      inputResponses: {
        user_name: { action: 'accept', content: { name: 'Eve' } },
        another: { action: 'accept', content: { foo: 'bar' } },
      },
    })
    expect(second).toMatchObject({ content: [{ text: 'Hello, accept name=Eve!' }] })
  })
})

/** A 2026-07-28 call written by hand. */
async function post(params: Record<string, unknown>): Promise<Record<string, unknown>> {
  const response = await alice.api('/mcp', {
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
      params: {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
        },
      },
    }),
  })
  return ((await response.json()) as { result: Record<string, unknown> }).result
}
