// A record of a chain: an event in its place, sealed by a hash over the record before it. Texts stand in the
// hash as commitments under a salt of the record's own; without the salt nobody can tell what they were.

import * as z from 'zod'
import type { Json } from './canonical.ts'
import { canonicalJson } from './canonical.ts'
import { AuditEvent } from './event.ts'
import { Hex32, hmacWith, sha256, toHex } from './hash.ts'

/** Of the format: what is hashed, and how. */
export const VERSION = 1

/** Where a chain begins: the `prev` of its first record. */
export const GENESIS = '0'.repeat(64)

export const AuditBody = z.strictObject({
  v: z.literal(VERSION),
  /** Which chain: one for each person, under a name that tells nobody who. */
  chain: Hex32,
  /** From 1, without gaps. */
  seq: z.number().int().positive(),
  prev: Hex32,
  /** Milliseconds; never earlier than in the record before. */
  at: z.number().int(),
  kind: z.string(),
  facts: z.record(z.string(), z.json()),
  /** By the name of the text. */
  commitments: z.record(z.string(), Hex32),
})
export type AuditBody = z.infer<typeof AuditBody>

/** What may be forgotten of a record. */
export const AuditTexts = z.strictObject({
  salt: Hex32,
  texts: z.record(z.string(), z.json()),
})
export type AuditTexts = z.infer<typeof AuditTexts>

export interface AuditRecord {
  readonly body: AuditBody
  readonly hash: string
  /** `null`: forgotten, not for whoever reads, or the record has none. */
  readonly private: AuditTexts | null
}

/** The last record of a chain; `seq` 0 before the first. */
export interface Head {
  readonly seq: number
  readonly hash: string
  readonly at: number
}

export const EMPTY: Head = { seq: 0, hash: GENESIS, at: 0 }

/** Says nothing of the person: their id is random, and this does not lead back to it. */
export async function chainOf(person: string): Promise<string> {
  return await sha256(`wassette-edge audit chain ${person}`)
}

/** The event as the next record of a chain. `salt`: 32 random bytes for this record alone. */
export async function sealRecord(
  chain: string,
  head: Head,
  event: AuditEvent,
  at: number,
  salt: Uint8Array,
): Promise<AuditRecord> {
  const { kind, facts, texts } = AuditEvent.parse(event)
  const commitments = await commitmentsTo(texts as Record<string, Json>, salt)
  const body: AuditBody = {
    v: VERSION,
    chain,
    seq: head.seq + 1,
    prev: head.hash,
    at: Math.max(at, head.at),
    kind,
    facts,
    commitments,
  }
  const isBare = Object.keys(commitments).length === 0
  const kept = isBare ? null : { salt: toHex(salt), texts }
  return { body, hash: await hashOf(body), private: kept }
}

export async function hashOf(body: AuditBody): Promise<string> {
  return await sha256(`wassette-edge audit record\n${canonicalJson(body as Json)}`)
}

/** Hide the texts while the salt is unknown, and bind to them once it is shown. By name. */
export async function commitmentsTo(
  texts: Readonly<Record<string, Json>>,
  salt: Uint8Array,
): Promise<Record<string, string>> {
  const commit = await hmacWith(salt)
  const made = Object.entries(texts).map(
    async ([name, text]) => [name, await commit(canonicalJson([name, text]))] as const,
  )
  return Object.fromEntries(await Promise.all(made))
}
