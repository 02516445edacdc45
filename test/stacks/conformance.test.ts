// The official conformance suite against the running server, and what of a session outlives the server's
// process. A stack of its own: the suite changes the tools of its person and looks at every notification.

import { rmSync } from 'node:fs'
import {
  Client as Client2,
  StreamableHTTPClientTransport as Transport2,
} from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUTHORIZATION_SCENARIOS, runAuthorization } from '../conformance/authorization.ts'
import type { ScenarioResult } from '../conformance/suite.ts'
import {
  forgotten,
  leftOut,
  missedOf,
  REVISIONS,
  runConformance,
  verdictOf,
} from '../conformance/suite.ts'
import { Agent } from '../support/agent.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'
import { raw } from '../support/raw-http.ts'

let stack: Stack
let results: readonly ScenarioResult[]
beforeAll(async () => {
  stack = await startStack()
  results = await runConformance(stack.url, 'alice')
}, 180_000)
afterAll(async () => {
  await stack.stop()
  rmSync(stack.stateDir, { recursive: true, force: true })
})

describe.each(REVISIONS)('a server of MCP %s', (revision) => {
  const wrong = (all: readonly ScenarioResult[]): readonly string[] =>
    all.flatMap((one) => {
      const verdict = verdictOf(one)
      return verdict === null ? [] : [`${one.scenario}: ${verdict}`]
    })

  it('does what the revision requires, as far as the suite checks it', () => {
    const required = results.filter((one) => one.revision === revision && one.optional === null)
    expect(required.length).toBeGreaterThanOrEqual(30)
    expect(wrong(required)).toEqual([])
  })

  it('does what the suite checks and does not score, or says why not', () => {
    const unscored = results.filter((one) => one.revision === revision && one.optional !== null)
    expect(unscored.length).toBeGreaterThanOrEqual(3)
    expect(wrong(unscored)).toEqual([])
  })
})

it('passes the scenarios of headers, sessions and polled streams, and expects no others', () => {
  const unscored = results.filter((one) => one.optional !== null && missedOf(one).length === 0)
  expect(unscored.map(({ scenario }) => scenario).toSorted()).toEqual([
    'http-header-validation',
    'server-session-lifecycle',
    'server-sse-polling',
  ])
  expect(forgotten(results)).toEqual([])
  expect(leftOut(results)).toEqual([])
})

describe('the authorization server', () => {
  it('publishes itself and gives a code to a client with PKCE, as the suite checks it', async () => {
    const found = await runAuthorization(stack.url, 'bob')
    expect([...found.keys()].toSorted()).toEqual(AUTHORIZATION_SCENARIOS)
    const missed = [...found].flatMap(([scenario, checks]) =>
      missedOf({ checks }).map(({ id, errorMessage = '' }) => `${scenario} ${id}: ${errorMessage}`),
    )
    expect(missed).toEqual([])
  })
})

describe('a session whose server is killed', () => {
  const URI = 'test://watched-resource'
  const NAMED = { name: 'comes back', version: '1.0.0' }
  const older = new Client1(NAMED)
  const newer = new Client2(NAMED, { versionNegotiation: { mode: 'legacy' } })
  let alice: Agent
  let session: Record<string, string>
  /** The events of a call that was answered: where its stream begins, and its answer. */
  let answered: readonly (string | undefined)[]
  /** Calls that ran when the server was killed. */
  let lost: Promise<PromiseSettledResult<unknown>[]>

  beforeAll(async () => {
    alice = await Agent.of(stack.url, 'alice')
    await alice.load('time')
    const legacy = await Agent.with(stack.url, alice.signedIn, { mode: 'legacy' })
    session = {
      authorization: `Bearer ${alice.token}`,
      'mcp-session-id': legacy.transport.sessionId ?? '',
      'mcp-protocol-version': '2025-11-25',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const post = async (method: string, params: Record<string, unknown>) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 5, method, params })
      return await raw(`${stack.url}/mcp`, { method: 'POST', headers: session, body })
    }
    // Its session stays.
    await legacy.close()
    expect((await post('resources/subscribe', { uri: URI })).status).toBe(200)
    const { text } = await post('tools/call', { name: 'test-simple-text' })
    answered = [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)
    expect(answered).toHaveLength(2)

    const endpoint = new URL('/mcp', stack.url)
    const options = {
      requestInit: { headers: { authorization: `Bearer ${alice.token}` } },
      reconnectionOptions: {
        initialReconnectionDelay: 500,
        maxReconnectionDelay: 1_000,
        reconnectionDelayGrowFactor: 1,
        maxRetries: 100,
      },
    }
    await older.connect(new Transport1(endpoint, options))
    await newer.connect(new Transport2(endpoint, options))
    const call = {
      name: 'wassette-edge_time_clock_0_1_0_wait',
      arguments: { milliseconds: 29_000 },
    }
    // They hear of their streams before the server is killed, and would wait for long.
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const waiting = (begun: PromiseWithResolvers<void>) => ({
      timeout: 110_000,
      onresumptiontoken: () => begun.resolve(),
    })
    lost = Promise.allSettled([
      older.callTool(call, undefined, waiting(first)),
      newer.callTool(call, waiting(second)),
    ])
    await Promise.all([first.promise, second.promise])

    stack.process.kill('SIGKILL')
    const { stateDir, ports } = stack
    stack = await startStack({ stateDir, ports })
  })
  afterAll(async () => {
    for (const one of [older, newer, alice]) await one.close()
  })

  it('goes on: what it had sent is read again, and what it watches is still watched', async () => {
    const [start, answer] = answered
    const from = { ...session, 'last-event-id': start ?? '' }
    const again = await raw(`${stack.url}/mcp`, { headers: from })
    expect(again.status).toBe(200)
    expect(again.text).toContain(`id: ${answer}`)
    expect(again.text).toContain('This is a simple text response for testing.')
    const stream = await fetch(`${stack.url}/mcp`, { headers: session })
    await alice.call('test-trigger-resource-change')
    let heard = ''
    for await (const chunk of stream.body ?? []) {
      heard += new TextDecoder().decode(chunk as Uint8Array)
      if (heard.includes('\n\n')) break
    }
    expect(heard).toContain('notifications/resources/updated')
    expect(heard).toContain(URI)
  })

  it('answers the calls that ran as lost, to clients of both SDKs that come back for them', async () => {
    for (const one of await lost) {
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { code: -32000, message: expect.stringContaining('its answer is lost') },
      })
    }
    // Their sessions go on.
    expect((await older.listTools()).tools.length).toBeGreaterThan(0)
    expect((await newer.listTools()).tools.length).toBeGreaterThan(0)
  })
})
