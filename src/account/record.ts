// The record of calls inside the `Account` object: appended to its SQLite before an answer leaves, copied
// to D1 in batches afterwards. A record is kept here until D1 has it.

import * as z from 'zod'
import type { RefusalRow } from '../store/calls.ts'
import { RecordedCall } from '../store/calls.ts'

/** Part of the object's schema. `body` is a `RecordedCall` without its `seq`. */
export const RECORD_SCHEMA = `
  CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL CHECK (json_valid(body))
  ) STRICT;
`

/** A call as it is recorded, before it has its place in the person's sequence. It fits into one row (`receipt.ts`). */
export interface Receipt extends Omit<RecordedCall, 'seq' | 'variables' | 'refusals' | 'log'> {
  readonly variables: readonly string[]
  /** Without them, nothing was refused that is told. Not on the audit chain, which has the questions. */
  readonly refusals?: readonly RefusalRow[]
  /** Without it, nothing was said. Not on the audit chain: it is the component's, and proves nothing. */
  readonly log?: string
}

const Stored = z.object({ seq: z.number().int(), body: z.string() })

/** Rows copied to D1 at once, and characters of them, but for the last. */
const BATCH = 50
const BATCH_CHARS = 4 * 1024 * 1024

export class RecordLog {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  append(receipt: Receipt): void {
    this.#sql.exec('INSERT INTO records (body) VALUES (?1)', JSON.stringify(receipt))
  }

  /** Oldest first, at most one batch. */
  pending(): RecordedCall[] {
    const rows = this.#sql
      .exec(
        `SELECT seq, body FROM (
           SELECT *, sum(length(body)) OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
           FROM (SELECT seq, body FROM records ORDER BY seq LIMIT ?1))
         WHERE ifnull(before, 0) < ?2 ORDER BY seq`,
        BATCH,
        BATCH_CHARS,
      )
      .toArray()
    return rows.map((row) => {
      const { seq, body } = Stored.parse(row)
      return RecordedCall.parse({ ...(JSON.parse(body) as object), seq })
    })
  }

  /** D1 has everything up to and including `seq`. */
  forget(seq: number): void {
    this.#sql.exec('DELETE FROM records WHERE seq <= ?1', seq)
  }
}
