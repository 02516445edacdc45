// Calls that wait for an answer of the person: what was answered so far, kept between two requests of the
// client. An id is used once and means nothing to another client or for another call.

import * as z from 'zod'

/** Part of the object's schema. */
export const ROUNDS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS rounds (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body)),
    expires_at INTEGER NOT NULL
  ) STRICT;
`

/** Milliseconds that a person has for one answer. */
const LIFE_MS = 15 * 60_000
/** Rounds of one person that wait at a time; beyond it the oldest is forgotten. */
const MAX_ROUNDS = 100

/** Which call a round belongs to. */
export const RoundCall = z.strictObject({
  client: z.string(),
  session: z.string().nullable(),
  tool: z.string(),
  argumentsDigest: z.string(),
})
export type RoundCall = z.infer<typeof RoundCall>

export const Round = z.strictObject({
  call: RoundCall,
  answers: z.array(z.strictObject({ form: z.string(), response: z.unknown() })),
  /** Digest of the form that is shown now. */
  asked: z.string(),
  /** Id under which the call has claimed grants since its first round: it is one call. */
  claimant: z.string(),
})
export type Round = z.infer<typeof Round>

export class Rounds {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  keep(id: string, round: Round, at: number): void {
    this.#sql.exec('DELETE FROM rounds WHERE expires_at <= ?1', at)
    this.#sql.exec(
      `DELETE FROM rounds WHERE id IN
         (SELECT id FROM rounds ORDER BY expires_at DESC LIMIT -1 OFFSET ?1)`,
      MAX_ROUNDS - 1,
    )
    this.#sql.exec(
      'INSERT INTO rounds (id, body, expires_at) VALUES (?1, ?2, ?3)',
      id,
      JSON.stringify(round),
      at + LIFE_MS,
    )
  }

  /** `null` for an id that is not known, not any more, or belongs to another call. */
  take(id: string, call: RoundCall, at: number): Round | null {
    const [row] = this.#sql
      .exec('SELECT body FROM rounds WHERE id = ?1 AND expires_at > ?2', id, at)
      .toArray()
    if (row === undefined) return null
    const round = Round.parse(JSON.parse(z.string().parse(row['body'])))
    const same =
      round.call.client === call.client &&
      round.call.session === call.session &&
      round.call.tool === call.tool &&
      round.call.argumentsDigest === call.argumentsDigest
    if (!same) return null
    this.#sql.exec('DELETE FROM rounds WHERE id = ?1', id)
    return round
  }
}
