// Traces as the host of a server gets them, at a collector that takes nothing but the protocol: what a call is told as,
// whose child it is, that none of the values that pass through calls is in it, and that calls go on without it.

import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, decideHost, errorOf } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import type { CollectedSpan, Collector } from '../support/collector.ts'
import { startCollector } from '../support/collector.ts'
import { LATER } from '../support/later.ts'
import { rows } from '../support/persisted.ts'
import type { Stack } from '../support/stack.ts'
import { REDACTED } from '../../src/policy/redaction.ts'
import { startStack } from '../support/stack.ts'

/** In everything that a person, an agent, a client or a component says in this file. */
const MARK = 'M4RK3D'
const SECRET = 'collector-s3cret'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const OTHER_TRACE = 'a0892f3577b34da6a3ce929d0e0e4736'
const HELLO = `http://demo.test/hello?q=${MARK}`
const VERSION = '2026-07-28'

let collector: Collector
let stack: Stack
let modern: Agent
let legacy: Agent
let person: Browser

beforeAll(async () => {
  collector = await startCollector()
  stack = await startStack({
    labels: 'off',
    telemetry: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${SECRET}`,
      OTEL_SERVICE_NAME: 'edge under test',
    },
  })
  const scope = 'tools:call components:manage console'
  modern = await Agent.of(stack.url, 'alice', { scope, clientName: `${MARK} client` })
  legacy = await Agent.with(stack.url, modern.signedIn, { mode: 'legacy' })
  person = await consoleOf(stack.url, 'alice')
  for (const name of ['fetch', 'filesystem', 'chart']) await modern.load(name)
  await modern.upload('probe', PROBE)
  await decideHost(person, await modern.call('fetch', { url: HELLO }))
}, 180_000)
beforeEach(() => {
  collector.mode = 'take'
})
afterAll(async () => {
  await modern?.close()
  await legacy?.close()
  await stack?.stop()
  await collector?.stop()
  if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
})

/** The spans that come of a piece of work, once that of its last request is there. */
async function spansOf(last: string, work: () => Promise<unknown>): Promise<CollectedSpan[]> {
  const before = collector.spans.length
  await work()
  const since = () => collector.spans.slice(before)
  await vi.waitFor(() => expect(since().map(({ name }) => name)).toContain(last), LATER)
  return since()
}

const named = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
  const [found, ...more] = spans.filter((span) => span.name === name)
  if (found === undefined || more.length > 0) throw new Error(`not one ${name}`)
  return found
}

/** A call with headers of its own, as a client that traces its HTTP requests makes it. */
async function post(headers: Record<string, string>, meta: Record<string, string> = {}) {
  const version = { 'io.modelcontextprotocol/protocolVersion': VERSION }
  const _meta = { ...version, 'io.modelcontextprotocol/clientCapabilities': {}, ...meta }
  const response = await modern.api('/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': VERSION,
      'mcp-method': 'tools/call',
      'mcp-name': 'list-components',
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 'one-call',
      method: 'tools/call',
      params: { name: 'list-components', arguments: {}, _meta },
    }),
  })
  expect(response.status).toBe(200)
  await response.text()
}

describe('a call', () => {
  it('is a span of the server, under it the run, under that each host call', async () => {
    const _meta = { traceparent: `00-${TRACE}-${PARENT}-01` }
    const spans = await spansOf('tools/call fetch', async () => {
      await modern.client.callTool({ name: 'fetch', arguments: { url: HELLO }, _meta })
    })
    const [server, run, get] = ['tools/call fetch', 'run fetch', 'GET'].map((n) => named(spans, n))
    expect(server).toMatchObject({
      traceId: TRACE,
      parent: PARENT,
      flags: 0x301,
      kind: 'server',
      failed: false,
      attributes: {
        'mcp.method.name': 'tools/call',
        'mcp.protocol.version': VERSION,
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'fetch',
        'jsonrpc.request.id': expect.stringMatching(/^\d+$/),
        'network.transport': 'tcp',
        'network.protocol.name': 'http',
      },
    })
    expect(server?.attributes).not.toHaveProperty('mcp.session.id')
    expect(run).toMatchObject({ traceId: TRACE, parent: server?.spanId, kind: 'internal' })
    expect(get).toMatchObject({
      traceId: TRACE,
      parent: run?.spanId,
      flags: 0x101,
      kind: 'client',
      attributes: {
        'http.request.method': 'GET',
        'server.address': 'demo.test',
        'server.port': 80,
        'http.response.status_code': 200,
        'http.response.body.size': 'hello from demo.test'.length,
      },
    })
    const calls = await (await modern.api('/api/calls')).json()
    const [latest] = (calls as { calls: { id: string; fuel: number; digest: string }[] }).calls
    expect(run?.attributes).toMatchObject({
      'wassette_edge.call.id': latest?.id,
      'wassette_edge.fuel': latest?.fuel,
      'wassette_edge.component.digest': latest?.digest,
      'wassette_edge.outcome': 'answered',
    })
  })

  it('does not hand the trace on to whom the component asks', async () => {
    const _meta = { traceparent: `00-${TRACE}-${PARENT}-01` }
    const wanted = { name: 'fetch', arguments: { url: 'http://demo.test/headers' }, _meta }
    let sent = ''
    // Its spans are not those of the next test.
    await spansOf('tools/call fetch', async () => {
      sent = JSON.stringify(await modern.client.callTool(wanted))
    })
    expect(sent).toContain('user-agent')
    expect([sent.includes(TRACE), sent.includes('traceparent')]).toEqual([false, false])
  })

  it('of a session says which, and the version that was agreed on', async () => {
    const spans = await spansOf('tools/call fetch', () => legacy.call('fetch', { url: HELLO }))
    const server = named(spans, 'tools/call fetch')
    expect(server).toMatchObject({
      parent: null,
      flags: 0x101,
      attributes: {
        'mcp.session.id': legacy.transport.sessionId,
        'mcp.protocol.version': '2025-11-25',
      },
    })
    expect(named(spans, 'run fetch').parent).toBe(server.spanId)
    expect(named(spans, 'GET').traceId).toBe(server.traceId)
  })

  it('that is refused has the reason, and not the host that was wished for', async () => {
    const wished = `http://${MARK}.test/`
    const spans = await spansOf('tools/call fetch', () => modern.call('fetch', { url: wished }))
    const denied = { failed: true, attributes: { 'error.type': 'denied' } }
    expect(named(spans, 'GET')).toMatchObject(denied)
    expect(named(spans, 'GET').attributes).not.toHaveProperty('server.address')
    expect(named(spans, 'run fetch')).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'denied', 'wassette_edge.reason': 'not-granted' },
    })
    expect(named(spans, 'tools/call fetch')).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'tool_error' },
    })
  })

  it('of no tool has no name but the method', async () => {
    const spans = await spansOf('tools/call', async () => {
      await expect(modern.call(`${MARK}-tool`)).rejects.toThrow('Unknown tool')
    })
    expect(named(spans, 'tools/call')).toMatchObject({
      failed: true,
      attributes: { 'error.type': '-32602', 'rpc.response.status_code': '-32602' },
    })
  })

  it('of a built-in tool is one span', async () => {
    const absent = { component_id: `${MARK}-component` }
    const spans = await spansOf('tools/call get-policy', async () => {
      expect(errorOf(await modern.call('get-policy', absent))).toMatchObject({
        code: 'unknown-component',
      })
    })
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'tool_error', 'wassette_edge.reason': 'unknown-component' },
    })
  })

  it('that keeps files says what it did, not to which file', async () => {
    const wanted = {
      component_id: 'filesystem',
      details: { uri: `fs://${MARK}`, access: ['read', 'write'] },
    }
    const asked = await modern.value('grant-storage-permission', wanted)
    const page = await person.open(String(asked['approval_url']))
    await person.press(page, 'decision', 'allow', { life: 'always' })
    await modern.value('create-directory', { path: `/${MARK}` })
    const file = { path: `/${MARK}/notes.txt`, content: `${MARK} content` }
    const spans = await spansOf('tools/call write-file', () => modern.value('write-file', file))
    expect(named(spans, 'storage write')).toMatchObject({
      kind: 'client',
      parent: named(spans, 'run write-file').spanId,
      attributes: {
        'wassette_edge.storage.operation': 'write',
        'wassette_edge.storage.written.bytes': file.content.length,
      },
    })
  })
})

describe('other requests', () => {
  it('are spans too, with what they run', async () => {
    const spans = await spansOf('prompts/list', async () => {
      await modern.client.listTools(undefined, { cacheMode: 'bypass' })
      await modern.client.listResources(undefined, { cacheMode: 'bypass' })
      await modern.client.listPrompts(undefined, { cacheMode: 'bypass' })
    })
    expect(named(spans, 'tools/list').attributes).not.toHaveProperty('gen_ai.operation.name')
    const listed = named(spans, 'resources/list')
    const runs = spans.filter(({ parent }) => parent === listed.spanId)
    expect(runs.map(({ attributes }) => attributes['wassette_edge.component'])).toEqual(['chart'])
  })

  it('that fail say with which error', async () => {
    const uri = `wassette-edge://${MARK}/${MARK}`
    const read = (agent: Agent) =>
      spansOf('resources/read', () => expect(agent.client.readResource({ uri })).rejects.toThrow())
    const code = (spans: CollectedSpan[]) => named(spans, 'resources/read').attributes['error.type']
    expect(code(await read(modern))).toBe('-32602')
    expect(code(await read(legacy))).toBe('-32002')
    const name = `${MARK}__${MARK}`
    const spans = await spansOf('prompts/get', () =>
      expect(modern.client.getPrompt({ name })).rejects.toThrow(),
    )
    expect(named(spans, 'prompts/get').attributes).toMatchObject({ 'error.type': '-32602' })
  })
})

describe('whose child a request is', () => {
  const traced = (headers: Record<string, string>, meta: Record<string, string> = {}) =>
    spansOf('tools/call list-components', () => post(headers, meta)).then(([span]) => span)

  it('its message says, and the HTTP request that carried it is linked', async () => {
    const span = await traced(
      { traceparent: `00-${OTHER_TRACE}-${PARENT}-01` },
      { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: `a=${MARK}`, baggage: `b=${MARK}` },
    )
    expect(span).toMatchObject({
      traceId: TRACE,
      parent: PARENT,
      links: [{ traceId: OTHER_TRACE, spanId: PARENT }],
      attributes: { 'jsonrpc.request.id': 'one-call' },
    })
  })

  it('the HTTP request says where the message does not', async () => {
    const span = await traced({ traceparent: `00-${OTHER_TRACE}-${PARENT}-01` })
    expect(span).toMatchObject({ traceId: OTHER_TRACE, parent: PARENT, links: [] })
  })

  it('nobody says who does not say it in form: then a trace begins', async () => {
    const span = await traced({ traceparent: MARK }, { traceparent: `00-${TRACE}-${MARK}-01` })
    expect(span).toMatchObject({ parent: null, links: [] })
    expect(span?.traceId).not.toBe(TRACE)
  })

  it('is not asked when the caller samples it out', async () => {
    const before = collector.bodies.length
    await post({}, { traceparent: `00-${TRACE}-${PARENT}-00` })
    await traced({})
    expect(collector.bodies).toHaveLength(before + 1)
  })
})

describe('what reaches the collector', () => {
  it('is the protocol’s, under the name and with the headers of the host', () => {
    expect(collector.wrong).toEqual([])
    expect(new Set(collector.headers.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${SECRET}`]),
    )
    for (const resource of collector.resources) {
      expect(resource).toMatchObject({ 'service.name': 'edge under test' })
    }
  })

  it('has no value of a variable, no argument, result, path, refused name or word of a client', async () => {
    const put = { method: 'PUT', body: `${MARK} value` }
    const set = await modern.give(`/api/components/probe/environment/KEY_${MARK}`, put)
    expect(set.status).toBe(201)
    const wanted = { component_id: 'probe', details: { key: `KEY_${MARK}` } }
    const asked = await modern.value('grant-environment-variable-permission', wanted)
    const page = await person.open(String(asked['approval_url']))
    await person.press(page, 'decision', 'allow', { life: 'always' })
    await spansOf('tools/call environment', async () => {
      // The guest has it; its answer, as everything that leaves, does not.
      expect(await modern.result('environment')).toEqual([[`KEY_${MARK}`, REDACTED]])
      expect(await modern.result('echo-string', { value: MARK })).toBe(MARK)
      await modern.call('echo-string', { value: 1, [MARK]: MARK })
    })
    const [alice] = rows(stack.stateDir, `SELECT id FROM people WHERE subject = 'alice'`)
    const { accessToken } = modern.signedIn
    const all = collector.bodies.join('\n')
    for (const told of [MARK, SECRET, accessToken, 'alice', String(alice?.['id']), '/hello']) {
      expect(all, told).not.toContain(told)
    }
    const pseudonyms = collector.spans.map(({ attributes }) => attributes['enduser.pseudo.id'])
    expect(new Set(pseudonyms.filter((one) => one !== undefined)).size).toBe(1)
  })
})

describe('a collector that is no use', () => {
  it.each(['hang', 'drop', 503] as const)(
    'does not keep calls from their answers: %s',
    async (mode) => {
      const before = collector.bodies.length
      collector.mode = mode
      for (const agent of [modern, legacy]) {
        expect(await agent.result('echo-string', { value: 'here' })).toBe('here')
      }
      // They were answered although both exports came to nothing.
      await vi.waitFor(
        () => expect(collector.bodies.length).toBeGreaterThanOrEqual(before + 2),
        LATER,
      )
    },
  )

  it('is told of in the log, and gets what comes once it is of use again', async () => {
    const log = path.join(stack.stateDir, 'worker.log')
    await vi.waitFor(
      () => expect(readFileSync(log, 'utf8')).toContain('telemetry: spans lost since'),
      LATER,
    )
    expect(readFileSync(log, 'utf8')).not.toContain(SECRET)
    // Not what the calls above make, whose spans may come late.
    const again = 'tools/call list-components'
    const spans = await spansOf(again, () => modern.call('list-components'))
    expect(named(spans, again).failed).toBe(false)
  })
})
