// Connections under way: the person is at the service, and what belongs to the answer waits here. Each is for one
// browser of this person, for one answer, and not for long.

import * as z from 'zod'
import { isDigest } from '../component/digest.ts'
import { PlacementInput } from '../policy/secret.ts'

/** Milliseconds: to sign in at the service, with a second factor, and to read what it asks. */
const START_LIFE_MS = 15 * 60_000
/** At the same time: more tabs than anybody has open at services. */
const MAX_STARTS = 16

export const CONNECTION_STARTS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS connection_starts (
    state_digest TEXT PRIMARY KEY,
    browser TEXT NOT NULL,
    start TEXT NOT NULL CHECK (json_valid(start)),
    expires_at INTEGER NOT NULL
  ) STRICT;
`

/** What the person agreed to. */
export const Start = z.strictObject({
  source: z.string(),
  digest: z.string().refine(isDigest),
  service: z.string(),
  terms: z.string(),
  scopes: z.array(z.string()),
  hosts: z.array(z.string()),
  placement: PlacementInput,
  nonce: z.string(),
  codeVerifier: z.string(),
})
export type Start = z.infer<typeof Start>

/** Digests: neither can be used by whoever reads them here. */
export interface StartKeys {
  readonly state: string
  /** Of the session of the browser that began it. */
  readonly browser: string
}

export class ConnectionStarts {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  begin({ state, browser }: StartKeys, start: Start, at: number): void {
    this.#sql.exec('DELETE FROM connection_starts WHERE expires_at <= ?1', at)
    this.#sql.exec(
      `DELETE FROM connection_starts WHERE state_digest NOT IN
         (SELECT state_digest FROM connection_starts ORDER BY expires_at DESC LIMIT ?1)`,
      MAX_STARTS - 1,
    )
    this.#sql.exec(
      `INSERT INTO connection_starts (state_digest, browser, start, expires_at)
       VALUES (?1, ?2, ?3, ?4)`,
      state,
      browser,
      JSON.stringify(start),
      at + START_LIFE_MS,
    )
  }

  /** Single use; `null` when it is unknown, used, over, another browser's or of another service. */
  take({ state, browser }: StartKeys, service: string, at: number): Start | null {
    const [row] = this.#sql
      .exec(
        `DELETE FROM connection_starts
         WHERE state_digest = ?1 AND browser = ?2 AND expires_at > ?3 AND start ->> 'service' = ?4
         RETURNING start`,
        state,
        browser,
        at,
        service,
      )
      .toArray()
    if (row === undefined) return null
    return Start.parse(JSON.parse(z.string().parse(row['start'])))
  }
}
