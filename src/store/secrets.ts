// Secrets in D1: what they are bound to, and their sealed values. Written by the person's `Account` only; nothing
// here can open them.

import * as z from 'zod'
import { isDigest } from '../component/digest.ts'
import type { SecretBinding } from '../policy/secret.ts'
import { StoredBinding } from '../policy/secret.ts'

const Columns = z.object({
  source: z.string(),
  name: z.string(),
  /** Of the version that the person has let use it. */
  digest: z.string().refine(isDigest),
  binding: z.string(),
  set_at: z.number().int(),
})

/** That there is a secret, what it is bound to, and since when (milliseconds). Never its value. */
export interface SecretRow extends Omit<z.infer<typeof Columns>, 'binding'> {
  readonly binding: SecretBinding
}

const Kept = z.object({
  name: z.string(),
  binding: z.string(),
  sealed: z.string(),
  set_at: z.number().int(),
})
/** A value at rest. `binding` as the row has it: it was sealed for that. */
export type SealedSecret = z.infer<typeof Kept>

export interface NewSecret {
  readonly source: string
  readonly name: string
  readonly digest: string
  readonly binding: string
  readonly sealed: string
  /** Later than that of the one whose place it takes. */
  readonly at: number
}

export class SecretRows {
  readonly #db: D1Database
  readonly #person: string

  constructor(db: D1Database, person: string) {
    this.#db = db
    this.#person = person
  }

  /** A binding that cannot be read is a fault: whoever wrote it has meant something. */
  async all(): Promise<SecretRow[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT source, name, digest, binding, set_at FROM secrets
         WHERE person = ?1 ORDER BY source, name`,
      )
      .bind(this.#person)
      .all()
    return results.map((row) => {
      const { binding, ...rest } = Columns.parse(row)
      return { ...rest, binding: StoredBinding.parse(JSON.parse(binding)) }
    })
  }

  /** Of this version of the source. */
  async sealed(source: string, digest: string): Promise<SealedSecret[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT name, binding, sealed, set_at FROM secrets
         WHERE person = ?1 AND source = ?2 AND digest = ?3 ORDER BY name`,
      )
      .bind(this.#person, source, digest)
      .all()
    return results.map((row) => Kept.parse(row))
  }

  /** In the place of one of the same name. */
  entry({ source, name, digest, binding, sealed, at }: NewSecret): D1PreparedStatement {
    return this.#db
      .prepare(
        `INSERT OR REPLACE INTO secrets
           (person, source, name, digest, binding, sealed, set_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
      )
      .bind(this.#person, source, name, digest, binding, sealed, at)
  }

  /** Every secret of the source is for this version now. */
  carry(source: string, digest: string): D1PreparedStatement {
    return this.#db
      .prepare('UPDATE secrets SET digest = ?3 WHERE person = ?1 AND source = ?2')
      .bind(this.#person, source, digest)
  }

  /** Of one name, or of every name of a source. */
  removal(source: string, name: string | null): D1PreparedStatement {
    return this.#db
      .prepare(
        'DELETE FROM secrets WHERE person = ?1 AND source = ?2 AND (?3 IS NULL OR name = ?3)',
      )
      .bind(this.#person, source, name)
  }
}
