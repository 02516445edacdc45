// Components whose new version waits for its person, in D1: how the version before looked. Written by the
// person's `Account` only.

import * as z from 'zod'
import { isDigest } from '../component/digest.ts'
import { ToolFace } from '../component/version.ts'

const json = z.string().transform((text): unknown => JSON.parse(text))

export const Waiting = z.strictObject({
  component: z.string(),
  /** Of the version that the grants are for. */
  digest: z.string().refine(isDigest),
  imports: json.pipe(z.array(z.string())),
  tools: json.pipe(z.array(ToolFace)),
  since: z.number().int(),
})
export type Waiting = z.infer<typeof Waiting>

export class WaitingVersions {
  readonly #db: D1Database
  readonly #person: string

  constructor(db: D1Database, person: string) {
    this.#db = db
    this.#person = person
  }

  async all(): Promise<Waiting[]> {
    const { results } = await this.#db
      .prepare('SELECT component, digest, imports, tools, since FROM waiting WHERE person = ?1')
      .bind(this.#person)
      .all()
    return results.map((row) => Waiting.parse(row))
  }

  entry({ component, digest, imports, tools, since }: Waiting): D1PreparedStatement {
    return this.#db
      .prepare('INSERT OR REPLACE INTO waiting VALUES (?1, ?2, ?3, ?4, ?5, ?6)')
      .bind(this.#person, component, digest, JSON.stringify(imports), JSON.stringify(tools), since)
  }

  removal(component: string): D1PreparedStatement {
    return this.#db
      .prepare('DELETE FROM waiting WHERE person = ?1 AND component = ?2')
      .bind(this.#person, component)
  }
}
