// Icons of a person's components, in D1, by the source of the component. Written by the person's `Account` only.
// The pictures are in R2 under their digests.

import * as z from 'zod'
import { isDigest } from '../component/digest.ts'
import { IconType } from '../component/icon.ts'

/** A stored picture, by what is in its bytes. */
export const Icon = z.strictObject({
  digest: z.string().refine(isDigest),
  type: IconType,
  width: z.number().int(),
  height: z.number().int(),
})
export type Icon = z.infer<typeof Icon>

/** A column of JSON, or nothing. */
export const IconColumn = z
  .string()
  .nullable()
  .transform((text): unknown => (text === null ? null : JSON.parse(text)))
  .pipe(Icon.nullable())

export const IconRow = z.strictObject({
  source: z.string(),
  /** With the version that is loaded. */
  brought: IconColumn,
  /** By the person. */
  given: IconColumn,
})
export type IconRow = z.infer<typeof IconRow>

export class IconRows {
  readonly #db: D1Database
  readonly #person: string

  constructor(db: D1Database, person: string) {
    this.#db = db
    this.#person = person
  }

  async all(): Promise<IconRow[]> {
    const { results } = await this.#db
      .prepare('SELECT source, brought, given FROM icons WHERE person = ?1')
      .bind(this.#person)
      .all()
    return results.map((row) => IconRow.parse(row))
  }

  /** `null`: the version that is loaded brings none. */
  bringing(source: string, icon: Icon | null): D1PreparedStatement {
    return this.#put('brought', source, icon)
  }

  /** `null`: the person takes theirs back. */
  giving(source: string, icon: Icon | null): D1PreparedStatement {
    return this.#put('given', source, icon)
  }

  removal(source: string): D1PreparedStatement {
    return this.#db
      .prepare('DELETE FROM icons WHERE person = ?1 AND source = ?2')
      .bind(this.#person, source)
  }

  #put(column: 'brought' | 'given', source: string, icon: Icon | null): D1PreparedStatement {
    return this.#db
      .prepare(
        `INSERT INTO icons (person, source, ${column}) VALUES (?1, ?2, ?3)
         ON CONFLICT (person, source) DO UPDATE SET ${column} = excluded.${column}`,
      )
      .bind(this.#person, source, icon === null ? null : JSON.stringify(icon))
  }
}
