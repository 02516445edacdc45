// A host call as a span, after the OpenTelemetry conventions for HTTP clients. Neither paths nor queries, headers
// or bodies are in it, nor a name that the policy refused: what a guest only wished for may be any text.

import type { RecordedHostCall } from './recorded.ts'
import type { Attributes, Span } from './span.ts'

type Described = Pick<Span, 'name' | 'attributes' | 'error'>

/** Those of RFC 9110, PATCH (RFC 5789) and QUERY: others are the guest's words ("http.request.method"). */
const METHODS = new Set(
  ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY'], //
)
/** How the sockets of a call write down what they do (`capabilities/sockets.ts`). */
const SOCKET_METHODS: Readonly<Record<string, string>> = {
  CONNECT: 'tcp connect',
  RESOLVE: 'tcp resolve',
}

export function describeHostCall(hostCall: RecordedHostCall): Described {
  const described = hostCall.kind === 'storage' ? storage(hostCall) : network(hostCall)
  const error = errorOf(hostCall)
  return {
    ...described,
    error,
    attributes: {
      ...described.attributes,
      'error.type': error,
      'wassette_edge.outcome': hostCall.outcome,
    },
  }
}

function network(hostCall: RecordedHostCall): Omit<Described, 'error'> {
  const socket = SOCKET_METHODS[hostCall.method]
  if (socket !== undefined) {
    const attributes = {
      ...place(hostCall),
      'network.transport': 'tcp',
      'wassette_edge.sent.bytes': hostCall.bytes_out,
      'wassette_edge.received.bytes': hostCall.bytes_in,
    }
    return { name: socket, attributes }
  }
  const isKnown = METHODS.has(hostCall.method)
  const attributes = {
    ...place(hostCall),
    'http.request.method': isKnown ? hostCall.method : '_OTHER',
    'http.response.status_code': hostCall.status,
    'http.request.body.size': hostCall.bytes_out,
    'http.response.body.size': hostCall.bytes_in,
  }
  return { name: isKnown ? hostCall.method : 'HTTP', attributes }
}

/** Where a request or a connection went, or would have gone with the leave of the policy. */
function place({ outcome, host, port }: RecordedHostCall): Attributes {
  if (outcome === 'denied' || outcome === 'malformed') return {}
  return {
    'server.address': host === '' ? null : host,
    'server.port': port === 0 ? null : port,
  }
}

function storage({ method, bytes_in, bytes_out }: RecordedHostCall): Omit<Described, 'error'> {
  return {
    name: `storage ${method}`,
    attributes: {
      'wassette_edge.storage.operation': method,
      'wassette_edge.storage.read.bytes': bytes_in,
      'wassette_edge.storage.written.bytes': bytes_out,
    },
  }
}

/** "error.type" of HTTP clients: the status of an answer from 400 on, else what came instead of one. */
function errorOf({ outcome, status }: RecordedHostCall): string | null {
  if (outcome !== 'answered') return outcome
  return status !== null && status >= 400 ? String(status) : null
}
