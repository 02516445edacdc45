// A collector of OpenTelemetry as its protocol describes one: takes `POST <base>/v1/traces` in JSON, and nothing that
// the protocol's definition does not have. Node only.

import type { IncomingMessage, ServerResponse } from 'node:http'
import * as z from 'zod'
import { listenOnLoopback } from '../../local/loopback.ts'
import { findFreePort } from '../../local/ports.ts'

// opentelemetry/proto/{common,resource,trace}/v1, as OTLP writes it in JSON: names in lowerCamelCase, ids in hex,
// 64-bit numbers as decimal texts, enums as numbers. What is optional there and never sent by us is left out.
const Fixed64 = z.string().regex(/^(0|[1-9]\d{0,19})$/)
const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`))
    .regex(/[^0]/)
const AnyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d{1,19}$/) }),
  z.strictObject({ doubleValue: z.number() }),
])
const Attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: AnyValue }))
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, 'a key twice')
const Span = z
  .strictObject({
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: hex(16).optional(),
    flags: z.int().min(0).max(0xffffffff),
    name: z.string().min(1),
    kind: z.int().min(1).max(5),
    startTimeUnixNano: Fixed64,
    endTimeUnixNano: Fixed64,
    attributes: Attributes,
    links: z.array(z.strictObject({ traceId: hex(32), spanId: hex(16) })).optional(),
    status: z.strictObject({ code: z.int().min(0).max(2).optional() }),
  })
  .refine((span) => BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano), 'ends early')
const ExportRequest = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: Attributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string(), version: z.string() }),
          spans: z.array(Span),
        }),
      ),
    }),
  ),
})

/** A span with what a test looks at in handier form. */
export interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parent: string | null
  readonly flags: number
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client' | 'other'
  readonly attributes: Readonly<Record<string, string | number>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly failed: boolean
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string
  /** How it treats what comes next. `hang` never answers; `drop` cuts the connection. */
  mode: 'take' | 'hang' | 'drop' | 503
  readonly spans: readonly CollectedSpan[]
  /** What the resources of all requests said, and the headers that came with them. */
  readonly resources: readonly Readonly<Record<string, string | number>>[]
  readonly headers: readonly IncomingMessage['headers'][]
  /** All bodies as they came, whatever became of them. */
  readonly bodies: readonly string[]
  /** What came and is no export. */
  readonly wrong: readonly string[]
  stop(): Promise<void>
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const resources: Readonly<Record<string, string | number>>[] = []
  const headers: IncomingMessage['headers'][] = []
  const bodies: string[] = []
  const wrong: string[] = []
  const collector = { mode: 'take' as Collector['mode'] }
  const take = (body: string): void => {
    const parsed = ExportRequest.safeParse(JSON.parse(body))
    if (!parsed.success) {
      wrong.push(z.prettifyError(parsed.error))
      return
    }
    for (const { resource, scopeSpans } of parsed.data.resourceSpans) {
      resources.push(plain(resource.attributes))
      for (const scope of scopeSpans) spans.push(...scope.spans.map(collected))
    }
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readAll(request)
    bodies.push(body)
    headers.push(request.headers)
    const type = request.headers['content-type']
    if (request.url !== '/base/v1/traces' || type !== 'application/json') {
      wrong.push(`${request.method} ${request.url} ${type}`)
    }
    answer(response, collector.mode, () => take(body))
  }
  const server = await listenOnLoopback(await findFreePort(), (request, response) => {
    serve(request, response).catch((cause: unknown) => wrong.push(String(cause)))
  })
  return Object.assign(collector, {
    endpoint: `${server.url}/base`,
    spans,
    resources,
    headers,
    bodies,
    wrong,
    stop: server.close,
  })
}

function answer(response: ServerResponse, mode: Collector['mode'], take: () => void): void {
  if (mode === 'hang') return
  if (mode === 'drop') {
    response.socket?.destroy()
    return
  }
  if (mode === 'take') take()
  response.writeHead(mode === 'take' ? 200 : mode, { 'content-type': 'application/json' })
  response.end('{}')
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

const KINDS = ['other', 'internal', 'server', 'client'] as const

function collected(span: z.infer<typeof Span>): CollectedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parent: span.parentSpanId ?? null,
    flags: span.flags,
    name: span.name,
    kind: KINDS[span.kind] ?? 'other',
    attributes: plain(span.attributes),
    links: span.links ?? [],
    failed: span.status.code === 2,
  }
}

function plain(attributes: z.infer<typeof Attributes>): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      if ('stringValue' in value) return [key, value.stringValue]
      return [key, 'intValue' in value ? Number(value.intValue) : value.doubleValue]
    }),
  )
}
