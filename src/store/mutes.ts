// Components that a person does not want to be asked by, in D1. Written by the person's `Account` only.

import * as z from 'zod'

export const Mute = z.strictObject({
  source: z.string(),
  component: z.string(),
  muted_at: z.number().int(),
  /** Unix milliseconds; null: until the person ends it. */
  until: z.number().int().nullable(),
})
export type Mute = z.infer<typeof Mute>

const COLUMNS = 'source, component, muted_at, until'

export class Mutes {
  readonly #db: D1Database
  readonly #person: string

  constructor(db: D1Database, person: string) {
    this.#db = db
    this.#person = person
  }

  async of(at: number): Promise<Mute[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT ${COLUMNS} FROM mutes WHERE person = ?1 AND (until IS NULL OR until > ?2)
         ORDER BY muted_at`,
      )
      .bind(this.#person, at)
      .all()
    return results.map((row) => Mute.parse(row))
  }

  async put({ source, component, muted_at: at, until }: Mute): Promise<void> {
    await this.#db
      .prepare(
        `INSERT INTO mutes (person, ${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET component = ?3, muted_at = ?4, until = ?5`,
      )
      .bind(this.#person, source, component, at, until)
      .run()
  }

  /** False when it was not muted. */
  async end(source: string): Promise<boolean> {
    const { meta } = await this.#db
      .prepare('DELETE FROM mutes WHERE person = ?1 AND source = ?2')
      .bind(this.#person, source)
      .run()
    return meta.changes > 0
  }
}
