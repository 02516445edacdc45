// What a component keeps, over the running server: from call to call, and no longer than the component.

import { readFileSync } from 'node:fs'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { signInHeadless } from '../../local/oauth.ts'
import { errorOf } from '../support/agent.ts'

const { url } = inject('server')
const scope = 'tools:call components:manage'
const clients: Client[] = []

/** An agent of the person, who has uploaded the component. */
async function agent(user: string) {
  const { accessToken } = await signInHeadless({ serverUrl: url, user, scope })
  const upload = async () => {
    const response = await fetch(`${url}/api/components/kept`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${accessToken}` },
      body: readFileSync('test/fixtures/drafts/drafts.wasm'),
    })
    if (!response.ok) throw new Error(await response.text())
  }
  await upload()
  const client = new Client({ name: user, version: '1.0.0' })
  clients.push(client)
  const authProvider = { token: async () => accessToken }
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { authProvider }))
  const call = async (name: string, args: Record<string, unknown>): Promise<unknown> => {
    const { structuredContent, content } = await client.callTool({ name, arguments: args })
    return (structuredContent as { result?: unknown } | undefined)?.result ?? content
  }
  return { client, call, upload }
}

type Agent = Awaited<ReturnType<typeof agent>>
let alice: Agent
let bob: Agent

beforeAll(async () => {
  alice = await agent('alice')
  bob = await agent('bob')
})

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()))
})

describe('a component that keeps entries', () => {
  it('finds in one call what another one has set, in either draft', async () => {
    await alice.call('set', { bucket: '', key: 'name', value: btoa('Ada') })
    expect(await alice.call('get', { bucket: '', key: 'name' })).toEqual({ ok: btoa('Ada') })
    expect(await alice.call('get2', { bucket: 'default', key: 'name' })).toEqual({
      ok: btoa('Ada'),
    })
  })

  it('counts every call that runs at the same time', async () => {
    const increment = () => alice.call('increment2', { bucket: '', key: 'n', delta: 1 })
    await Promise.all(Array.from({ length: 8 }, increment))
    expect(
      JSON.stringify(await alice.call('increment2', { bucket: '', key: 'n', delta: 0 })),
    ).toMatch(/\b8\b/)
  })

  it('is ended when it uses them without end', async () => {
    const args = { bucket: 'busy', count: 2_000, bytes: 1 }
    const answer = await alice.client.callTool({ name: 'fill', arguments: args })
    expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'keyvalue-operations' })
  })

  it('keeps nothing of one person for another', async () => {
    expect(await bob.call('exists', { bucket: '', key: 'name' })).toEqual({ ok: false })
  })

  it('keeps nothing beyond the component', async () => {
    await alice.call('unload-component', { id: 'kept' })
    await alice.upload()
    expect(await alice.call('exists', { bucket: '', key: 'name' })).toEqual({ ok: false })
    await alice.call('unload-component', { id: 'kept' })
    await bob.call('unload-component', { id: 'kept' })
  })
})
