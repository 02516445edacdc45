// The spans of one MCP request, after the OpenTelemetry conventions for MCP: one for the request, one for each run
// of a component in it, one for each host call of a run. Pure. No argument, result, variable, path or word of a
// client is in any of them, but for the id of the request, which is made fit to be read.

import { neutralise } from '../component/text.ts'
import type { RequestOrigin } from '../mcp/origin.ts'
import { describeHostCall } from './host-call-span.ts'
import type { RecordedCall, RecordedHostCall } from './recorded.ts'
import type { Attributes, Span } from './span.ts'
import type { TraceContext } from './trace-context.ts'

/** Spans of one request; those of host calls are left out first, and of them what was not sent, and counted. */
export const MAX_SPANS = 512

/** Code points of a request's id. */
const MAX_ID_CHARS = 64
const MAX_NAME_CHARS = 128
const VERSION = /^\d{4}-\d{2}-\d{2}$/

export interface FinishedRequest {
  /** `mcp.method.name`. */
  readonly method: string
  /** Name of the tool as the client has it, which may be any text; `null`: the request calls no tool. */
  readonly tool: string | null
  readonly origin: RequestOrigin
  readonly session: string | null
  /** `enduser.pseudo.id`. */
  readonly pseudonym: string
  readonly startedAt: number
  readonly endedAt: number
  /** Code of a JSON-RPC error, or that the result says `isError`; `null`: neither. */
  readonly failure: number | 'tool_error' | null
}

/** Where the spans hang: which trace, under which span of the caller's. */
export interface Place {
  readonly traceId: string
  readonly parent: TraceContext | null
  readonly links: readonly TraceContext[]
}

/** `newSpanId` answers 16 hex digits, `isBuiltin` whether a tool is one of ours. */
export function spansOf(
  request: FinishedRequest,
  receipts: readonly RecordedCall[],
  { traceId, parent, links }: Place,
  { newSpanId, isBuiltin }: { newSpanId: () => string; isBuiltin: (tool: string) => boolean },
): Span[] {
  const own = receipts.filter(({ tool, component }) => component === null && isBuiltin(tool))
  const runs = receipts.filter((receipt) => !own.includes(receipt))
  const tool = knownTool(request.tool, receipts, isBuiltin)
  const spanId = newSpanId()
  const wanted = 1 + receipts.reduce((sum, { host_calls }) => sum + 1 + host_calls.length, 0)
  const unlisted = receipts.reduce((sum, { usage }) => sum + (usage?.unlisted ?? 0), 0)
  const dropped = Math.max(0, wanted - MAX_SPANS) + unlisted
  const server: Span = {
    traceId,
    spanId,
    parent: parent === null ? null : { spanId: parent.spanId, isRemote: true },
    links,
    name: tool === null ? request.method : `${request.method} ${tool}`,
    kind: 'server',
    startedAt: request.startedAt,
    endedAt: request.endedAt,
    error: request.failure === null ? null : String(request.failure),
    attributes: {
      ...serverAttributes(request, tool),
      ...(own[0] === undefined ? {} : receiptAttributes(own[0])),
      'wassette_edge.spans.dropped': dropped > 0 ? dropped : null,
    },
  }
  const inner = runs.map((receipt) => ({
    receipt,
    span: runSpan(receipt, { traceId, spanId: newSpanId(), parentId: spanId }),
  }))
  const made = inner.flatMap(({ receipt, span }) =>
    receipt.host_calls.map((hostCall) => ({ hostCall, run: span.spanId })),
  )
  const kept = sentFirst(made).slice(0, Math.max(0, MAX_SPANS - 1 - inner.length))
  const calls = kept.map(({ hostCall, run }): Span => {
    const startedAt = hostCall.started_at
    return {
      ...describeHostCall(hostCall),
      traceId,
      spanId: newSpanId(),
      parent: { spanId: run, isRemote: false },
      links: [],
      kind: 'client',
      startedAt,
      endedAt: startedAt + hostCall.ms,
    }
  })
  return [server, ...inner.map(({ span }) => span), ...calls].slice(0, MAX_SPANS)
}

/** What costs a guest little does not take the room of what left. */
function sentFirst<T extends { readonly hostCall: RecordedHostCall }>(made: readonly T[]): T[] {
  const isSent = ({ hostCall: { kind, outcome, status, bytes_out: bytesOut } }: T) =>
    kind === 'network' &&
    (['answered', 'failed'].includes(outcome) || status !== null || bytesOut > 0)
  return [...made.filter(isSent), ...made.filter((one) => !isSent(one))]
}

function serverAttributes(request: FinishedRequest, tool: string | null): Attributes {
  const { method, origin, session, pseudonym, failure } = request
  const { id, protocol } = origin
  return {
    'mcp.method.name': method,
    'gen_ai.operation.name': request.tool === null ? null : 'execute_tool',
    'gen_ai.tool.name': tool,
    'jsonrpc.request.id': neutralise(String(id), MAX_ID_CHARS),
    'mcp.session.id': session,
    'mcp.protocol.version': protocol !== null && VERSION.test(protocol) ? protocol : null,
    'network.transport': 'tcp',
    'network.protocol.name': 'http',
    'enduser.pseudo.id': pseudonym,
    'error.type': failure === null ? null : String(failure),
    'rpc.response.status_code': typeof failure === 'number' ? String(failure) : null,
  }
}

/** A name that no tool has is only a text of the client's. */
function knownTool(
  asked: string | null,
  receipts: readonly RecordedCall[],
  isBuiltin: (tool: string) => boolean,
): string | null {
  if (asked === null) return null
  const ran = receipts.some(({ tool, component }) => component !== null && tool === asked)
  return ran || isBuiltin(asked) ? neutralise(asked, MAX_NAME_CHARS) : null
}

/** One run of a component: a request may need several, as when its person allows something meanwhile. */
function runSpan(
  receipt: RecordedCall,
  { traceId, spanId, parentId }: { traceId: string; spanId: string; parentId: string },
): Span {
  const tool = receipt.component === null ? null : neutralise(receipt.tool, MAX_NAME_CHARS)
  const error = failureOf(receipt)
  return {
    traceId,
    spanId,
    parent: { spanId: parentId, isRemote: false },
    links: [],
    name: tool === null ? 'run' : `run ${tool}`,
    kind: 'internal',
    startedAt: receipt.started_at,
    endedAt: receipt.started_at + receipt.ms,
    error,
    attributes: {
      ...receiptAttributes(receipt),
      'gen_ai.tool.name': tool,
      'wassette_edge.component':
        receipt.component === null ? null : neutralise(receipt.component, MAX_NAME_CHARS),
      'wassette_edge.component.digest': receipt.digest,
      'wassette_edge.fuel': receipt.fuel,
      'error.type': error,
    },
  }
}

/** By its id a call is found on the record, which has what is not here. */
function receiptAttributes({ id, outcome, reason }: RecordedCall): Attributes {
  return {
    'wassette_edge.call.id': id,
    'wassette_edge.outcome': outcome,
    'wassette_edge.reason': reason,
  }
}

function failureOf({ outcome, reason }: RecordedCall): string | null {
  if (outcome === 'asks') return null
  if (outcome !== 'answered') return outcome
  return reason === 'err' ? 'tool_error' : null
}
