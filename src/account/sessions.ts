// The live sessions and listen streams of a person, inside their `Account`: who is told when something of theirs
// changes, and how many there may be.

import * as z from 'zod'
import type { ComponentChanges } from '../policy/changes.ts'

export type { ComponentChanges }

/** Beyond either, the one that was idle for longest ends; its client initializes or listens again. */
export const SESSION_LIMITS = {
  /** Sessions and listen streams that one client holds open for a person. */
  OF_CLIENT: 100,
  /** Those of a person: each change costs a request to each, and one request may make a thousand. */
  OF_PERSON: 300,
  /** Told at once. */
  AT_ONCE: 20,
} as const

/** Part of the object's schema. */
export const SESSIONS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    client TEXT NOT NULL DEFAULT '',
    used_at INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`

/** Objects that are older than these columns get them. */
const LATER_COLUMNS = [
  ['client', "TEXT NOT NULL DEFAULT ''"],
  ['used_at', 'INTEGER NOT NULL DEFAULT 0'],
] as const

const Row = z.strictObject({ id: z.string() })

export class Sessions {
  readonly #sql: SqlStorage
  readonly #objects: Env['SESSION']
  readonly #person: string
  readonly #leaving = new Set<string>()

  constructor(sql: SqlStorage, objects: Env['SESSION'], person: string) {
    this.#sql = sql
    this.#objects = objects
    this.#person = person
  }

  /** Once, when the table is there. */
  prepare(): void {
    for (const [name, type] of LATER_COLUMNS) {
      const has = "SELECT 1 FROM pragma_table_info('sessions') WHERE name = ?1"
      if (this.#sql.exec(has, name).toArray().length > 0) continue
      this.#sql.exec(`ALTER TABLE sessions ADD COLUMN ${name} ${type}`)
    }
  }

  /** Answers with those that there was no room for any more and that have ended; one that did not is tried by the next. */
  async open(id: string, client: string, at: number): Promise<string[]> {
    this.#sql.exec(
      'INSERT OR REPLACE INTO sessions (id, opened_at, client, used_at) VALUES (?1, ?2, ?3, ?2)',
      id,
      at,
      client,
    )
    const idle = 'ORDER BY used_at DESC, opened_at DESC, rowid DESC LIMIT -1 OFFSET ?1'
    const { OF_CLIENT, OF_PERSON } = SESSION_LIMITS
    const over = new Set([
      ...this.#ids(`WHERE client = ?2 ${idle}`, OF_CLIENT, client),
      ...this.#ids(idle, OF_PERSON),
    ])
    over.delete(id)
    const ended: string[] = []
    await each([...over], async (one) => {
      await this.#object(one).endOf(this.#person, null)
      ended.push(one)
    })
    return ended
  }

  /** It is not idle. */
  use(id: string, at: number): void {
    this.#sql.exec('UPDATE sessions SET used_at = ?2 WHERE id = ?1', id, at)
  }

  /** It has been opened, and neither ends nor has ended. */
  isLive(id: string): boolean {
    return !this.#leaving.has(id) && this.#ids('WHERE id = ?1', id).length > 0
  }

  /** It ends: nothing more is for it, though it is known until it is closed. */
  leave(id: string): void {
    this.#leaving.add(id)
  }

  close(id: string): void {
    this.#sql.exec('DELETE FROM sessions WHERE id = ?1', id)
    this.#leaving.delete(id)
  }

  /** Of one client, or of all: each session and stream of theirs ends. */
  async end(client: string | null): Promise<void> {
    // Of those that were opened before this was kept, the session itself knows.
    const ids = client === null ? this.#ids() : this.#ids("WHERE client IN (?1, '')", client)
    await each(ids, async (id) => await this.#object(id).endOf(this.#person, client))
  }

  /** The person is deleted: every session of theirs ends. */
  async forget(): Promise<void> {
    const failed = await each(this.#ids(), async (id) => {
      await this.#object(id).forget(this.#person)
    })
    if (failed.length > 0) throw failed[0]
  }

  isAny(): boolean {
    return this.#ids().length > 0
  }

  /** The tools are the same, and what is said of them is not. */
  async announceHints(): Promise<void> {
    const told = this.#ids().map((id) =>
      this.#object(id)
        .toolsChanged(this.#person, 'tools')
        .catch(() => {}),
    )
    await Promise.all(told)
  }

  /** Answers with those that no longer exist: they said so. */
  async announceTools(): Promise<string[]> {
    const gone: string[] = []
    await each(this.#ids(), async (id) => {
      if (!(await this.#object(id).toolsChanged(this.#person))) gone.push(id)
    })
    return gone
  }

  /** A component of theirs says what it has changed. */
  async announce(changes: ComponentChanges): Promise<void> {
    await each(this.#ids(), async (id) => await this.#object(id).changed(this.#person, changes))
  }

  #ids(which = '', ...values: SqlStorageValue[]): string[] {
    const rows = this.#sql.exec(`SELECT id FROM sessions ${which}`, ...values).toArray()
    return rows.map((row) => Row.parse(row).id)
  }

  #object(id: string) {
    return this.#objects.get(this.#objects.idFromString(id))
  }
}

/** A few at once; one that fails keeps no other from its turn. Answers with why some did. */
async function each(
  ids: readonly string[],
  work: (id: string) => Promise<void>,
): Promise<unknown[]> {
  const failed: unknown[] = []
  for (let from = 0; from < ids.length; from += SESSION_LIMITS.AT_ONCE) {
    const some = ids.slice(from, from + SESSION_LIMITS.AT_ONCE)
    // oxlint-disable-next-line no-await-in-loop -- a batch after the other
    const done = await Promise.allSettled(some.map(work))
    for (const one of done) if (one.status === 'rejected') failed.push(one.reason)
  }
  return failed
}
