// Calls that wait for the person, for an answer or a decision: what was answered so far, kept between two
// requests of the client. An id is used once and means nothing to another client or for another call.

import * as z from 'zod'
import { Denial } from '../policy/denial.ts'
import { GrantKind } from '../store/grants.ts'

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

const SO_FAR = {
  call: RoundCall,
  answers: z.array(
    z.strictObject({ form: z.string(), responses: z.record(z.string(), z.unknown()) }),
  ),
  /** Id under which the call has claimed grants since its first round: it is one call. */
  claimant: z.string(),
}

export const Round = z.discriminatedUnion('kind', [
  /** Questions of the component. `asked`: digest of those that are shown now; `names`: their names. */
  z.strictObject({
    kind: z.literal('form'),
    ...SO_FAR,
    asked: z.string(),
    names: z.array(z.string()),
  }),
  /** A refused call: its first approval is asked for. `granted`: rules that the person gave it so far. */
  z.strictObject({
    kind: z.literal('page'),
    ...SO_FAR,
    mode: z.enum(['url', 'form']),
    component: z.string(),
    denied: z.strictObject({
      denials: z.array(Denial),
      approvals: z.array(
        z.strictObject({ id: z.string(), permission: GrantKind, rule: z.string() }),
      ),
    }),
    granted: z.array(z.string()),
  }),
])
export type Round = z.infer<typeof Round>

const Forgotten = z.object({ claimant: z.string().nullable() })

export class Rounds {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Answers for which calls nobody can come back any more, by their claimants: others took their place. */
  keep(id: string, round: Round, at: number): string[] {
    const over = [
      ...this.#forget('expires_at <= ?1', at),
      ...this.#forget(
        'id IN (SELECT id FROM rounds ORDER BY expires_at DESC LIMIT -1 OFFSET ?1)',
        MAX_ROUNDS - 1,
      ),
    ]
    this.#sql.exec(
      'INSERT INTO rounds (id, body, expires_at) VALUES (?1, ?2, ?3)',
      id,
      JSON.stringify(round),
      at + LIFE_MS,
    )
    return over
  }

  /** `null` for an id that is not known, not any more, or belongs to another call. */
  take(id: string, call: RoundCall, at: number): Round | null {
    const [row] = this.#sql
      .exec('SELECT body FROM rounds WHERE id = ?1 AND expires_at > ?2', id, at)
      .toArray()
    if (row === undefined) return null
    const parsed = Round.safeParse(JSON.parse(z.string().parse(row['body'])))
    // One that an earlier version of this code kept.
    if (!parsed.success) return null
    const round = parsed.data
    const same =
      round.call.client === call.client &&
      round.call.session === call.session &&
      round.call.tool === call.tool &&
      round.call.argumentsDigest === call.argumentsDigest
    if (!same) return null
    this.#sql.exec('DELETE FROM rounds WHERE id = ?1', id)
    return round
  }

  #forget(which: string, value: number): string[] {
    const rows = this.#sql
      .exec(`DELETE FROM rounds WHERE ${which} RETURNING body ->> 'claimant' AS claimant`, value)
      .toArray()
    return rows.flatMap((row) => Forgotten.parse(row).claimant ?? [])
  }
}
