// The live sessions of a person, inside their `Account`: who is told when the list of tools changes.

import type { ComponentChanges } from '../policy/changes.ts'

export type { ComponentChanges }

/** Part of the object's schema. */
export const SESSIONS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    opened_at INTEGER NOT NULL
  ) STRICT;
`

export class Sessions {
  readonly #sql: SqlStorage
  readonly #objects: Env['SESSION']
  readonly #person: string

  constructor(sql: SqlStorage, objects: Env['SESSION'], person: string) {
    this.#sql = sql
    this.#objects = objects
    this.#person = person
  }

  open(id: string, at: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO sessions (id, opened_at) VALUES (?1, ?2)', id, at)
  }

  close(id: string): void {
    this.#sql.exec('DELETE FROM sessions WHERE id = ?1', id)
  }

  /** Of one client, or of all: each session and stream of theirs ends. */
  async end(client: string | null): Promise<void> {
    const ended = this.#ids().map((id) => this.#object(id).endOf(this.#person, client))
    await Promise.allSettled(ended)
  }

  /** The person is deleted: every session of theirs ends. */
  async forget(): Promise<void> {
    const ended = this.#ids().map((id) => this.#object(id).forget(this.#person))
    await Promise.all(ended)
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

  /** Answers with those that no longer exist: they said so, and are forgotten. */
  async announceTools(): Promise<string[]> {
    const gone = await Promise.all(
      this.#ids().map(async (id): Promise<string[]> => {
        const alive = await this.#object(id)
          .toolsChanged(this.#person)
          .catch(() => true)
        if (!alive) this.close(id)
        return alive ? [] : [id]
      }),
    )
    return gone.flat()
  }

  /** A component of theirs says what it has changed. */
  async announce(changes: ComponentChanges): Promise<void> {
    const told = this.#ids().map((id) =>
      this.#object(id)
        .changed(this.#person, changes)
        .catch(() => {}),
    )
    await Promise.all(told)
  }

  #ids(): string[] {
    const rows = this.#sql.exec<{ id: string }>('SELECT id FROM sessions').toArray()
    return rows.map(({ id }) => id)
  }

  #object(id: string) {
    return this.#objects.get(this.#objects.idFromString(id))
  }
}
