// Judges one HTTP request of a guest. Pure: it resolves no name and sends nothing. Default deny; `deny`
// beats `allow`; addresses and private names are out of reach whatever was granted.

import * as z from 'zod'
import type { NetworkDenial } from './denial.ts'
import { canonicalHost, unreachable } from './host.ts'
import type { HostRule, Target } from './host-rule.ts'
import { matches, smallestRule } from './host-rule.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

export interface NetworkPermission {
  readonly allow: readonly HostRule[]
  readonly deny: readonly HostRule[]
  /** Names this server answers to: never reachable. */
  readonly ownHosts: readonly string[]
}

/** What a guest asks for, before anything of it is believed. */
export const RequestMessage = z.strictObject({
  method: z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/),
  scheme: z.string().max(16),
  authority: z.string().min(1).max(512),
  path: z.string().max(16_384),
  headers: z.array(z.tuple([z.string().max(256), z.instanceof(Uint8Array)])).max(256),
  body: z.unknown(),
  /** Under which the guest says later whether its body is whole; without it the end of the stream does. */
  bodyId: z.number().int().nonnegative().optional(),
  /** Milliseconds until the head of the answer. */
  timeoutMs: z.number().int().nonnegative().nullable(),
  /** Milliseconds until a connection is there. */
  connectMs: z.number().int().nonnegative().nullable().optional(),
  /** Milliseconds between two pieces of the answer's body. */
  betweenBytesMs: z.number().int().nonnegative().nullable().optional(),
})
export type RequestMessage = z.infer<typeof RequestMessage>

/** A request that may be sent as it stands. `host` is what the record names. */
export interface ApprovedRequest {
  readonly url: string
  readonly method: string
  readonly target: Target
}

/** `malformed`: there is no host to name, and nothing that a grant could change. */
export type RequestRefusal = { readonly reason: 'malformed' } | NetworkDenial

/** Methods that make no sense through a fetch, or open a tunnel. */
export const METHODS_REFUSED = new Set(['CONNECT', 'TRACE', 'TRACK'])

export function authorizeRequest(
  permission: NetworkPermission,
  message: RequestMessage,
): Result<ApprovedRequest, RequestRefusal> {
  const method = message.method.toUpperCase()
  const scheme = message.scheme.toLowerCase()
  if (METHODS_REFUSED.has(method)) return err({ reason: 'malformed' })
  if (scheme !== 'http' && scheme !== 'https') return err({ reason: 'malformed' })
  // A second authority, a path or a fragment smuggled into the authority would move the request.
  if (/[\s@/\\?#]/.test(message.authority)) return err({ reason: 'malformed' })
  if (!message.path.startsWith('/') || /[\s#]/.test(message.path)) {
    return err({ reason: 'malformed' })
  }
  const text = `${scheme}://${message.authority}${message.path}`
  if (!URL.canParse(text)) return err({ reason: 'malformed' })
  const url = new URL(text)
  const host = canonicalHost(url)
  if (host === null || url.username !== '' || url.password !== '') {
    return err({ reason: 'malformed' })
  }
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  const target: Target = { scheme, host, port, path: url.pathname }
  const denial = judge(permission, target)
  if (denial !== null) return err(denial)
  return ok({ url: url.href, method, target })
}

/** `null` when the target may be reached. */
export function judge(permission: NetworkPermission, target: Target): NetworkDenial | null {
  const about = { permission: 'network', host: target.host, port: target.port } as const
  const why = unreachable(target.host, permission.ownHosts)
  if (why !== null) return { ...about, reason: 'unreachable', why }
  const denied = permission.deny.find((rule) => matches(rule, target))
  if (denied !== undefined) return { ...about, reason: 'denied', rule: denied.text }
  if (permission.allow.some((rule) => matches(rule, target))) return null
  return { ...about, reason: 'not-granted', rule: smallestRule(target) }
}
