import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ExporterDeps } from '../../src/telemetry/exporter.ts'
import {
  EXPORT_MS,
  Exporter,
  LOSS_LOG_MS,
  MAX_EXPORTS_AT_ONCE,
} from '../../src/telemetry/exporter.ts'
import { readTelemetry } from '../../src/telemetry/settings.ts'
import type { Span } from '../../src/telemetry/span.ts'

const read = readTelemetry({
  OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.test',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=s3cret',
})
if (!read.ok || read.value === null) throw new Error('no settings')
const settings = read.value

const SPAN: Span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  parent: null,
  links: [],
  name: 'tools/list',
  kind: 'server',
  startedAt: 1,
  endedAt: 2,
  attributes: {},
  error: null,
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function exporter(fetch: ExporterDeps['fetch']) {
  const lines: string[] = []
  const made = new Exporter({ fetch, now: Date.now, log: (line) => lines.push(line) })
  return { lines, send: (spans = [SPAN]) => made.send(spans, settings, '1.0.0') }
}

const hanging: ExporterDeps['fetch'] = (_, { signal }) =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('aborted')))
  })
const lost = (what: string) => [`telemetry: spans lost since the last such line: ${what}`]

describe('Exporter', () => {
  it('posts JSON with the configured headers, and follows no redirect', async () => {
    const asked: [URL, RequestInit][] = []
    const { lines, send } = exporter(async (...request) => {
      asked.push(request)
      return new Response('{}')
    })
    await send()
    const [[url, init] = []] = asked
    expect(url?.href).toBe('https://collector.test/v1/traces')
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual' })
    const headers = new Headers(init?.headers)
    expect([headers.get('content-type'), headers.get('authorization')]).toEqual([
      'application/json',
      's3cret',
    ])
    expect(JSON.parse(String(init?.body))).toMatchObject({ resourceSpans: [{}] })
    expect(lines).toEqual([])
  })

  it.each<[string, string, ExporterDeps['fetch']]>([
    ['a refusal', '1 (status 503)', async () => new Response('s3cret', { status: 503 })],
    ['a redirect', '1 (status 307)', async () => new Response(null, { status: 307 })],
    ['a broken connection', '1 (no connection)', () => Promise.reject(new Error('s3cret'))],
    [
      'spans that the collector rejects',
      '1 (rejected)',
      async () =>
        Response.json({ partialSuccess: { rejectedSpans: '7', errorMessage: 's3cret words' } }),
    ],
  ])('counts %s, in words of ours', async (_, told, fetch) => {
    const { lines, send } = exporter(fetch)
    await send()
    expect(lines).toEqual(lost(told))
  })

  it.each(['', 'no JSON', '[]', '{"partialSuccess": {"rejectedSpans": "many"}}', '{"x": 1}'])(
    'loses nothing over the answer %j',
    async (body) => {
      const { lines, send } = exporter(async () => new Response(body))
      await send()
      expect(lines).toEqual([])
    },
  )

  it('gives up a collector that hangs, and tells it so', async () => {
    let aborted = false
    const { lines, send } = exporter((url, init) => {
      init.signal?.addEventListener('abort', () => (aborted = true))
      return hanging(url, init)
    })
    const sent = send()
    await vi.advanceTimersByTimeAsync(EXPORT_MS)
    await sent
    expect([aborted, lines]).toEqual([true, lost('1 (no answer in time)')])
  })

  it('has so many exports under way, and drops what is more', async () => {
    let asked = 0
    const { lines, send } = exporter((url, init) => {
      asked += 1
      return hanging(url, init)
    })
    const all = Array.from({ length: MAX_EXPORTS_AT_ONCE + 3 }, () => send())
    await vi.advanceTimersByTimeAsync(EXPORT_MS)
    await Promise.all(all)
    expect([asked, lines]).toEqual([MAX_EXPORTS_AT_ONCE, lost('1 (too many exports at once)')])
  })

  it('does not count for ever what is never heard of again', async () => {
    const gone = new Promise<Response>(() => {})
    let answers: () => Promise<Response> = () => gone
    const { lines, send } = exporter(() => answers())
    // Torn down with its request: neither its timer nor its end ever comes.
    for (let n = 0; n < MAX_EXPORTS_AT_ONCE; n += 1) void send()
    vi.clearAllTimers()
    vi.setSystemTime(Date.now() + 3 * EXPORT_MS)
    answers = async () => new Response('{}')
    await send()
    expect(lines).toEqual([])
  })

  it('says what was lost once in a while', async () => {
    const { lines, send } = exporter(async () => new Response(null, { status: 500 }))
    await send()
    await send([SPAN, SPAN])
    expect(lines).toEqual(lost('1 (status 500)'))
    vi.setSystemTime(Date.now() + LOSS_LOG_MS)
    await send()
    expect(lines.slice(1)).toEqual(lost('3 (status 500)'))
  })
})
