// Where one MCP request comes from, as far as telemetry tells it: plain data, which crosses from a session to its
// desk. What the client says in it is unchecked.

import type { Server, ServerContext } from '@modelcontextprotocol/server'
import { PROTOCOL_VERSION_META_KEY, TRACEPARENT_META_KEY } from '@modelcontextprotocol/server'

export interface RequestOrigin {
  /** JSON-RPC id. */
  readonly id: string | number
  /** Version of the protocol that the request is in; `null`: unknown. */
  readonly protocol: string | null
  /** `traceparent` of the message (`_meta`, SEP-414), and of the HTTP request that carried it. */
  readonly traceparent: { readonly message: unknown; readonly http: string | null }
}

/** Of work that no request asked for by itself. */
export const NO_REQUEST: RequestOrigin = {
  id: '',
  protocol: null,
  traceparent: { message: null, http: null },
}

export function originOf(server: Server, { mcpReq, http }: ServerContext): RequestOrigin {
  const meta = mcpReq._meta as Readonly<Record<string, unknown>> | undefined
  const envelope = mcpReq.envelope as Readonly<Record<string, unknown>> | undefined
  const stated = envelope?.[PROTOCOL_VERSION_META_KEY]
  const message = meta?.[TRACEPARENT_META_KEY]
  return {
    id: mcpReq.id,
    protocol: typeof stated === 'string' ? stated : (server.getNegotiatedProtocolVersion() ?? null),
    traceparent: {
      message: typeof message === 'string' ? message : null,
      http: http?.req?.headers.get('traceparent') ?? null,
    },
  }
}
