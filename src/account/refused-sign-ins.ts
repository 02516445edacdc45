// Sign-ins of people who are not let in, inside the object that stands for the server: so many an hour are recorded
// one by one, and the rest is counted. Who has an account at the issuer can knock as often as they like.

import * as z from 'zod'
import type { AuditEvent } from '../audit/event.ts'
import { HOUR_MS } from '../policy/life.ts'

/** Part of the object's schema. `unsaid`: how many of the hour are not on the chain. */
export const REFUSED_SIGN_INS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS refused_sign_ins (
    hour INTEGER PRIMARY KEY,
    said INTEGER NOT NULL,
    unsaid INTEGER NOT NULL
  ) STRICT;
`

/** Recorded one by one within an hour of the clock. */
export const SAID_AN_HOUR = 60

/** Who the issuer says it was. */
export interface RefusedIdentity {
  readonly issuer: string
  readonly subject: string
  readonly name: string
}

const Row = z.object({ hour: z.number().int(), said: z.number().int(), unsaid: z.number().int() })

export class RefusedSignIns {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** What to record of one; `null`: it is counted. */
  take(who: RefusedIdentity, at: number): AuditEvent | null {
    const hour = Math.floor(at / HOUR_MS)
    const [found] = this.#sql.exec('SELECT * FROM refused_sign_ins WHERE hour = ?1', hour).toArray()
    const isSaid = found === undefined || Row.parse(found).said < SAID_AN_HOUR
    this.#sql.exec(
      `INSERT INTO refused_sign_ins VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET said = said + ?2, unsaid = unsaid + ?3`,
      hour,
      isSaid ? 1 : 0,
      isSaid ? 0 : 1,
    )
    return isSaid ? refusedEvent('not-allowed', 1, who) : null
  }

  /** How many of each hour that is over were only counted; `forget` those that are recorded. */
  over(at: number): { readonly hour: number; readonly event: AuditEvent | null }[] {
    const rows = this.#sql
      .exec(
        'SELECT * FROM refused_sign_ins WHERE hour < ?1 ORDER BY hour',
        Math.floor(at / HOUR_MS),
      )
      .toArray()
    return rows.map((row) => {
      const { hour, unsaid } = Row.parse(row)
      return { hour, event: unsaid === 0 ? null : refusedEvent('too-many', unsaid, null) }
    })
  }

  forget(hour: number): void {
    this.#sql.exec('DELETE FROM refused_sign_ins WHERE hour = ?1', hour)
  }

  /** When an hour is over of which some were only counted; `null`: there is none. */
  nextAt(): number | null {
    const [row] = this.#sql
      .exec('SELECT min(hour) AS hour FROM refused_sign_ins WHERE unsaid > 0')
      .toArray()
    const { hour } = z.object({ hour: z.number().int().nullable() }).parse(row)
    return hour === null ? null : (hour + 1) * HOUR_MS
  }
}

/** Characters of what an issuer says. */
const MAX_CHARS = 512

function refusedEvent(
  reason: 'not-allowed' | 'too-many',
  times: number,
  who: RefusedIdentity | null,
): AuditEvent {
  const cut = (text: string | undefined): string | null => text?.slice(0, MAX_CHARS) ?? null
  return {
    kind: 'sign-in-refused',
    facts: { outcome: 'refused', reason, times },
    texts: { issuer: cut(who?.issuer), subject: cut(who?.subject), name: cut(who?.name) },
  }
}
