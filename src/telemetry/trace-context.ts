// W3C Trace Context (https://www.w3.org/TR/trace-context/): where a caller says which span of its own a request
// belongs to. `tracestate` and baggage are not read: they are free text of whoever sends them.

export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string
  readonly isSampled: boolean
}

/** §3.2.2: version, trace-id, parent-id, trace-flags. Later versions may add fields behind a dash. */
const TRACEPARENT =
  /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x20-\x7e]{0,512})?$/

/** `null` for what is no `traceparent`: the request then begins a trace of its own (§3.2.3). */
export function parseTraceparent(text: unknown): TraceContext | null {
  if (typeof text !== 'string') return null
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? []
  if (version === undefined || version === 'ff') return null
  if (version === '00' && more !== undefined) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
