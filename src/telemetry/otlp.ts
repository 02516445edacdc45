// Spans as OTLP/HTTP carries them in JSON (OTLP specification, "JSON Protobuf Encoding"): ids in hex, 64-bit numbers
// as decimal texts, enums as numbers.

import type { Span } from './span.ts'

export interface Resource {
  readonly serviceName: string
  readonly serviceVersion: string
}

const KINDS = { internal: 1, server: 2, client: 3 } as const
const STATUS_ERROR = 2
/** Bits of `Span.flags` (trace.proto, SpanFlags). */
const SAMPLED = 0x001
const KNOWS_WHETHER_REMOTE = 0x100
const PARENT_IS_REMOTE = 0x200

/** The body of one `ExportTraceServiceRequest`. */
export function encodeSpans(spans: readonly Span[], resource: Resource): string {
  const { serviceName, serviceVersion } = resource
  return JSON.stringify({
    resourceSpans: [
      {
        resource: {
          attributes: encodeAttributes({
            'service.name': serviceName,
            'service.version': serviceVersion,
          }),
        },
        scopeSpans: [
          { scope: { name: 'wassette-edge', version: serviceVersion }, spans: spans.map(encode) },
        ],
      },
    ],
  })
}

function encode(span: Span): object {
  const { parent, links } = span
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(parent === null ? {} : { parentSpanId: parent.spanId }),
    flags: SAMPLED | KNOWS_WHETHER_REMOTE | (parent?.isRemote === true ? PARENT_IS_REMOTE : 0),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.startedAt),
    endTimeUnixNano: nanoseconds(Math.max(span.startedAt, span.endedAt)),
    attributes: encodeAttributes(span.attributes),
    ...(links.length === 0
      ? {}
      : { links: links.map(({ traceId, spanId }) => ({ traceId, spanId })) }),
    status: span.error === null ? {} : { code: STATUS_ERROR },
  }
}

function encodeAttributes(attributes: Span['attributes']): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === null ? [] : [{ key, value: encodeValue(value) }],
  )
}

function encodeValue(value: string | number): object {
  if (typeof value === 'string') return { stringValue: value }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** Of Unix milliseconds, which a number cannot hold as nanoseconds. */
function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n)
}
