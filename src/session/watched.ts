// The resources that a session watches (MCP 2025-11-25, `resources/subscribe`): each by the address that its
// client uses, with the one under which we list it.

import * as z from 'zod'
import type { Watches } from '../mcp/server.ts'

/** Resources that one session may watch; beyond it the one that was watched first is forgotten. */
export const MAX_WATCHED = 200

export const WATCHED_SCHEMA = `
  CREATE TABLE IF NOT EXISTS watched (
    asked TEXT PRIMARY KEY,
    listed TEXT NOT NULL,
    position INTEGER NOT NULL
  ) STRICT;
`

const Row = z.strictObject({ asked: z.string() })

export class Watched implements Watches {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  async add(asked: string, listed: string): Promise<void> {
    this.#sql.exec(
      `INSERT OR REPLACE INTO watched (asked, listed, position)
       VALUES (?1, ?2, (SELECT COALESCE(MAX(position), 0) + 1 FROM watched))`,
      asked,
      listed,
    )
    this.#sql.exec(
      `DELETE FROM watched WHERE asked NOT IN
         (SELECT asked FROM watched ORDER BY position DESC LIMIT ?1)`,
      MAX_WATCHED,
    )
  }

  async remove(asked: string): Promise<void> {
    this.#sql.exec('DELETE FROM watched WHERE asked = ?1', asked)
  }

  /** As its client calls them. */
  watching(listed: readonly string[]): string[] {
    return listed.flatMap((uri) =>
      this.#sql
        .exec('SELECT asked FROM watched WHERE listed = ?1', uri)
        .toArray()
        .map((row) => Row.parse(row).asked),
    )
  }
}
