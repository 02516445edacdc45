// Judges one HTTP request of a guest. Pure: it resolves no name and sends nothing. Default deny; `deny`
// beats `allow`; private addresses and names are out of reach whatever was granted.

import * as z from 'zod'
import { isPublic } from './address.ts'
import type { NetworkVerdict } from './denial.ts'
import type { Hostname, Unreachable } from './host.ts'
import { canonicalHost, unreachable } from './host.ts'
import { HostIndex } from './host-index.ts'
import {
  coversName,
  deniesName,
  deniesSeen,
  matchesSeen,
  Seen,
  seenName,
  smallestRule,
} from './host-match.ts'
import type { HostRule, Target } from './host-rule.ts'
import { isMethod } from './host-rule.ts'
import type { Allowance, Layer, Lookup, Permit } from './layers.ts'
import { judgeLayers } from './layers.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import { indexed } from './rule-index.ts'

export type NetworkLayer = Layer<HostRule>

export interface NetworkPermission {
  readonly layers: readonly NetworkLayer[]
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

export type RequestTarget = Target & { readonly method: string }

/** A request that may be sent as it stands. `host` is what the record names. */
export interface ApprovedRequest {
  readonly url: string
  readonly method: string
  readonly target: Target
  readonly permit: Permit
}

/** `malformed`: there is no host to name, and nothing that a grant could change. */
export type RequestRefusal = { readonly reason: 'malformed' } | NetworkVerdict

export function authorizeRequest(
  permission: NetworkPermission,
  message: RequestMessage,
): Result<ApprovedRequest, RequestRefusal> {
  const read = readTarget(message)
  if (!read.ok) return read
  const { url, target } = read.value
  const verdict = judge(permission, target)
  if (!verdict.ok) return verdict
  return ok({ url, method: target.method, target, permit: verdict.value })
}

/** What a request is about, as rules see it. */
export function readTarget(
  message: Pick<RequestMessage, 'method' | 'scheme' | 'authority' | 'path'>,
): Result<
  { readonly url: string; readonly target: RequestTarget },
  { readonly reason: 'malformed' }
> {
  const method = message.method.toUpperCase()
  const scheme = message.scheme.toLowerCase()
  if (!isMethod(method)) return err({ reason: 'malformed' })
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
  // Reserved (RFC 6335 §6): nobody is there, and no rule says it.
  if (port === 0) return err({ reason: 'malformed' })
  return ok({ url: url.href, target: { scheme, host, port, path: url.pathname, method } })
}

export function judge(
  permission: NetworkPermission,
  target: Target,
): Result<Permit, NetworkVerdict> {
  const about = { permission: 'network', host: target.host, port: target.port } as const
  const seen = new Seen(target)
  const why = outOfReach(permission, seen)
  if (why !== null) return err({ ...about, reason: 'unreachable', why })
  const verdict = judgeLayers(permission.layers, lookup(seen))
  if (verdict.ok) return verdict
  switch (verdict.error.by) {
    case 'ceiling':
      return err({ ...about, reason: 'ceiling' })
    case 'person':
      return err({ ...about, reason: 'denied', rule: verdict.error.rule.text })
    case 'nobody':
      return err({ ...about, reason: 'not-granted', rule: smallestRule(target) })
  }
}

/** A public address may be granted to requests; connections go to names only (see `sockets.ts`). */
function outOfReach({ ownHosts }: NetworkPermission, seen: Seen): Unreachable | null {
  const { target } = seen
  const address = target.scheme === 'tcp' ? null : seen.address
  if (address === null) return unreachable(target.host, ownHosts)
  return isPublic(address) && !ownHosts.includes(target.host) ? null : 'address'
}

type Allowed = Allowance<HostRule>

/** To make an index of hosts takes as long as to read its list through some ten times. */
const READ_THROUGH = 8

const allowancesOf = indexed<Allowed, HostIndex<Allowed>>(
  (allow) => new HostIndex('allow', allow, ({ rule }) => rule),
  READ_THROUGH,
)
const denialsOf = indexed<HostRule, HostIndex<HostRule>>(
  (deny) => new HostIndex('deny', deny, (rule) => rule),
  READ_THROUGH,
)

function lookup(seen: Seen): Lookup<HostRule> {
  return {
    allowing: ({ allow }) =>
      (allowancesOf(allow)?.find(seen) ?? allow).filter(({ rule }) => matchesSeen(rule, seen)),
    denying: ({ deny }) =>
      (denialsOf(deny)?.find(seen) ?? deny).find((rule) => deniesSeen(rule, seen)),
  }
}

/** By name alone: some port of the host. */
export function lookupName(host: Hostname): Lookup<HostRule> {
  const seen = seenName(host)
  return {
    allowing: ({ allow }) =>
      (allowancesOf(allow)?.findHost(seen) ?? allow).filter(({ rule }) => coversName(rule, seen)),
    denying: ({ deny }) =>
      (denialsOf(deny)?.findHost(seen) ?? deny).find((rule) => deniesName(rule, seen)),
  }
}
