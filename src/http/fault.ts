// What a request comes to that met a fault: a typed error, told as its endpoint speaks. The cause is for whoever
// runs the server and stays here.

import { readBounded } from '../bounded-body.ts'
import { BadConfiguration } from '../config.ts'
import { isStoreLate } from '../patience.ts'
import { isMcp } from './front.ts'
import { isOAuthEndpoint } from './oauth-body.ts'

/** JSON-RPC's internal error. */
const INTERNAL = -32_603
/** Bytes of a request that are looked through for its id. */
const MAX_BODY_BYTES = 4 * 1024 * 1024

/**
 * 503 when a store is late, otherwise 500. On `/mcp` the error of the request, under its id if that can be told; at the
 * endpoints of OAuth as clients parse it there.
 */
export async function faultAnswer(cause: unknown, request: Request): Promise<Response> {
  const url = new URL(request.url)
  if (isOAuthEndpoint(url)) return told(cause, oauthError)
  if (!isMcp(url)) return told(cause, (error) => ({ error }))
  const body = request.bodyUsed
    ? null
    : await readBounded(request, MAX_BODY_BYTES).catch(() => null)
  return rpcFault(cause, idIn(body === null ? null : new TextDecoder().decode(body)))
}

/** The same for a request to `/mcp` whose id is known. */
export function rpcFault(cause: unknown, id: string | number | null): Response {
  return told(cause, ({ code, message }) => ({
    jsonrpc: '2.0',
    id,
    error: { code: INTERNAL, message, data: { code } },
  }))
}

/** The id of the one request in a body of JSON-RPC; `null`: it is none, or several. */
export function requestIdOf(message: unknown): string | number | null {
  if (typeof message !== 'object' || message === null || !('method' in message)) return null
  const id = 'id' in message ? message.id : null
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

function idIn(body: string | null): string | number | null {
  try {
    return requestIdOf(JSON.parse(body ?? ''))
  } catch {
    return null
  }
}

interface Told {
  readonly code: 'store-late' | 'configuration' | 'internal'
  readonly message: string
}

/** RFC 6749 §5.2 in form, §4.1.2.1 in its codes: what is said for a moment is no reason to begin again. */
function oauthError({ code, message }: Told): unknown {
  const error = code === 'store-late' ? 'temporarily_unavailable' : 'server_error'
  return { error, error_description: message }
}

function told(cause: unknown, bodyOf: (error: Told) => unknown): Response {
  console.error('fault', cause)
  if (isStoreLate(cause)) {
    const message = 'A store of this server does not answer. Try again in a moment.'
    const headers = { 'retry-after': '10', 'cache-control': 'no-store' }
    return Response.json(bodyOf({ code: 'store-late', message }), { status: 503, headers })
  }
  if (cause instanceof BadConfiguration) {
    const message = `Not configured: ${cause.message}`
    return Response.json(bodyOf({ code: 'configuration', message }), { status: 500 })
  }
  return Response.json(bodyOf({ code: 'internal', message: 'Internal error' }), { status: 500 })
}
