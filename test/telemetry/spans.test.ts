import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordedCall, RecordedHostCall } from '../../src/telemetry/recorded.ts'
import type { FinishedRequest } from '../../src/telemetry/spans.ts'
import { MAX_SPANS, spansOf } from '../../src/telemetry/spans.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PLACE = { traceId: TRACE, parent: null, links: [] }

const REQUEST: FinishedRequest = {
  method: 'tools/call',
  tool: 'fetch',
  origin: { id: 7, protocol: '2026-07-28', traceparent: { message: null, http: null } },
  session: null,
  pseudonym: 'f00d',
  startedAt: 100,
  endedAt: 200,
  failure: null,
}

/** With more than telemetry looks at. */
const RECEIPT = {
  id: 'call-1',
  client: 'client-1',
  client_name: 'M4RK client',
  session: null,
  tool: 'fetch',
  component: 'fetch',
  source: 'M4RK source',
  digest: 'sha256:00',
  arguments_digest: 'M4RK digest of arguments',
  outcome: 'answered',
  reason: null,
  policy_digest: 'M4RK policy',
  variables: ['M4RK_VARIABLE'],
  started_at: 110,
  ms: 50,
  fuel: 12_345,
  host_calls: [],
} satisfies RecordedCall & Record<string, unknown>

const HOST_CALL: RecordedHostCall = {
  kind: 'network',
  host: 'demo.test',
  port: 443,
  method: 'GET',
  outcome: 'answered',
  status: 200,
  bytes_out: 0,
  bytes_in: 20,
  started_at: 120,
  ms: 10,
}

function spans(request: Partial<FinishedRequest>, ...receipts: RecordedCall[]) {
  let made = 0
  return spansOf({ ...REQUEST, ...request }, receipts, PLACE, {
    newSpanId: () => String((made += 1)).padStart(16, '0'),
    isBuiltin: (tool) => tool === 'load-component',
  })
}

const ofHostCall = (hostCall: Partial<RecordedHostCall>) =>
  spans({}, { ...RECEIPT, host_calls: [{ ...HOST_CALL, ...hostCall }] })[2]

describe('spansOf', () => {
  it('hangs host calls under their run, and runs under the request', () => {
    const [server, first, second, get, stored] = spans(
      {},
      { ...RECEIPT, host_calls: [HOST_CALL] },
      { ...RECEIPT, host_calls: [{ ...HOST_CALL, kind: 'storage', method: 'read' }] },
    )
    expect([server?.name, first?.name, second?.name, get?.name, stored?.name]).toEqual([
      'tools/call fetch',
      'run fetch',
      'run fetch',
      'GET',
      'storage read',
    ])
    const parents = [server, first, second, get, stored].map((span) => span?.parent?.spanId)
    const id = (n: number) => String(n).padStart(16, '0')
    expect(parents).toEqual([undefined, id(1), id(1), id(2), id(3)])
    expect([get?.startedAt, get?.endedAt, first?.startedAt, first?.endedAt]).toEqual([
      120, 130, 110, 160,
    ])
  })

  it('says of a request what the conventions for MCP name', () => {
    expect(spans({ session: 'abc' }, RECEIPT)[0]?.attributes).toMatchObject({
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'fetch',
      'jsonrpc.request.id': '7',
      'mcp.session.id': 'abc',
      'mcp.protocol.version': '2026-07-28',
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'enduser.pseudo.id': 'f00d',
      'error.type': null,
    })
  })

  it('says how a request failed', () => {
    const [isError] = spans({ failure: 'tool_error' }, RECEIPT)
    expect(isError).toMatchObject({
      error: 'tool_error',
      attributes: { 'error.type': 'tool_error' },
    })
    const [refused] = spans({ failure: -32602, tool: 'M4RK' })
    expect(refused?.attributes).toMatchObject({
      'error.type': '-32602',
      'rpc.response.status_code': '-32602',
    })
  })

  it('names a tool only if there is one of that name', () => {
    const unknown = { ...RECEIPT, component: null, tool: 'M4RK', outcome: 'unknown-tool' }
    const told = spans({ tool: 'M4RK', failure: -32602 }, unknown)
    expect(told.map(({ name }) => name)).toEqual(['tools/call', 'run'])
    expect(JSON.stringify(told)).not.toContain('M4RK')
    const builtin = { ...RECEIPT, component: null, tool: 'load-component', reason: 'not-found' }
    const own = spans({ tool: 'load-component' }, builtin)
    expect(own.map(({ name }) => name)).toEqual(['tools/call load-component'])
    expect(own[0]?.attributes).toMatchObject({
      'wassette_edge.call.id': 'call-1',
      'wassette_edge.reason': 'not-found',
    })
  })

  it.each<[Partial<RecordedCall>, string | null]>([
    [{}, null],
    [{ outcome: 'asks' }, null],
    [{ reason: 'err' }, 'tool_error'],
    [{ outcome: 'denied', reason: 'not-granted' }, 'denied'],
    [{ outcome: 'bound', reason: 'fuel' }, 'bound'],
    [{ outcome: 'cancelled' }, 'cancelled'],
  ])('a run that ended as %j has the error %j', (how, error) => {
    expect(spans({}, { ...RECEIPT, ...how })[1]).toMatchObject({ error })
  })

  it.each<[Partial<RecordedHostCall>, string, Record<string, unknown>]>([
    [
      {},
      'GET',
      {
        'http.request.method': 'GET',
        'server.address': 'demo.test',
        'server.port': 443,
        'http.response.status_code': 200,
        'http.response.body.size': 20,
        'error.type': null,
      },
    ],
    [{ status: 404 }, 'GET', { 'http.response.status_code': 404, 'error.type': '404' }],
    [{ outcome: 'failed', status: null }, 'GET', { 'error.type': 'failed' }],
    [{ method: 'M4RK' }, 'HTTP', { 'http.request.method': '_OTHER' }],
    [{ method: 'CONNECT' }, 'tcp connect', { 'network.transport': 'tcp', 'server.port': 443 }],
    [{ method: 'RESOLVE', port: 0 }, 'tcp resolve', { 'server.port': null }],
    [
      { kind: 'storage', method: 'open', host: '/M4RK', port: 0, status: null },
      'storage open',
      { 'wassette_edge.storage.operation': 'open', 'wassette_edge.storage.read.bytes': 20 },
    ],
  ])('a host call %j is called %s', (hostCall, name, attributes) => {
    const span = ofHostCall(hostCall)
    expect(span).toMatchObject({ name, kind: 'client', attributes })
    expect(JSON.stringify(span)).not.toContain('M4RK')
  })

  it.each(['denied', 'malformed'])('does not say which host was %s', (outcome) => {
    const span = ofHostCall({ outcome, host: 'M4RK.test', status: null })
    expect(span).toMatchObject({ error: outcome })
    expect(JSON.stringify(span)).not.toContain('M4RK')
  })

  it('has so many at the most, and says how many it left out', () => {
    const many = Array.from({ length: 256 }, () => HOST_CALL)
    const receipts = Array.from({ length: 3 }, () => ({ ...RECEIPT, host_calls: many }))
    const told = spans({}, ...receipts)
    expect(told).toHaveLength(MAX_SPANS)
    expect(told.slice(0, 4).map(({ name }) => name)).toEqual([
      'tools/call fetch',
      'run fetch',
      'run fetch',
      'run fetch',
    ])
    const dropped = told[0]?.attributes['wassette_edge.spans.dropped']
    expect(dropped).toBe(4 + 3 * 256 - MAX_SPANS)
  })

  it('leaves out what was sent last, and counts what the record does not list', () => {
    const look = { ...HOST_CALL, kind: 'storage', method: 'remove', outcome: 'denied' }
    const made = [...Array.from({ length: 2 * MAX_SPANS }, () => look), HOST_CALL, HOST_CALL]
    const told = spans({}, { ...RECEIPT, host_calls: made, usage: { unlisted: 40 } })
    expect(told).toHaveLength(MAX_SPANS)
    expect(told.filter(({ name }) => name === 'GET')).toHaveLength(2)
    const dropped = told[0]?.attributes['wassette_edge.spans.dropped']
    expect(dropped).toBe(2 + made.length - MAX_SPANS + 40)
  })

  it('shows no word that a client or a guest could choose, but for the id of the request', () => {
    const word = fc.string({ minLength: 1 }).map((text) => `M4RK${text}`)
    const outcome = fc.constantFrom('denied', 'malformed')
    fc.assert(
      fc.property(word, word, word, outcome, (tool, host, method, outcome) => {
        const receipt = { ...RECEIPT, tool, component: null }
        const refused = { ...HOST_CALL, host, method, outcome, status: null }
        const file = { ...refused, kind: 'storage' as const, method: 'open', outcome: 'answered' }
        const told = spans(
          { tool, origin: { ...REQUEST.origin, protocol: method } },
          { ...receipt, host_calls: [refused, file] },
        )
        expect(JSON.stringify(told)).not.toContain('M4RK')
      }),
    )
  })

  it('makes the id of a request fit to be read', () => {
    const id = `\u001b[31m\u202e${'x'.repeat(1000)}`
    const [server] = spans({ origin: { ...REQUEST.origin, id } }, RECEIPT)
    expect(server?.attributes['jsonrpc.request.id']).toMatch(/^x{63}…$/)
  })
})
