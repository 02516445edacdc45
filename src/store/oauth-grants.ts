// What people allowed their clients, in D1, for as long as it lasts. Written by the person's `Account` only.

import * as z from 'zod'

export const OAuthGrant = z.strictObject({
  /** The authorization server's: part of every code and token that came of it. */
  id: z.string(),
  client: z.string(),
  /** As it was shown to the person. */
  client_name: z.string(),
  /** Without the port, where it is the person's own computer. */
  redirect_uri: z.string(),
  scopes: z.array(z.string()),
  /** Unix milliseconds, both. */
  granted_at: z.number().int(),
  ends_at: z.number().int(),
})
export type OAuthGrant = z.infer<typeof OAuthGrant>

const Row = OAuthGrant.extend({ scopes: z.string() })

const Replaced = z.strictObject({ id: z.string() })

const COLUMNS = 'id, client, client_name, redirect_uri, scopes, granted_at, ends_at'

export class OAuthGrants {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /** In the order in which they were allowed, those that have ended by themselves included. */
  async of(person: string): Promise<OAuthGrant[]> {
    const { results } = await this.#db
      .prepare(`SELECT ${COLUMNS} FROM oauth_grants WHERE person = ?1 ORDER BY granted_at, id`)
      .bind(person)
      .all()
    return results.map(parse)
  }

  /** `null`: there is none, or none any more. */
  async find(person: string, id: string): Promise<OAuthGrant | null> {
    const row = await this.#db
      .prepare(`SELECT ${COLUMNS} FROM oauth_grants WHERE person = ?1 AND id = ?2`)
      .bind(person, id)
      .first()
    return row === null ? null : parse(row)
  }

  /**
   * In the place of what the client had before; the ids of that. A client with a document has one grant for each
   * address: two of them may be two programs. Any other has one, wherever it listens this time.
   */
  async put(person: string, grant: OAuthGrant): Promise<readonly string[]> {
    const { id, client, client_name, redirect_uri, scopes, granted_at, ends_at } = grant
    const [, replaced] = await this.#db.batch([
      this.#db
        .prepare('DELETE FROM oauth_grants WHERE person = ?1 AND ends_at <= ?2')
        .bind(person, granted_at),
      this.#db
        .prepare(
          `DELETE FROM oauth_grants
           WHERE person = ?1 AND client = ?2 AND (redirect_uri = ?3 OR client NOT LIKE 'https:%') RETURNING id`,
        )
        .bind(person, client, redirect_uri),
      this.#db
        .prepare(
          `INSERT INTO oauth_grants (person, ${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
        )
        .bind(
          person,
          id,
          client,
          client_name,
          redirect_uri,
          JSON.stringify(scopes),
          granted_at,
          ends_at,
        ),
    ])
    return (replaced?.results ?? []).map((row) => Replaced.parse(row).id)
  }

  async end(person: string, id: string): Promise<void> {
    await this.#db
      .prepare('DELETE FROM oauth_grants WHERE person = ?1 AND id = ?2')
      .bind(person, id)
      .run()
  }

  async endClient(person: string, client: string): Promise<void> {
    await this.#db
      .prepare('DELETE FROM oauth_grants WHERE person = ?1 AND client = ?2')
      .bind(person, client)
      .run()
  }
}

function parse(row: unknown): OAuthGrant {
  const { scopes, ...rest } = Row.parse(row)
  return OAuthGrant.parse({ ...rest, scopes: JSON.parse(scopes) as unknown })
}
