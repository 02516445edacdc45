// What a person has connected to services, in D1. Written by the person's `Account` only; no token is here.

import * as z from 'zod'
import type { Digest } from '../component/digest.ts'
import { isDigest } from '../component/digest.ts'
import { PlacementInput } from '../policy/secret.ts'

export const Connection = z.strictObject({
  id: z.string(),
  source: z.string(),
  digest: z.string().refine(isDigest),
  service: z.string(),
  /** What the person agreed to of the service: described in another way, it is another one. */
  terms: z.string(),
  scopes: z.array(z.string()),
  hosts: z.array(z.string()),
  placement: PlacementInput,
  /** In the service's words; `null`: it did not say. */
  who: z.string().nullable(),
  made_at: z.number().int(),
})
export type Connection = z.infer<typeof Connection>

export class ConnectionStore {
  readonly #db: D1Database
  readonly #person: string

  constructor(db: D1Database, person: string) {
    this.#db = db
    this.#person = person
  }

  async all(): Promise<Connection[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT id, source, digest, service, terms, scopes, hosts, placement, who, made_at
         FROM connections WHERE person = ?1 ORDER BY source, service`,
      )
      .bind(this.#person)
      .all()
    return results.map(({ scopes, hosts, placement, ...row }) =>
      Connection.parse({
        ...row,
        scopes: json(scopes),
        hosts: json(hosts),
        placement: json(placement),
      }),
    )
  }

  /** In the place of another one of the same component and service. */
  entry(connection: Connection): D1PreparedStatement[] {
    const { id, source, digest, service, terms, scopes, hosts, placement } = connection
    const { who, made_at } = connection
    return [
      this.#db
        .prepare('DELETE FROM connections WHERE person = ?1 AND source = ?2 AND service = ?3')
        .bind(this.#person, source, service),
      this.#db
        .prepare(
          `INSERT INTO connections
             (id, person, source, digest, service, terms, scopes, hosts, placement, who, made_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
        )
        .bind(
          ...[id, this.#person, source, digest, service, terms],
          ...[JSON.stringify(scopes), JSON.stringify(hosts), JSON.stringify(placement)],
          ...[who, made_at],
        ),
    ]
  }

  removal(ids: readonly string[]): D1PreparedStatement[] {
    return ids.map((id) =>
      this.#db
        .prepare('DELETE FROM connections WHERE person = ?1 AND id = ?2')
        .bind(this.#person, id),
    )
  }

  removalOfSource(source: string): D1PreparedStatement {
    return this.#db
      .prepare('DELETE FROM connections WHERE person = ?1 AND source = ?2')
      .bind(this.#person, source)
  }

  /** What was agreed to for one version holds for another. */
  carry(source: string, to: Digest): D1PreparedStatement {
    return this.#db
      .prepare('UPDATE connections SET digest = ?3 WHERE person = ?1 AND source = ?2')
      .bind(this.#person, source, to)
  }
}

function json(text: unknown): unknown {
  return JSON.parse(z.string().parse(text))
}
