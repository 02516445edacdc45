// How long a grant lives and how much of it there is. Pure: the time and what was used are arguments.

import * as z from 'zod'

/**
 * `once`: one call. `session`: the MCP session it was asked in; without sessions, the OAuth client, until it
 * has made no call for `SESSION_IDLE_MS`. `until`: a time. `always`: until it is taken back.
 */
export const Life = z.enum(['once', 'session', 'until', 'always'])
export type Life = z.infer<typeof Life>

/** Milliseconds without a call after which a client without sessions counts as gone. */
export const SESSION_IDLE_MS = 8 * 3_600_000
export const HOUR_MS = 3_600_000

const count = (most: number) => z.number().int().min(1).max(most).nullable()

/** What a person chose. `null`: no such limit. */
export const Terms = z
  .strictObject({
    life: Life,
    /** Unix milliseconds; with `until` only. */
    until: z.number().int().nonnegative().nullable(),
    /** Calls that may rely on it. */
    uses: count(1_000_000),
    /** Calls that may come to rely on it within any hour. */
    callsAnHour: count(10_000),
    /** Bytes over the network and of the drive together, both ways. */
    bytes: count(1024 ** 4),
  })
  .refine(({ life, until }) => (life === 'until') === (until !== null))
export type Terms = z.infer<typeof Terms>

export const ALWAYS: Terms = {
  life: 'always',
  until: null,
  uses: null,
  callsAnHour: null,
  bytes: null,
}

/** Calls that have claimed it, and bytes that they have used or hold reserved. */
export interface Usage {
  readonly calls: number
  readonly callsInHour: number
  readonly bytes: number
}

/** A call has to claim it before it relies on it: there is only so much of it. */
export function isLimited({ life, uses, callsAnHour, bytes }: Terms): boolean {
  return life === 'once' || uses !== null || callsAnHour !== null || bytes !== null
}

/** What the next claim would get: bytes, `null` for any number; `spent` when there is nothing for it. */
export function allowance(terms: Terms, usage: Usage): number | null | 'spent' {
  const { callsAnHour, bytes } = terms
  if (usage.calls >= mostUses(terms)) return 'spent'
  if (callsAnHour !== null && usage.callsInHour >= callsAnHour) return 'spent'
  if (bytes === null) return null
  return bytes > usage.bytes ? bytes - usage.bytes : 'spent'
}

/** No later call can rely on it, however long it waits; `usage` holds no reservation. */
export function isSpentForGood(terms: Terms, usage: Usage): boolean {
  return usage.calls >= mostUses(terms) || (terms.bytes !== null && usage.bytes >= terms.bytes)
}

/** What later calls may have; `null`: any number. What a call under way holds reserved is gone for now. */
export interface Remaining {
  readonly uses: number | null
  readonly thisHour: number | null
  readonly bytes: number | null
}

export function remaining(terms: Terms, usage: Usage): Remaining {
  const uses = mostUses(terms)
  const left = (most: number | null, used: number): number | null =>
    most === null ? null : Math.max(0, most - used)
  return {
    uses: left(Number.isFinite(uses) ? uses : null, usage.calls),
    thisHour: left(terms.callsAnHour, usage.callsInHour),
    bytes: left(terms.bytes, usage.bytes),
  }
}

function mostUses({ life, uses }: Terms): number {
  return life === 'once' ? 1 : (uses ?? Infinity)
}

/** What a grant for a session is bound to. No text of one kind is a text of the other. */
export function ownerOf(client: string, session: string | null): string {
  return session === null ? `client ${client}` : sessionOwner(session)
}

export function sessionOwner(session: string): string {
  return `session ${session}`
}

/** `null`: the owner is a client without sessions. */
export function sessionOf(owner: string): string | null {
  const start = sessionOwner('')
  return owner.startsWith(start) ? owner.slice(start.length) : null
}

/** Which call a grant for one call is for: whoever asks the same of the same tool, through the same client. */
export function requestOf(client: string, tool: string, argumentsDigest: string): string {
  return JSON.stringify([client, tool, argumentsDigest])
}

/** Where an agent asked without a call: whichever call of the component comes next through that client. */
export function requestOfClient(client: string): string {
  return JSON.stringify([client])
}

/** Whether a grant is for this call. `granted` `null`: for any. `made` `null`: nobody knows whose call it is. */
export function isForRequest(granted: string | null, made: string | null): boolean {
  if (granted === null || granted === made) return true
  if (made === null) return false
  const [client] = Made.parse(JSON.parse(made))
  return granted === requestOfClient(client)
}

const Made = z.tuple([z.string(), z.string(), z.string()])

/** Through which client the call comes that a grant is for, and of which tool; `null`: of any. */
export function madeBy(request: string): { readonly client: string; readonly tool: string | null } {
  const [client, tool = null] = Parts.parse(JSON.parse(request))
  return { client, tool }
}

const Parts = z.tuple([z.string()]).rest(z.string())

/** Whether a grant's life goes on, for a call of `owner`. `idleSince`: the owner's last call before this. */
export function isAlive(
  { life, until, owner }: { life: Life; until: number | null; owner: string | null },
  call: { readonly owner: string | null; readonly at: number },
  idleSince: number | null,
): boolean {
  if (life === 'until') return until !== null && call.at < until
  if (life !== 'session') return true
  if (owner === null || owner !== call.owner) return false
  return idleSince === null || call.at - idleSince < SESSION_IDLE_MS
}
