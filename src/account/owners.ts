// When each client without sessions last called, inside the `Account` object: what was granted "for this
// session" ends when it has been idle. MCP sessions end by themselves, and say so.

import * as z from 'zod'
import { SESSION_IDLE_MS } from '../policy/life.ts'

/** Part of the object's schema. */
export const OWNERS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS owners (
    owner TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL
  ) STRICT;
`

/** Milliseconds between two notes of one owner: a write for each call would be one too many. */
const GRAIN_MS = 60_000

const Row = z.object({ seen_at: z.number().int() })

export class Owners {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The last call before now, to the minute; `null` for one that never called. */
  lastSeen(owner: string): number | null {
    const [row] = this.#sql.exec('SELECT seen_at FROM owners WHERE owner = ?1', owner).toArray()
    return row === undefined ? null : Row.parse(row).seen_at
  }

  saw(owner: string, at: number): void {
    const last = this.lastSeen(owner)
    if (last !== null && at - last < GRAIN_MS) return
    this.#sql.exec('DELETE FROM owners WHERE seen_at <= ?1', at - 2 * SESSION_IDLE_MS)
    this.#sql.exec('INSERT OR REPLACE INTO owners VALUES (?1, ?2)', owner, at)
  }
}
