// What the server signs: that a chain had this hash at this place and time. A checkpoint stays in the store; the
// statement of an export opens its file and says how far the file has to go.

import * as z from 'zod'
import type { Json } from './canonical.ts'
import { canonicalJson } from './canonical.ts'
import { Hex32 } from './hash.ts'
import type { SigningKey, VerifyingKey } from './key.ts'
import { VERSION } from './record.ts'

const whole = z.number().int().nonnegative()

export const Checkpoint = z.strictObject({
  type: z.literal('checkpoint'),
  v: z.literal(VERSION),
  chain: Hex32,
  seq: whole.positive(),
  /** Of the record with that `seq`. */
  hash: Hex32,
  at: whole,
  /** Id of the key. */
  key: Hex32,
})
export type Checkpoint = z.infer<typeof Checkpoint>

export const ExportStatement = z.strictObject({
  type: z.literal('export'),
  v: z.literal(VERSION),
  /** Of the export: the same in all its statements. Those from before there was one have none. */
  id: z.uuid().optional(),
  chain: Hex32,
  /** First and last record of the file; a chain without records has `to` 0. */
  from: whole.positive(),
  to: whole,
  /** Of the record `to`. */
  hash: Hex32,
  /** The last record of the chain when the export was made. */
  head: whole,
  /** Checkpoints in the file, each behind the record that it is of. */
  checkpoints: whole,
  /** Texts up to this record may have been forgotten. */
  redacted: whole,
  texts: z.enum(['all', 'administrative']),
  /** Of several chains in one file: this one's place, and how many there are. */
  part: whole.positive(),
  parts: whole.positive(),
  at: whole,
  key: Hex32,
})
export type ExportStatement = z.infer<typeof ExportStatement>

export const Signed = z.strictObject({
  statement: z.discriminatedUnion('type', [Checkpoint, ExportStatement]),
  /** 64 bytes in lower-case hex. */
  signature: z.string().regex(/^[0-9a-f]{128}$/),
})
export type Signed = z.infer<typeof Signed>

export async function sign<S extends Signed['statement']>(
  statement: Omit<S, 'key' | 'v'>,
  key: SigningKey,
): Promise<{ readonly statement: S; readonly signature: string }> {
  const whole = { ...statement, v: VERSION, key: key.id } as S
  return { statement: whole, signature: await key.sign(signedText(whole)) }
}

/** False also for a key that is not among those that are trusted. */
export async function isSigned(
  { statement, signature }: Signed,
  keys: readonly VerifyingKey[],
): Promise<boolean> {
  const key = keys.find(({ id }) => id === statement.key)
  return key !== undefined && (await key.verify(signedText(statement), signature))
}

/** Its type is within: a checkpoint never passes for another statement. */
function signedText(statement: Signed['statement']): string {
  return `wassette-edge audit statement\n${canonicalJson(statement as Json)}`
}
