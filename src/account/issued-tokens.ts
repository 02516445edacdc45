// Which tokens came of a grant, inside the person's `Account`, in their order: whoever gives one back has to have it. The
// token store, being late, may not know it yet, or not any more where the first attempt was told that it failed.

/** Part of the object's schema. */
export const ISSUED_TOKENS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS issued_tokens (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    oauth_grant TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE INDEX IF NOT EXISTS issued_tokens_by_grant ON issued_tokens (oauth_grant, seq);
`

/** Of one grant, the latest: an older one is good for nothing, and ends nothing. */
const MAX_OF_A_GRANT = 200

export class IssuedTokens {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** `digest`: SHA-256 in hex. */
  has(grant: string, digest: string): boolean {
    const found = this.#sql.exec(
      'SELECT 1 FROM issued_tokens WHERE digest = ?1 AND oauth_grant = ?2',
      digest,
      grant,
    )
    return found.toArray().length > 0
  }

  /** `digest`: of a refresh token. Another was issued since. */
  isFollowed(grant: string, digest: string): boolean {
    // Issued in twos, the refresh token last: the one after an access token, if that is presented, came with it.
    const later = this.#sql.exec(
      `SELECT 1 FROM issued_tokens WHERE oauth_grant = ?1 AND seq >
         (SELECT seq FROM issued_tokens WHERE digest = ?2 AND oauth_grant = ?1) LIMIT 1 OFFSET 1`,
      grant,
      digest,
    )
    return later.toArray().length > 0
  }

  add(grant: string, digests: readonly string[]): void {
    for (const digest of digests) {
      this.#sql.exec(
        'INSERT OR IGNORE INTO issued_tokens (oauth_grant, digest) VALUES (?1, ?2)',
        grant,
        digest,
      )
    }
    this.#sql.exec(
      `DELETE FROM issued_tokens WHERE oauth_grant = ?1 AND seq <=
         (SELECT seq FROM issued_tokens WHERE oauth_grant = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
      grant,
      MAX_OF_A_GRANT,
    )
  }

  /** Of grants that are over nothing is kept. */
  keep(grants: readonly string[]): void {
    this.#sql.exec(
      'DELETE FROM issued_tokens WHERE oauth_grant NOT IN (SELECT value FROM json_each(?1))',
      JSON.stringify(grants),
    )
  }
}
