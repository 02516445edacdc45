// Variables in D1, sealed. Written by the person's `Account` only; nothing here can open them.

import * as z from 'zod'

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

  entry(person: string, source: string, variable: SealedVariable, at: number): D1PreparedStatement {
    return this.#db
      .prepare(
        `INSERT INTO variables (person, source, key, sealed, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (person, source, key) DO UPDATE SET sealed = ?4, set_at = ?5`,
      )
      .bind(person, source, variable.key, variable.sealed, at)
  }

  /** Of one key, or of every key of a source. */
  removal(person: string, source: string, key: string | null): D1PreparedStatement {
    return this.#db
      .prepare(
        'DELETE FROM variables WHERE person = ?1 AND source = ?2 AND (?3 IS NULL OR key = ?3)',
      )
      .bind(person, source, key)
  }
}
