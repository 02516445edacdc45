// Tokens of a person's connections, sealed, in the SQLite of their `Account`: a token that a service has just
// replaced is durable here before anybody uses it, and no network stands in between.

import * as z from 'zod'

export const CONNECTION_TOKENS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS connection_tokens (
    id TEXT PRIMARY KEY,
    sealed TEXT NOT NULL,
    expires_at INTEGER,
    obtained_at INTEGER NOT NULL,
    lasts INTEGER NOT NULL CHECK (lasts IN (0, 1)),
    doubted INTEGER NOT NULL CHECK (doubted IN (0, 1)),
    broken TEXT
  ) STRICT;
`

/**
 * Why a connection gives no token any more, and only the person can help. `grant-over`: the service takes its refresh
 * token no longer. `no-refresh`: the access token is over, and there never was a refresh token. `bad-answer`: the service
 * answered a refresh with nonsense, so the token may be used up. `service-changed`: it is gone, or described as another.
 */
export const Broken = z.enum(['grant-over', 'no-refresh', 'bad-answer', 'service-changed'])
export type Broken = z.infer<typeof Broken>

export const TokenRow = z.strictObject({
  id: z.string(),
  sealed: z.string(),
  /** Milliseconds; `null`: the service did not say. */
  expires_at: z.number().int().nullable(),
  obtained_at: z.number().int(),
  /** A refresh token is there. */
  lasts: z.number().int(),
  /** A host has refused it since: it is refreshed before it is used again. */
  doubted: z.number().int(),
  broken: Broken.nullable(),
})
export type TokenRow = z.infer<typeof TokenRow>

/** Another one with the same id takes its place. */
type NewToken = Pick<TokenRow, 'id' | 'sealed' | 'expires_at' | 'obtained_at' | 'lasts'>

export class ConnectionTokens {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  find(id: string): TokenRow | null {
    const [row] = this.#sql.exec('SELECT * FROM connection_tokens WHERE id = ?1', id).toArray()
    return row === undefined ? null : TokenRow.parse(row)
  }

  put({ id, sealed, expires_at, obtained_at, lasts }: NewToken): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO connection_tokens (id, sealed, expires_at, obtained_at, lasts, doubted)
       VALUES (?1, ?2, ?3, ?4, ?5, 0)`,
      ...[id, sealed, expires_at, obtained_at, lasts],
    )
  }

  /** As it was. */
  putBack(row: TokenRow): void {
    this.put(row)
    if (row.doubted === 1) this.doubt(row.id)
    if (row.broken !== null) this.break(row.id, row.broken)
  }

  break(id: string, why: Broken): void {
    this.#sql.exec('UPDATE connection_tokens SET broken = ?2 WHERE id = ?1', id, why)
  }

  doubt(id: string): void {
    this.#sql.exec('UPDATE connection_tokens SET doubted = 1 WHERE id = ?1', id)
  }

  remove(id: string): void {
    this.#sql.exec('DELETE FROM connection_tokens WHERE id = ?1', id)
  }

  /** Rows of connections that are gone from D1: the server stopped between the two. */
  keepOnly(ids: readonly string[]): void {
    const known = new Set(ids)
    const rows = this.#sql.exec<{ id: string }>('SELECT id FROM connection_tokens').toArray()
    for (const { id } of rows) if (!known.has(id)) this.remove(id)
  }
}
