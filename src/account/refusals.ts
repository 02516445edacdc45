// What was refused to each component lately, inside the `Account` object: for whoever wonders why a tool does
// not do its work. Durable; the record of calls has all of it for longer, without the reasons.

import * as z from 'zod'
import { Denial } from '../policy/denial.ts'

/** Part of the object's schema. */
export const REFUSALS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS refusals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    tool TEXT NOT NULL,
    at INTEGER NOT NULL,
    denial TEXT NOT NULL CHECK (json_valid(denial))
  ) STRICT;
  CREATE INDEX IF NOT EXISTS refusals_by_source ON refusals (source, id);
`

/** Refusals of one component that are kept. */
export const MAX_REFUSALS = 20

const Row = z.object({
  tool: z.string(),
  at: z.number().int(),
  denial: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(Denial),
})
export type Refusal = z.infer<typeof Row>

export class RecentRefusals {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  add(source: string, tool: string, denials: readonly Denial[], at: number): void {
    if (denials.length === 0) return
    for (const denial of denials.slice(0, MAX_REFUSALS)) {
      this.#sql.exec(
        'INSERT INTO refusals (source, tool, at, denial) VALUES (?1, ?2, ?3, ?4)',
        source,
        tool,
        at,
        JSON.stringify(denial),
      )
    }
    this.#sql.exec(
      `DELETE FROM refusals WHERE source = ?1 AND id NOT IN
         (SELECT id FROM refusals WHERE source = ?1 ORDER BY id DESC LIMIT ?2)`,
      source,
      MAX_REFUSALS,
    )
  }

  /** Newest first. One that an earlier version of this code kept, and that does not parse, is left out. */
  of(source: string): Refusal[] {
    return this.#sql
      .exec('SELECT tool, at, denial FROM refusals WHERE source = ?1 ORDER BY id DESC', source)
      .toArray()
      .flatMap((row) => Row.safeParse(row).data ?? [])
  }

  forget(source: string): void {
    this.#sql.exec('DELETE FROM refusals WHERE source = ?1', source)
  }
}
