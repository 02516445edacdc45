// Who may ask whom for a model and for roots: a component that asks for them asks its client, which may refuse; nothing
// else of ours does, whatever a client says that it can do; and no client asks us.

import { Client, ProtocolError, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { VersionNegotiationMode } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, textOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import { JSON_ONLY, modern, Wire } from '../support/wire.ts'

const { url } = inject('server')
const METHODS = ['sampling/createMessage', 'roots/list'] as const
/** What a client answers whose person does not want it (MCP, sampling). */
const USER_REFUSED = -1
const NO = 'The person does not want that'
/** Tools that ask, and for what. */
const ASKING = [
  ['test-input-required-result-sampling', 'sampling/createMessage'],
  ['test-input-required-result-list-roots', 'roots/list'],
] as const

let alice: Agent
const clients: Client[] = []
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  await alice.startFresh()
  expect((await alice.upload('notes', read('test/fixtures/mcp/mcp.wasm'))).status).toBe(201)
  const suite = read('test/fixtures/conformance/conformance.wasm')
  expect((await alice.upload('suite', suite)).status).toBe(201)
})
afterAll(async () => {
  for (const client of clients) await client.close()
  await alice.startFresh()
  await alice.close()
})

/** A client that can sample and list roots, refuses both, and keeps every request of the server. */
async function refusing(mode: VersionNegotiationMode) {
  const asked: string[] = []
  const client = new Client(
    { name: 'refusing', version: '1.0.0' },
    { versionNegotiation: { mode }, capabilities: { sampling: {}, roots: { listChanged: true } } },
  )
  for (const method of METHODS) {
    client.setRequestHandler(method, async () => {
      asked.push(method)
      throw new ProtocolError(USER_REFUSED, NO)
    })
  }
  client.fallbackRequestHandler = async ({ method }) => {
    asked.push(method)
    return {}
  }
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', url), {
      authProvider: { token: async () => alice.token },
    }),
  )
  clients.push(client)
  return { client, asked }
}

const ARGUMENTS = { text: 'words', fail: false, times: 3, greeting: 'Hello' } as const

describe.each(['auto', 'legacy'] as const)('a client of the %s era that can sample', (mode) => {
  it('is asked for nothing by a component that does not ask, nor by the server', async () => {
    const { client, asked } = await refusing(mode)
    const { tools } = await client.listTools()
    const theirs = tools.filter(({ name }) => name.startsWith('test_mcp_talk_'))
    expect(theirs.length).toBe(12)
    for (const { name, inputSchema } of theirs) {
      const known = Object.entries(ARGUMENTS).filter(
        ([key]) => key in (inputSchema.properties ?? {}),
      )
      const { content } = await client.callTool({ name, arguments: Object.fromEntries(known) })
      expect(Array.isArray(content), name).toBe(true)
    }
    for (const { uri } of (await client.listResources()).resources) {
      await client.readResource({ uri }).catch(() => null)
    }
    for (const { name } of (await client.listPrompts()).prompts) {
      await client.getPrompt({ name, arguments: {} }).catch(() => null)
    }
    await client.callTool({ name: 'list-components', arguments: {} })
    expect(asked).toEqual([])
    // So that it would have been seen.
    await client.callTool({ name: 'test-sampling', arguments: { prompt: 'Hi' } }).catch(() => null)
    expect(asked).toEqual(['sampling/createMessage'])
  })

  it.each(ASKING)(
    'may refuse what %s asks for: the call ends, and no other',
    async (name, method) => {
      const { client, asked } = await refusing(mode)
      const call = client.callTool({ name })
      // Without sessions the refusal never reaches the server: its client gives the call up.
      if (mode === 'auto') await expect(call).rejects.toMatchObject({ code: USER_REFUSED })
      else {
        const result = await call
        expect(result.isError).toBe(true)
        expect(textOf(result)).toContain(NO)
      }
      expect(asked).toEqual([method])
      expect(textOf(await client.callTool({ name: 'test-simple-text' }))).toContain('simple text')
      expect(asked).toEqual([method])
    },
  )
})

it.each(
  (['auto', 'legacy'] as const).flatMap((mode) => ASKING.map(([name]) => [mode, name] as const)),
)(
  'a client of the %s era that can do neither is not asked by %s, which is told',
  async (mode, name) => {
    const mute = await Agent.with(url, alice.signedIn, { mode })
    const result = await mute.call(name)
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('unsupported')
    await mute.close()
  },
)

describe.each(METHODS)('a client that asks the server for %s', (method) => {
  const params = { messages: [], maxTokens: 1 }

  it('is told in a session that there is no such method', async () => {
    const wire = await Wire.open(url, alice.token, { capabilities: { sampling: {}, roots: {} } })
    const answer = await wire.ask(method, params)
    expect(answer).toMatchObject({ error: { code: -32601 } })
    expect(await wire.ask('ping')).toMatchObject({ result: {} })
    await wire.end()
  })

  it('is told so without a session', async () => {
    const answer = await modern(url, alice.token, method, params, JSON_ONLY)
    expect(await answer.json()).toMatchObject({ id: 1, error: { code: -32601 } })
  })
})
