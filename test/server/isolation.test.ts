// Two people on one server: bob sees and can use nothing of alice's, whatever id he has or guesses. For him
// what is hers and what does not exist look the same.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, decide, denialsOf, errorOf, linkOf, textOf } from '../support/agent.ts'
import { constants, read } from '../support/components.ts'
import { connect1 } from '../support/mcp-clients.ts'
import { raw } from '../support/raw-http.ts'

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const EVERY_SCOPE = 'tools:call components:manage console'
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'

let alice: Agent
let bob: Agent
let hers: Browser
let his: Browser
beforeAll(async () => {
  alice = await Agent.of(url, 'alice', { scope: EVERY_SCOPE })
  bob = await Agent.of(url, 'bob', { scope: EVERY_SCOPE })
  hers = await consoleOf(url, 'alice')
  his = await consoleOf(url, 'bob')
})
beforeEach(async () => {
  await alice.startFresh()
  await bob.startFresh()
  await alice.load('fetch')
})
afterAll(async () => {
  for (const agent of [alice, bob]) {
    await agent.startFresh()
    await agent.close()
  }
})

describe('bob', () => {
  it('neither lists nor calls her tools', async () => {
    await alice.upload('hers', await constants({ 'her-secret': 1 }))
    expect(await alice.toolNames()).toEqual(expect.arrayContaining(['fetch', 'her-secret']))
    const names = await bob.toolNames()
    expect(names).not.toContain('fetch')
    expect(names).not.toContain('her-secret')
    for (const name of ['her-secret', 'fetch', 'never-existed']) {
      await expect(bob.call(name, HELLO)).rejects.toMatchObject({
        code: -32602,
        message: expect.not.stringContaining(name),
      })
    }
  })

  it('cannot touch her components through any tool', async () => {
    await decide(hers, await alice.call('fetch', HELLO), 'allow')
    expect(await bob.components()).toEqual([])
    for (const [name, args] of [
      ['unload-component', { id: 'fetch' }],
      ['get-policy', { component_id: 'fetch' }],
      ['reset-permission', { component_id: 'fetch' }],
      ['revoke-network-permission', { component_id: 'fetch', details: { host: 'demo.test' } }],
      ['grant-network-permission', { component_id: 'fetch', details: { host: 'demo.test' } }],
    ] as const) {
      const answer = await bob.call(name, args)
      expect(errorOf(answer), name).toEqual({ code: 'unknown-component' })
      const unknown = { ...args, ...('id' in args ? { id: 'x' } : { component_id: 'x' }) }
      expect(textOf(await bob.call(name, unknown)), name).toBe(textOf(answer))
    }
    expect((await alice.call('fetch', HELLO)).isError).not.toBe(true)
  })

  it('cannot name her in an argument', async () => {
    for (const key of ['person', 'user', 'account', 'owner']) {
      const answer = await bob.call('list-components', { [key]: 'alice' })
      expect(errorOf(answer)?.['code'], key).toBe('bad-arguments')
    }
  })

  it('has none of her permissions for the very same component', async () => {
    await decide(hers, await alice.call('fetch', HELLO), 'allow')
    await bob.load('fetch')
    const [mine, other] = [(await bob.components())[0], (await alice.components())[0]]
    expect(mine?.digest).toBe(other?.digest)
    const refused = await bob.call('fetch', HELLO)
    expect(denialsOf(refused).denials).toMatchObject([{ reason: 'not-granted' }])
    expect(await bob.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      permissions: { network: { allow: [] } },
    })
    // And what he allows is his alone.
    await alice.value('reset-permission', { component_id: 'fetch' })
    await decide(his, refused, 'allow')
    expect((await bob.call('fetch', HELLO)).isError).not.toBe(true)
    expect((await alice.call('fetch', HELLO)).isError).toBe(true)
  })

  it('finds no question of hers: 404 as for one that never was, and it stays open', async () => {
    const link = linkOf(await alice.call('fetch', HELLO))
    const unknown = `${url}/approvals/${UNKNOWN_ID}`
    const [found, missing] = [await his.open(link), await his.open(unknown)]
    expect(found.status).toBe(404)
    expect([found.status, found.html]).toEqual([missing.status, missing.html])
    for (const decision of ['allow', 'deny']) {
      const answer = async (to: string) => {
        const body = new URLSearchParams({ decision })
        const sent = await his.fetch(to, { method: 'POST', body })
        return [sent.status, await sent.text()]
      }
      const answered = await answer(link)
      expect(answered[0]).toBe(404)
      expect(answered).toEqual(await answer(unknown))
    }
    expect((await alice.call('fetch', HELLO)).isError).toBe(true)
    expect((await his.open(`${url}/console`)).html).not.toContain(link.split('/').at(-1))
    expect((await hers.open(link)).status).toBe(200)
  })

  it('cannot take back what she granted', async () => {
    await decide(hers, await alice.call('fetch', HELLO), 'allow')
    await bob.load('fetch')
    const [of, rule] = ['network', `GET ${HELLO.url}`]
    const body = new URLSearchParams({ component: 'fetch', permission: of, rule })
    const asked = await his.fetch(`${url}/console/revoke`, { method: 'POST', body })
    expect(asked.status).toBe(303)
    await bob.value('reset-permission', { component_id: 'fetch' })
    await bob.value('unload-component', { id: 'fetch' })
    expect((await alice.call('fetch', HELLO)).isError).not.toBe(true)
  })

  it('reads none of her calls, as JSON or on the page', async () => {
    const marked = `only-hers-${crypto.randomUUID()}`
    await alice.call(marked).catch(() => {})
    const { calls } = (await (await alice.api('/api/calls?limit=200')).json()) as {
      calls: { id: string; tool: string; seq: number }[]
    }
    const [call] = calls.filter(({ tool }) => tool === marked)
    expect(call).toBeDefined()
    for (const path of ['/api/calls?limit=200', `/api/calls?before=${(call?.seq ?? 0) + 1}`]) {
      const text = await (await bob.api(path)).text()
      expect(text).not.toContain(marked)
      expect(text).not.toContain(call?.id)
      expect(await (await his.fetch(url + path)).text()).not.toContain(marked)
    }
    const page = await his.open(`${url}/console/calls?before=${(call?.seq ?? 0) + 1}`)
    expect(page.html).not.toContain(marked)
    expect((await hers.open(`${url}/console/calls`)).html).toContain(marked)
  })

  it('uploads and removes under her names without touching hers', async () => {
    await alice.upload('shared', await constants({ number: 1 }))
    expect((await bob.api('/api/components/shared', { method: 'DELETE' })).status).toBe(404)
    expect((await bob.upload('shared', await constants({ number: 2 }))).status).toBe(201)
    expect(await alice.result('number')).toBe(1)
    expect(await bob.result('number')).toBe(2)
    expect(await (await bob.api('/api/components')).json()).toMatchObject({
      components: [{ id: 'shared', source: 'upload:shared', tools: ['number'] }],
    })
    expect((await bob.api('/api/components/shared', { method: 'DELETE' })).status).toBe(204)
    expect(await alice.result('number')).toBe(1)
    expect(await (await alice.api('/api/components')).json()).toMatchObject({
      components: [{ id: 'fetch' }, { id: 'shared' }],
    })
  })

  it('reads no resource of hers and gets no prompt, by no name that they have', async () => {
    await alice.upload('notes', read('test/fixtures/mcp/mcp.wasm'))
    const uri = 'wassette-edge://notes/notes://today'
    expect((await alice.client.readResource({ uri })).contents).toMatchObject([{ text: 'a note' }])
    expect(await bob.client.listResources()).toMatchObject({ resources: [] })
    expect(await bob.client.listResourceTemplates()).toMatchObject({ resourceTemplates: [] })
    expect(await bob.client.listPrompts()).toMatchObject({ prompts: [] })
    const failed = async (asked: Promise<unknown>): Promise<string> =>
      await asked.then(
        () => 'answered',
        ({ code, message }: { code: number; message: string }) => `${code} ${message}`,
      )
    const by = (text: string, known: string) => text.replaceAll(known, 'X')
    for (const [known, unknown] of [
      [uri, 'wassette-edge://nobody/notes://today'],
      ['notes://today', 'never://today'],
    ] as const) {
      const read = (address: string) => failed(bob.client.readResource({ uri: address }))
      expect(await read(known)).toMatch(/^-32602 /)
      expect(by(await read(known), known)).toBe(by(await read(unknown), unknown))
    }
    const args = { who: 'Bob' }
    for (const name of ['notes__greet', 'greet']) {
      expect(await failed(alice.client.getPrompt({ name, arguments: args }))).toBe('answered')
      const get = (wanted: string) =>
        failed(bob.client.getPrompt({ name: wanted, arguments: args }))
      expect(await get(name)).toMatch(/^-32602 /)
      expect(await get(name)).toBe(await get('never__existed'))
      const complete = (wanted: string) =>
        failed(
          bob.client.complete({
            ref: { type: 'ref/prompt', name: wanted },
            argument: { name: 'who', value: '' },
          }),
        )
      expect(await complete(name)).toMatch(/^-32602 /)
      expect(await complete(name)).toBe(await complete('never__existed'))
    }
  })

  it('runs the very same component beside her, each in an instance of their own', async () => {
    const bytes = await constants({ number: 7 })
    await Promise.all([alice.upload('same', bytes), bob.upload('same', bytes)])
    const calls = [alice, bob, alice, bob].map((agent) => agent.result('number'))
    expect(await Promise.all(calls)).toEqual([7, 7, 7, 7])
    await alice.value('unload-component', { id: 'same' })
    await expect(alice.call('number')).rejects.toMatchObject({ code: -32602 })
    expect(await bob.result('number')).toBe(7)
  })
})

describe('a session of hers', () => {
  const list = JSON.stringify({ jsonrpc: '2.0', id: 9, method: 'tools/list', params: {} })

  it('does not exist for bob, nor for another client of hers', async () => {
    const { client, transport, person } = await connect1(url, { user: 'alice', name: 'session' })
    const id = transport.sessionId ?? ''
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    const request = async (token: string, method: string, session: string, more = {}) => {
      const headers = {
        ...more,
        authorization: `Bearer ${token}`,
        'mcp-session-id': session,
        'mcp-protocol-version': '2025-11-25',
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      }
      const body = method === 'POST' ? { body: list } : {}
      const { status, text } = await raw(`${url}/mcp`, { method, headers, ...body })
      return [status, text]
    }
    for (const method of ['POST', 'GET', 'DELETE']) {
      const unknown = await request(bob.token, method, '0'.repeat(64))
      expect(unknown[0], method).toBe(404)
      expect(await request(bob.token, method, id), method).toEqual(unknown)
      expect(await request(alice.token, method, id), method).toEqual(unknown)
    }
    const [status, said] = await request(person.tokens()?.access_token ?? '', 'POST', id)
    expect(status).toBe(200)
    // Whoever has an id of her stream has nothing by it: not her session, nor what it said in one of his.
    const [event] = /(?<=^id: ?)\S+$/m.exec(String(said)) ?? []
    expect(event).toBeDefined()
    const his = await connect1(url, { user: 'bob', name: 'his session' })
    for (const [session, expected] of [
      [id, 404],
      [his.transport.sessionId ?? '', 200],
    ] as const) {
      const token = his.person.tokens()?.access_token ?? ''
      const resumed = await request(token, 'GET', session, { 'last-event-id': event ?? '' })
      expect(resumed).toEqual([expected, expect.not.stringContaining('fetch')])
    }
    await his.client.close()
    expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('fetch')
    await client.close()
  })
})
