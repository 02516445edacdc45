// Codes and refresh tokens that clients have used, inside the person's `Account`. Whoever uses one again when its time
// is over shows that two have it (OAuth 2.1 §4.1.3, §4.3.1); the token store, being late, may not know.

/** Part of the object's schema. */
export const SPENT_CREDENTIALS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS spent_credentials (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    oauth_grant TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE INDEX IF NOT EXISTS spent_credentials_by_grant ON spent_credentials (oauth_grant, seq);
`

/** Of one grant, the latest: more than an hourly client refreshes in its life. An older one is refused, and no more. */
const MAX_OF_A_GRANT = 1_000

export interface Credential {
  /** A code is good once; a refresh token until its successor is used, as its answer may have been lost. */
  readonly kind: 'code' | 'refresh'
  readonly grant: string
  /** SHA-256 in hex. */
  readonly digest: string
}

export class SpentCredentials {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  has({ grant, digest }: Credential): boolean {
    return this.#seqOf(grant, digest) !== null
  }

  /** It was used before, and its time is over. */
  isReplay({ kind, grant, digest }: Credential): boolean {
    const seq = this.#seqOf(grant, digest)
    if (seq === null) return false
    if (kind === 'code') return true
    const later = this.#sql.exec(
      'SELECT 1 FROM spent_credentials WHERE oauth_grant = ?1 AND seq > ?2 LIMIT 1',
      grant,
      seq,
    )
    return later.toArray().length > 0
  }

  spend({ grant, digest }: Credential): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO spent_credentials (oauth_grant, digest) VALUES (?1, ?2)',
      grant,
      digest,
    )
    this.#sql.exec(
      `DELETE FROM spent_credentials WHERE oauth_grant = ?1 AND seq <=
         (SELECT seq FROM spent_credentials WHERE oauth_grant = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
      grant,
      MAX_OF_A_GRANT,
    )
  }

  /** Of grants that are over nothing is kept. */
  keep(grants: readonly string[]): void {
    this.#sql.exec(
      'DELETE FROM spent_credentials WHERE oauth_grant NOT IN (SELECT value FROM json_each(?1))',
      JSON.stringify(grants),
    )
  }

  #seqOf(grant: string, digest: string): number | null {
    const [spent] = this.#sql
      .exec<{ seq: number }>(
        'SELECT seq FROM spent_credentials WHERE digest = ?1 AND oauth_grant = ?2',
        digest,
        grant,
      )
      .toArray()
    return spent?.seq ?? null
  }
}
