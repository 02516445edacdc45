// The keys of persons, sealed, in D1. Written by the person's `Account` only; nothing here can open them.

import * as z from 'zod'

export const SealedPersonKey = z.strictObject({ master: z.string(), sealed: z.string() })
export type SealedPersonKey = z.infer<typeof SealedPersonKey>

/** Tables with something that a person's key opens, and what says so of a row. */
const SEALED_IN = [
  ['variables', ''],
  ['connections', ''],
  ['services', 'AND secret IS NOT NULL'],
  ['secrets', ''],
] as const

export class PersonKeyRows {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  async find(person: string): Promise<SealedPersonKey | null> {
    const row = await this.#db
      .prepare('SELECT master, sealed FROM person_keys WHERE person = ?1')
      .bind(person)
      .first()
    return row === null ? null : SealedPersonKey.parse(row)
  }

  /** The same key sealed anew. Does nothing where the row is no longer the one that was read. */
  async renew(person: string, before: SealedPersonKey, after: SealedPersonKey): Promise<void> {
    await this.#db
      .prepare(
        `UPDATE person_keys SET master = ?1, sealed = ?2
         WHERE person = ?3 AND master = ?4 AND sealed = ?5`,
      )
      .bind(after.master, after.sealed, person, before.master, before.sealed)
      .run()
  }

  /** Fails where the person has a key: what was sealed with it would be lost. */
  entry(person: string, { master, sealed }: SealedPersonKey): D1PreparedStatement {
    return this.#db
      .prepare('INSERT INTO person_keys (person, master, sealed) VALUES (?1, ?2, ?3)')
      .bind(person, master, sealed)
  }

  /** Behind the statements that remove what it opens: the last of that takes the key along. */
  removalIfUnused(person: string): D1PreparedStatement {
    const unused = SEALED_IN.map(
      ([table, more]) => `AND NOT EXISTS (SELECT 1 FROM ${table} WHERE person = ?1 ${more})`,
    )
    return this.#db
      .prepare(`DELETE FROM person_keys WHERE person = ?1 ${unused.join(' ')}`)
      .bind(person)
  }
}
