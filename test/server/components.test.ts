// Components come and go: from the catalogue, from a URL, by upload; the tools that they bring, their names,
// and who is told.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import {
  PromptListChangedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import * as z from 'zod'
import { pageText } from '../../local/forms.ts'
import {
  Agent,
  bytesBody,
  consoleCookie,
  consoleOf,
  decide,
  decideAt,
  errorOf,
  textOf,
} from '../support/agent.ts'
import { fromWit } from '../component/support/toolchain.ts'
import { constants, read, sha256 } from '../support/components.ts'
import { connect1, connect2 } from '../support/mcp-clients.ts'
import { raw } from '../support/raw-http.ts'

const { url } = inject('server')
const TIME = read('components/time/time.wasm')
const TIME_URL = 'https://demo.test/components/time.wasm'
const TIME_TOOLS = ['get-current-time', 'now', 'wait'].map(
  (name) => `wassette-edge_time_clock_0_1_0_${name}`,
)
const BUILTINS = [
  'load-component',
  'unload-component',
  'list-components',
  'search-components',
  'search-tools',
  'get-policy',
  'grant-network-permission',
  'grant-storage-permission',
  'grant-environment-variable-permission',
  'grant-memory-permission',
  'revoke-network-permission',
  'revoke-storage-permission',
  'revoke-environment-variable-permission',
  'reset-permission',
]

let alice: Agent
let bob: Agent
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  bob = await Agent.of(url, 'bob')
  await alice.startFresh()
  await bob.startFresh()
})
afterAll(async () => {
  await alice.startFresh()
  await alice.close()
  await bob.close()
})

describe('load-component', () => {
  it('loads a component of the catalogue, and its exports are tools', async () => {
    expect(await alice.toolNames()).toEqual(BUILTINS)
    expect(await alice.load('text-stats')).toEqual({
      status: 'component loaded successfully',
      id: 'text-stats',
      tools: ['analyze', 'rank'],
      renamed: {},
    })
    expect(await alice.toolNames()).toEqual(['analyze', 'rank', ...BUILTINS])
    expect(await alice.result('analyze', { text: 'one two two' })).toMatchObject({ words: 3 })
  })

  it('shows each tool with its schemas, and what a call of it comes to', async () => {
    const { tools } = await alice.client.listTools(undefined, { cacheMode: 'bypass' })
    const analyze = tools.find((tool) => tool.name === 'analyze')
    expect(analyze).toMatchObject({
      title: 'Analyze',
      inputSchema: {
        type: 'object',
        properties: { text: { type: 'string' } },
        required: ['text'],
        additionalProperties: false,
      },
      outputSchema: {
        type: 'object',
        properties: { result: { type: 'object', properties: { words: { type: 'integer' } } } },
        required: ['result'],
      },
      annotations: {
        // It imports nothing but the names that every program has.
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
      _meta: { 'wassette-edge/component': 'text-stats' },
    })
    expect(analyze?.description).not.toBe('')
  })

  it('lists tools in the order of their names, whatever was loaded when', async () => {
    await alice.load('fetch')
    const own = (await alice.toolNames()).filter((name) => !BUILTINS.includes(name))
    expect(own).toEqual(['analyze', 'fetch', 'rank'])
    await alice.value('unload-component', { id: 'fetch' })
  })

  it('shows the built-in tools with all four annotations', async () => {
    const { tools } = await alice.client.listTools(undefined, { cacheMode: 'bypass' })
    for (const name of BUILTINS) {
      const hints = tools.find((tool) => tool.name === name)?.annotations
      const { title, ...rest } = hints ?? {}
      expect(title, name).toBeTypeOf('string')
      expect(Object.keys(rest).sort(), name).toEqual([
        'destructiveHint',
        'idempotentHint',
        'openWorldHint',
        'readOnlyHint',
      ])
      const isReading = /^(list|search|get)-/.test(name)
      const takesAway = /^(load|unload|revoke|reset)-/.test(name)
      expect(rest, name).toEqual({
        readOnlyHint: isReading,
        destructiveHint: takesAway,
        // A URL may answer with another version the next time.
        idempotentHint: name !== 'load-component',
        openWorldHint: name === 'load-component',
      })
    }
  })

  it('loads from an https URL, and again without losing a name', async () => {
    const loaded = await alice.load(TIME_URL)
    expect(loaded).toMatchObject({ id: 'time', tools: TIME_TOOLS, renamed: {} })
    expect(await alice.toolNames()).toEqual(expect.arrayContaining(TIME_TOOLS))
    const again = await alice.load(TIME_URL)
    expect(again).toEqual({ ...loaded, status: 'component reloaded successfully' })
    const mine = (await alice.components()).filter(({ source }) => source === TIME_URL)
    expect(mine).toMatchObject([{ id: 'time', digest: `sha256:${sha256(TIME)}`, tools_count: 3 }])
  })

  it('loads from a URL with the right digest and refuses a wrong one', async () => {
    const right = await alice.load(`${TIME_URL}#sha256=${sha256(TIME)}`)
    expect(right).toMatchObject({ id: 'time', status: 'component reloaded successfully' })
    const before = await alice.components()
    const wrong = await alice.call('load-component', {
      path: `${TIME_URL}#sha256=${'0'.repeat(64)}`,
    })
    expect(wrong.isError).toBe(true)
    expect(errorOf(wrong)).toEqual({ code: 'digest-mismatch', found: `sha256:${sha256(TIME)}` })
    expect(await alice.components()).toEqual(before)
  })

  it('says that the catalogue has no such name', async () => {
    const refused = await alice.call('load-component', { path: 'no-such-component' })
    expect(errorOf(refused)).toEqual({ code: 'not-in-catalogue' })
  })
})

describe('list-components', () => {
  it('lists each component with its source, digest, imports and tools', async () => {
    const { components, total } = await alice.value('list-components')
    expect(total).toBe(2)
    expect(components).toMatchObject([
      {
        id: 'text-stats',
        tools_count: 2,
        source: 'catalogue:text-stats',
        imports: [],
        schema: {
          tools: [{ name: 'analyze', inputSchema: {}, outputSchema: {} }, { name: 'rank' }],
        },
      },
      { id: 'time', tools_count: 3, source: TIME_URL },
    ])
    expect(JSON.stringify(components)).toContain('wasi:clocks/wall-clock@')
  })
})

describe('search-components', () => {
  const names = async (args: Record<string, unknown>) => {
    const { components } = await alice.value('search-components', args)
    const Found = z.array(z.looseObject({ name: z.string(), uri: z.string(), digest: z.string() }))
    return Found.parse(components).map(({ name }) => name)
  }

  it('lists the whole catalogue by name without a query', async () => {
    const all = await names({})
    expect(all).toEqual(expect.arrayContaining(['fetch', 'filesystem', 'text-stats', 'time']))
    expect(all).toEqual(all.toSorted())
  })

  it('puts the component of that very name first, then names that begin with the word', async () => {
    expect((await names({ query: 'time' }))[0]).toBe('time')
    expect((await names({ query: 'TEXT' }))[0]).toBe('text-stats')
    expect((await names({ query: 'stats fetch' }))[0]).toBe('fetch')
  })

  it('answers in pages, each component once', async () => {
    const Page = z.object({ total: z.number(), next_cursor: z.string().optional() })
    const all = await names({})
    const read: string[] = []
    let cursor: string | undefined
    do {
      const args = cursor === undefined ? { limit: 5 } : { limit: 5, cursor }
      read.push(...(await names(args)))
      const page = Page.parse(await alice.value('search-components', args))
      expect(page.total).toBe(all.length)
      cursor = page.next_cursor
    } while (cursor !== undefined)
    expect(read).toEqual(all)
    const refused = await alice.call('search-components', { cursor: 'x' })
    expect(refused).toMatchObject({
      isError: true,
      _meta: { 'wassette-edge/error': { code: 'bad-cursor' } },
    })
  })

  it('finds nothing for a word that no component has', async () => {
    expect(await names({ query: 'zyzzyva' })).toEqual([])
  })

  it('finds by a word of the description alone', async () => {
    const { components } = await alice.value('search-components')
    const Described = z.array(z.looseObject({ name: z.string(), description: z.string() }))
    for (const { name, description } of Described.parse(components)) {
      expect(description, name).not.toBe('')
      const word = /[a-z]{5,}/.exec(description.toLowerCase())?.[0] ?? ''
      expect(word, description).not.toBe('')
      expect(await names({ query: word }), word).toContain(name)
    }
  })
})

describe('the catalogue in the console', () => {
  it('is searched, and a component of it is loaded by a button, with nothing granted', async () => {
    const person = await consoleOf(url, 'alice')
    const all = await person.open(`${url}/console/catalogue`)
    expect(pageText(all.html)).toContain('text-stats')
    const found = await person.open(`${url}/console/catalogue?query=filesystem`)
    expect(found.forms.flatMap(({ fields }) => fields)).toContainEqual(['name', 'filesystem'])
    const [form] = found.forms.filter(({ fields }) =>
      fields.some(([name, value]) => name === 'name' && value === 'filesystem'),
    )
    const body = new URLSearchParams(form?.fields)
    const post = (headers: Record<string, string> = {}) =>
      person.fetch(`${url}/console/catalogue`, { method: 'POST', body, headers })
    expect((await post({ origin: 'https://evil.test' })).status).toBe(403)
    expect((await post()).status).toBe(303)
    const mine = (await alice.components()).filter(
      ({ source }) => source === 'catalogue:filesystem',
    )
    expect(mine).toHaveLength(1)
    expect(await alice.value('get-policy', { component_id: 'filesystem' })).toMatchObject({
      status: 'no policy found',
    })
    const after = await person.open(`${url}/console/catalogue?query=filesystem`)
    expect(pageText(after.html)).toContain('You have it.')
    expect((await person.open(`${url}/console/catalogue?cursor=x`)).status).toBe(400)
    await alice.value('unload-component', { id: 'filesystem' })
  })
})

describe('unload-component', () => {
  it('takes the tools away at once, and says so when there is nothing to unload', async () => {
    const { id } = await alice.load(TIME_URL)
    await alice.value('unload-component', { id })
    expect(await alice.toolNames()).not.toEqual(expect.arrayContaining(TIME_TOOLS))
    await expect(alice.call(TIME_TOOLS[1] ?? '')).rejects.toMatchObject({ code: -32602 })
    const again = await alice.call('unload-component', { id })
    expect(errorOf(again)).toEqual({ code: 'unknown-component' })
  })

  it('takes the permissions away too: loaded again, the component starts from nothing', async () => {
    const person = await consoleOf(url, 'alice')
    await alice.load('fetch')
    const args = { url: 'http://demo.test/hello' }
    await decide(person, await alice.call('fetch', args), 'allow')
    expect((await alice.call('fetch', args)).isError).not.toBe(true)
    await alice.value('unload-component', { id: 'fetch' })
    await alice.load('fetch')
    expect((await alice.call('fetch', args)).isError).toBe(true)
    expect(await alice.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      status: 'no policy found',
    })
    await alice.value('unload-component', { id: 'fetch' })
  })
})

describe('tools/list_changed', () => {
  it('reaches every connected client of the person, and none of another person', async () => {
    const heard = { one: 0, two: 0, listening: 0, bobsOne: 0, bobsListening: 0 }
    const open = {
      one: await connect1(url, { user: 'alice', name: 'one' }),
      two: await connect2(url, { user: 'alice', name: 'two', mode: 'legacy' }),
      listening: await connect2(url, { user: 'alice', name: 'listening', mode: 'auto' }),
      bobsOne: await connect1(url, { user: 'bob', name: 'one' }),
      bobsListening: await connect2(url, { user: 'bob', name: 'listening', mode: 'auto' }),
    }
    for (const key of ['one', 'bobsOne'] as const) {
      const count = () => void (heard[key] += 1)
      open[key].client.setNotificationHandler(ToolListChangedNotificationSchema, count)
      await open[key].streaming
    }
    for (const key of ['two', 'listening', 'bobsListening'] as const) {
      const count = () => void (heard[key] += 1)
      open[key].client.setNotificationHandler('notifications/tools/list_changed', count)
    }
    await open.two.streaming
    const hers = await open.listening.client.listen({ toolsListChanged: true })
    const his = await open.bobsListening.client.listen({ toolsListChanged: true })
    expect(hers.honoredFilter).toEqual({ toolsListChanged: true })

    await alice.load('time')
    await expect.poll(() => heard).toMatchObject({ one: 1, two: 1, listening: 1 })
    await alice.value('unload-component', { id: 'time' })
    await expect.poll(() => heard).toMatchObject({ one: 2, two: 2, listening: 2 })
    // What comes over a stream comes in order: had bob's clients been told of hers, his own would be a third.
    await bob.load('time')
    await expect.poll(() => heard).toMatchObject({ bobsOne: 1, bobsListening: 1 })
    await bob.value('unload-component', { id: 'time' })
    await expect.poll(() => heard).toMatchObject({ bobsOne: 2, bobsListening: 2 })
    expect(heard).toEqual({ one: 2, two: 2, listening: 2, bobsOne: 2, bobsListening: 2 })

    await hers.close()
    await his.close()
    await Promise.all(Object.values(open).map(({ client }) => client.close()))
  })

  it('comes when what was granted changes what a tool is', async () => {
    await alice.load('filesystem')
    const watcher = await connect1(url, { user: 'alice', name: 'hint watcher' })
    const told: string[] = []
    watcher.client.setNotificationHandler(
      ToolListChangedNotificationSchema,
      () => void told.push('tools'),
    )
    watcher.client.setNotificationHandler(
      PromptListChangedNotificationSchema,
      () => void told.push('prompts'),
    )
    await watcher.streaming
    const readOnly = async () => {
      const { tools } = await watcher.client.listTools()
      const { annotations } = tools.find(({ name }) => name === 'write-file') ?? {}
      expect(annotations?.destructiveHint).toBe(annotations?.readOnlyHint === false)
      return annotations?.readOnlyHint
    }
    const person = await consoleOf(url, 'alice')
    const allow = async (access: string[]) => {
      const args = { component_id: 'filesystem', details: { uri: 'fs://hints', access } }
      const asked = await alice.value('grant-storage-permission', args)
      await decideAt(person, String(asked['approval_url']), 'allow', { life: 'always' })
    }
    expect(await readOnly()).toBe(true)
    // A grant that changes nothing of the tools is told to nobody.
    await allow(['read'])
    await allow(['write'])
    await expect.poll(() => told).toEqual(['tools'])
    expect(await readOnly()).toBe(false)
    await alice.value('reset-permission', { component_id: 'filesystem' })
    await expect.poll(() => told).toEqual(['tools', 'tools'])
    expect(await readOnly()).toBe(true)
    await watcher.client.close()
    await alice.value('unload-component', { id: 'filesystem' })
  })

  it('follows an upload and a removal over the API as well', async () => {
    const { client, streaming } = await connect1(url, { user: 'alice', name: 'api watcher' })
    let heard = 0
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void (heard += 1))
    await streaming
    expect((await alice.upload('seven', await constants({ seven: 7 }))).status).toBe(201)
    await expect.poll(() => heard).toBe(1)
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('seven')
    await alice.api('/api/components/seven', { method: 'DELETE' })
    await expect.poll(() => heard).toBe(2)
    expect((await client.listTools()).tools.map((tool) => tool.name)).not.toContain('seven')
    await client.close()
  })
})

describe('PUT /api/components/:name', () => {
  it('loads with a token, then replaces what the name had', async () => {
    const first = await alice.upload('numbers', await constants({ one: 1, two: 2 }))
    expect([first.status, await first.json()]).toEqual([
      201,
      { id: 'numbers', tools: ['one', 'two'], renamed: {} },
    ])
    expect(await alice.result('two')).toBe(2)
    const second = await alice.upload('numbers', await constants({ two: 22, three: 3 }))
    expect([second.status, await second.json()]).toEqual([
      200,
      { id: 'numbers', tools: ['two', 'three'], renamed: {} },
    ])
    expect(await alice.result('two')).toBe(22)
    await expect(alice.call('one')).rejects.toMatchObject({ code: -32602 })
    await alice.value('unload-component', { id: 'numbers' })
  })

  it('leaves one whole component when several come at once under one name', async () => {
    const versions = await Promise.all([1, 2, 3, 4].map((number) => constants({ number })))
    const answers = await Promise.all(versions.map((bytes) => alice.upload('race', bytes)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201])
    const [race, ...more] = (await alice.components()).filter(({ id }) => id.startsWith('race'))
    expect(more).toEqual([])
    const won = versions.findIndex((bytes) => race?.digest === `sha256:${sha256(bytes)}`)
    expect(await alice.result('number')).toBe(won + 1)
    await alice.value('unload-component', { id: 'race' })
  })

  it('loads with the console cookie from our own page, and not from another', async () => {
    const cookie = await consoleCookie(url, 'alice')
    const body = await constants({ five: 5 })
    const put = (headers: Record<string, string>) =>
      raw(`${url}/api/components/by-cookie`, { method: 'PUT', headers, body })
    expect((await put({ cookie })).status).toBe(403)
    expect((await put({ cookie, origin: 'https://evil.test' })).status).toBe(403)
    expect((await put({ cookie, origin: 'null' })).status).toBe(403)
    expect(await alice.toolNames()).not.toContain('five')
    expect((await put({ cookie, origin: url })).status).toBe(201)
    expect(await alice.result('five')).toBe(5)
    const remove = (headers: Record<string, string>) =>
      raw(`${url}/api/components/by-cookie`, { method: 'DELETE', headers })
    expect((await remove({ cookie })).status).toBe(403)
    expect((await remove({ cookie, origin: url })).status).toBe(204)
  })

  it('refuses whoever is nobody, and a token that may not', async () => {
    const bytes = await constants({ six: 6 })
    const put = { method: 'PUT', body: bytesBody(bytes) }
    const nobody = await fetch(`${url}/api/components/six`, put)
    expect(nobody.status).toBe(401)
    expect(nobody.headers.get('www-authenticate')).toContain('Bearer')
    const headers = { authorization: 'Bearer garbage' }
    expect((await fetch(`${url}/api/components/six`, { ...put, headers })).status).toBe(401)
    const caller = await Agent.of(url, 'alice', { scope: 'tools:call' })
    const refused = await caller.upload('six', bytes)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ error: { scope: 'components:manage' } })
    await caller.close()
    expect(await alice.toolNames()).not.toContain('six')
  })

  it.each(['UPPER', 'under_score', '-edge', 'edge-', 'a'.repeat(65), '%2e%2e', 'a%2fb', 'ünï'])(
    'refuses the name %s',
    async (name) => {
      const answer = await alice.upload(name, await constants({ six: 6 }))
      expect([400, 404]).toContain(answer.status)
      expect((await alice.components()).map(({ id }) => id)).not.toContain(name)
    },
  )
})

describe('the catalogue', () => {
  it('is published to by the host of the server and nobody else', async () => {
    const bytes = await constants({ nine: 9 })
    const put = { method: 'PUT', body: bytesBody(bytes) }
    const path = '/api/catalogue/nine?description=Always%20nine.'
    expect((await fetch(url + path, put)).status).toBe(401)
    expect((await alice.api(path, put)).status).toBe(403)
    const missing = await alice.call('load-component', { path: 'nine' })
    expect(errorOf(missing)).toEqual({ code: 'not-in-catalogue' })
  })
})

describe('two components that export the same name', () => {
  it('stay callable side by side: the later one under its component and the name', async () => {
    await alice.upload('first', await constants({ answer: 1 }))
    const second = await alice.upload('second', await constants({ answer: 2, other: 3 }))
    expect(await second.json()).toEqual({
      id: 'second',
      tools: ['second__answer', 'other'],
      renamed: { answer: 'second__answer' },
    })
    expect(await alice.result('answer')).toBe(1)
    expect(await alice.result('second__answer')).toBe(2)
    // A name once given stays: the agent's habit does not turn to another component.
    await alice.value('unload-component', { id: 'first' })
    await expect(alice.call('answer')).rejects.toMatchObject({ code: -32602 })
    expect(await alice.result('second__answer')).toBe(2)
    await alice.value('unload-component', { id: 'second' })
  })

  it('cannot take the name of a built-in tool', async () => {
    const bytes = await constants({ 'load-component': 1, 'grant-storage-permission': 2 })
    const answer = await alice.upload('impostor', bytes)
    expect(await answer.json()).toMatchObject({
      renamed: {
        'load-component': 'impostor__load-component',
        'grant-storage-permission': 'impostor__grant-storage-permission',
      },
    })
    expect((await alice.call('load-component', { path: 'http://x.test/' })).isError).toBe(true)
    expect(await alice.result('impostor__load-component')).toBe(1)
    await alice.value('unload-component', { id: 'impostor' })
  })

  it('from two sources have two ids, and one id is one source', async () => {
    await alice.upload('time', TIME)
    const fromCatalogue = await alice.load('time')
    expect(fromCatalogue.id).toMatch(/^time-[0-9a-f]{8}$/)
    expect(Object.values(fromCatalogue.renamed)).toHaveLength(3)
    for (const name of [...TIME_TOOLS, ...fromCatalogue.tools].filter((tool) =>
      tool.endsWith('_now'),
    )) {
      expect(await alice.call(name)).not.toMatchObject({ isError: true })
    }
    for (const id of ['time', fromCatalogue.id]) await alice.value('unload-component', { id })
  })
})

describe('names that are longer than clients take', () => {
  it('are cut at 64 characters, told apart by a hash, and called by what is listed', async () => {
    const values = Object.fromEntries([64, 65, 128, 129].map((chars) => ['a'.repeat(chars), chars]))
    const cut = expect.stringMatching(/^a{55}_[0-9a-f]{8}$/)
    const bytes = await constants(values)
    const loaded = (await (await alice.upload('long', bytes)).json()) as { tools: string[] }
    expect(loaded.tools).toEqual(['a'.repeat(64), cut, cut, cut])
    const again = (await (await alice.upload('longer', bytes)).json()) as { tools: string[] }
    const prefixed = expect.stringMatching(/^longer__a{47}_[0-9a-f]{8}$/)
    expect(again.tools).toEqual([prefixed, prefixed, prefixed, prefixed])
    const names = [...loaded.tools, ...again.tools]
    expect(new Set(names).size).toBe(8)
    expect(await alice.toolNames()).toEqual(expect.arrayContaining(names))
    const answers = await Promise.all(names.map((name) => alice.result(name)))
    expect(answers).toEqual([64, 65, 128, 129, 64, 65, 128, 129])
    for (const id of ['long', 'longer']) await alice.value('unload-component', { id })
  })
})

describe('a component with functions that cannot be tools', () => {
  it('is loaded without them, and says which and why', async () => {
    const bytes = await fromWit(
      `package test:skips;
       world w {
         import wasi:io/streams@0.2.0;
         use wasi:io/streams@0.2.0.{input-stream};
         export reads: func(source: input-stream) -> u32;
         export adds: func(to: u32) -> u32;
       }
       package wasi:io@0.2.0 { interface streams { resource input-stream; } }`,
    )
    expect((await alice.upload('skips', bytes)).status).toBe(201)
    const [component] = (await alice.components()).filter(({ id }) => id === 'skips')
    expect(component?.['skipped']).toEqual([
      { function: 'reads', reason: 'it takes or returns a resource of the host' },
    ])
    expect(await alice.toolNames()).toContain('adds')
    expect(await alice.toolNames()).not.toContain('reads')
    await alice.value('unload-component', { id: 'skips' })
  })

  it('is refused when it has no other', async () => {
    const refused = await alice.api('/api/components/empty', {
      method: 'PUT',
      body: bytesBody(Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])),
    })
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ error: { code: 'no-tools' } })
    expect(textOf(await alice.call('list-components'))).not.toContain('"empty"')
  })
})
