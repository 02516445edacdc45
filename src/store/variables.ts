// Variables and the keys of persons, in D1, sealed both. Written by the person's `Account` only; nothing
// here can open them.

import * as z from 'zod'

export const SealedPersonKey = z.strictObject({ master: z.string(), sealed: z.string() })
export type SealedPersonKey = z.infer<typeof SealedPersonKey>

/** That a variable has a value, and since when (milliseconds). */
export const VariableName = z.strictObject({
  source: z.string(),
  key: z.string(),
  set_at: z.number().int(),
})
export type VariableName = z.infer<typeof VariableName>

export const SealedVariable = z.strictObject({ key: z.string(), sealed: z.string() })
export type SealedVariable = z.infer<typeof SealedVariable>

export class SealedVariables {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  async names(person: string): Promise<VariableName[]> {
    const { results } = await this.#db
      .prepare('SELECT source, key, set_at FROM variables WHERE person = ?1 ORDER BY source, key')
      .bind(person)
      .all()
    return results.map((row) => VariableName.parse(row))
  }

  async ofSource(person: string, source: string): Promise<SealedVariable[]> {
    const { results } = await this.#db
      .prepare('SELECT key, sealed FROM variables WHERE person = ?1 AND source = ?2 ORDER BY key')
      .bind(person, source)
      .all()
    return results.map((row) => SealedVariable.parse(row))
  }

  async personKey(person: string): Promise<SealedPersonKey | null> {
    const row = await this.#db
      .prepare('SELECT master, sealed FROM person_keys WHERE person = ?1')
      .bind(person)
      .first()
    return row === null ? null : SealedPersonKey.parse(row)
  }

  /** The same key sealed anew. Does nothing where the row is no longer the one that was read. */
  async renewPersonKey(
    person: string,
    before: SealedPersonKey,
    after: SealedPersonKey,
  ): Promise<void> {
    await this.#db
      .prepare(
        `UPDATE person_keys SET master = ?1, sealed = ?2
         WHERE person = ?3 AND master = ?4 AND sealed = ?5`,
      )
      .bind(after.master, after.sealed, person, before.master, before.sealed)
      .run()
  }

  /** Fails where the person has a key: what was sealed with it would be lost. */
  personKeyEntry(person: string, { master, sealed }: SealedPersonKey): D1PreparedStatement {
    return this.#db
      .prepare('INSERT INTO person_keys (person, master, sealed) VALUES (?1, ?2, ?3)')
      .bind(person, master, sealed)
  }

  entry(person: string, source: string, variable: SealedVariable, at: number): D1PreparedStatement {
    return this.#db
      .prepare(
        `INSERT INTO variables (person, source, key, sealed, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (person, source, key) DO UPDATE SET sealed = ?4, set_at = ?5`,
      )
      .bind(person, source, variable.key, variable.sealed, at)
  }

  /** Of one key, or of every key of a source. The last value of a person takes the person's key along. */
  removal(person: string, source: string, key: string | null): D1PreparedStatement[] {
    return [
      this.#db
        .prepare(
          'DELETE FROM variables WHERE person = ?1 AND source = ?2 AND (?3 IS NULL OR key = ?3)',
        )
        .bind(person, source, key),
      this.#db
        .prepare(
          `DELETE FROM person_keys WHERE person = ?1
           AND NOT EXISTS (SELECT 1 FROM variables WHERE person = ?1)`,
        )
        .bind(person),
    ]
  }
}
