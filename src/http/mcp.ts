// `/mcp` for a proven principal: routes a request to the era it speaks. The sessionful eras go to their
// `Session` object, 2026-07-28 is served here, a listen stream gets a `Session` object of its own.

import { waitUntil } from 'cloudflare:workers'
import type { OAuthResourceAuth } from '@cloudflare/workers-oauth-provider'
import { insufficientScope } from '@cloudflare/workers-oauth-provider'
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server'
import { readBounded } from '../bounded-body.ts'
import { accountOf, composeDesk, composeStates } from '../compose.ts'
import type { Desk } from '../mcp/desk.ts'
import { scopeOf } from '../mcp/desk.ts'
import type { RequestOrigin } from '../mcp/origin.ts'
import { createMcpServer } from '../mcp/server.ts'
import type { Scope } from '../oauth/scopes.ts'
import type { Principal } from '../principal.ts'
import { whoIs } from '../principal.ts'
import { acceptsOf } from './accept.ts'
import { requestIdOf, rpcFault } from './fault.ts'
import { patiently, withoutStream } from './patient.ts'
import { refusalEvent } from './refusal.ts'
import { sessionError } from '../session/errors.ts'
import { resourcesAskedFor } from '../session/listener.ts'

/** Bytes of a request body; larger ones are answered with 413. */
const MAX_BODY_BYTES = 4 * 1024 * 1024

/** The first revision without sessions. */
const STATELESS = '2026-07-28'

export async function serveMcp(
  request: Request,
  env: Env,
  principal: Principal,
  auth: OAuthResourceAuth,
): Promise<Response> {
  const deskOf = (origin: RequestOrigin) => composeDesk(env, principal, null, origin)
  return await serveWith(request, env, principal, auth, deskOf)
}

/** `deskOf` makes what answers a request of the stateless era; a session makes its own. */
export async function serveWith(
  request: Request,
  env: Env,
  principal: Principal,
  auth: OAuthResourceAuth,
  deskOf: (origin: RequestOrigin) => Desk,
): Promise<Response> {
  const allowed = methodsOf(request.headers.get('mcp-protocol-version'))
  if (!allowed.includes(request.method)) return notAllowed(allowed)
  const bytes = request.method === 'POST' ? await readBounded(request, MAX_BODY_BYTES) : undefined
  if (bytes === null) return tooLarge()
  const body = bytes === undefined ? null : new TextDecoder().decode(bytes)
  const parsed = parse(body)
  try {
    return await route({ request, body, parsed, env, principal, auth }, deskOf)
  } catch (cause) {
    return rpcFault(cause, requestIdOf(parsed))
  }
}

interface Inbound {
  readonly request: Request
  /** `null` where there is none, and what it is as JSON. */
  readonly body: string | null
  readonly parsed: unknown
  readonly env: Env
  readonly principal: Principal
  readonly auth: OAuthResourceAuth
}

async function route(
  { request, body, parsed, env, principal, auth }: Inbound,
  deskOf: (origin: RequestOrigin) => Desk,
): Promise<Response> {
  const { scopes } = principal
  // 2025-03-26 has batches, and each message of one needs its own scope.
  const needed = (Array.isArray(parsed) ? parsed : [parsed]).flatMap(neededScopes)
  if (needed.some((scope) => !scopes.includes(scope))) {
    const refusal = refusalEvent(
      'insufficient-scope',
      [...new Set(needed)],
      principal,
      placeOf(parsed),
    )
    await accountOf(env, principal.person).note(refusal)
    return insufficientScope(auth, [...new Set([...scopes, ...needed])])
  }
  const headers = new Headers(request.headers)
  const abort = new AbortController()
  request.signal.addEventListener('abort', () => abort.abort(), { once: true })
  const { signal } = abort
  const again = new Request(request.url, { method: request.method, headers, body, signal })
  const legacy = await isLegacyRequest(again, parsed === undefined ? undefined : parsed)
  if (legacy) return await serveSession(again, body, env, principal)
  const accepts = acceptsOf(request.headers.get('accept'))
  const listens = method(parsed) === 'subscriptions/listen'
  if (!accepts.json || (listens && !accepts.stream)) return notAcceptable(requestIdOf(parsed))
  if (listens) {
    const stream = env.SESSION.get(env.SESSION.newUniqueId())
    return await stream.listen(bodyless(again), body ?? '', principal)
  }
  const states = composeStates(env, () => whoIs(principal))
  const parts = {
    deskOf: (_: unknown, origin: RequestOrigin) => outliving(deskOf(origin)),
    states,
    publicUrl: env.PUBLIC_URL,
    watches: null,
  }
  const handler = createMcpHandler(() => createMcpServer(parts), {
    legacy: 'reject',
    maxRequestBodySize: MAX_BODY_BYTES,
  })
  const answer = handler.fetch(again, parsed === undefined ? {} : { parsedBody: parsed })
  return await (accepts.stream ? patiently(answer, abort) : withoutStream(answer))
}

/** A call whose client goes away is still ended in order and recorded. */
function outliving(desk: Desk): Desk {
  const kept = <A extends unknown[], T>(verb: (...args: A) => Promise<T>) => {
    return (...args: A): Promise<T> => {
      const work = verb(...args)
      waitUntil(work.catch(() => {}))
      return work
    }
  }
  return {
    ...desk,
    call: kept(desk.call),
    readResource: kept(desk.readResource),
    getPrompt: kept(desk.getPrompt),
  }
}

async function serveSession(
  request: Request,
  body: string | null,
  env: Env,
  principal: Principal,
): Promise<Response> {
  const id = request.headers.get('mcp-session-id')
  if (id === null) {
    const message = parse(body)
    if (body !== null && message === undefined) return sessionError('unparsable')
    if (method(message) !== 'initialize') return sessionError('missing')
    const session = env.SESSION.get(env.SESSION.newUniqueId())
    return await session.serve(bodyless(request), body, principal)
  }
  const objectId = sessionId(env, id)
  if (objectId === null) return sessionError('unknown')
  return await env.SESSION.get(objectId).serve(bodyless(request), body, principal)
}

function sessionId(env: Env, text: string): DurableObjectId | null {
  if (!/^[0-9a-f]{64}$/.test(text)) return null
  try {
    return env.SESSION.idFromString(text)
  } catch {
    return null
  }
}

/** Headers and method only: the body crosses as text beside it. */
function bodyless(request: Request): Request {
  return new Request(request.url, { method: request.method, headers: request.headers })
}

/** `undefined` for what is not JSON: the handler of the era has the specification's answer. */
function parse(body: string | null): unknown {
  if (body === null) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function method(message: unknown): string | null {
  if (typeof message !== 'object' || message === null || !('method' in message)) return null
  return typeof message.method === 'string' ? message.method : null
}

function neededScopes(message: unknown): Scope[] {
  switch (method(message)) {
    case 'tools/list':
    case 'resources/list':
    case 'resources/templates/list':
    case 'resources/read':
    case 'prompts/list':
    case 'prompts/get':
    case 'completion/complete':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return ['tools:call']
    // Only components know what their resources are.
    case 'subscriptions/listen':
      return resourcesAskedFor(message).length > 0 ? ['tools:call'] : []
    case 'tools/call': {
      const { params } = message as { params?: { name?: unknown } }
      return [scopeOf(typeof params?.name === 'string' ? params.name : '')]
    }
    default:
      return []
  }
}

/** Methods of the messages, and which tools they would call. */
function placeOf(parsed: unknown): string {
  const messages: unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return messages
    .flatMap((message) => {
      const called = method(message)
      // Anything may stand in a batch.
      if (called === null) return []
      const { params } = message as { params?: { name?: unknown } }
      return typeof params?.name === 'string' ? `${called} ${params.name}` : called
    })
    .join(', ')
}

/** Sessions have a stream to open and an end; 2026-07-28 has neither, whatever else a request says. */
function methodsOf(version: string | null): readonly string[] {
  const isStateless = version !== null && /^\d{4}-\d\d-\d\d$/.test(version) && version >= STATELESS
  return isStateless ? ['POST'] : ['POST', 'GET', 'DELETE']
}

function notAllowed(allowed: readonly string[]): Response {
  const error = { code: -32000, message: `Method not allowed: ${allowed.join(', ')} only` }
  const headers = { allow: allowed.join(', ') }
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 405, headers })
}

function notAcceptable(id: string | number | null): Response {
  const message = 'Not Acceptable: the client must accept application/json and text/event-stream'
  return Response.json({ jsonrpc: '2.0', id, error: { code: -32000, message } }, { status: 406 })
}

function tooLarge(): Response {
  const error = { code: -32600, message: `The request is larger than ${MAX_BODY_BYTES} bytes` }
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 413 })
}
