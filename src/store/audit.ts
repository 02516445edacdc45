// The audit chains in D1: copies of what the persons' `Account` objects sealed. Rows are added and never
// changed; only texts can be forgotten.

import * as z from 'zod'
import type { AuditKind } from '../audit/event.ts'
import { ADMINISTRATIVE } from '../audit/event.ts'
import { Hex32 } from '../audit/hash.ts'
import type { AuditRecord } from '../audit/record.ts'
import { AuditBody, AuditTexts } from '../audit/record.ts'

const Row = z.object({
  body: z.string(),
  hash: Hex32,
  salt: z.string().nullable(),
  texts: z.string().nullable(),
})

/** Characters of records read at once, but for the last of them. */
const PAGE_CHARS = 4 * 1024 * 1024

/** What is in D1 is not what the account sealed: somebody else wrote there, or the object lost its state. */
export class AuditDiverged extends Error {
  readonly code = 'audit-diverged'
}

export class AuditStore {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /** In order. Idempotent for the same records; others in their place are a fault. */
  async copy(person: string, records: readonly AuditRecord[]): Promise<void> {
    const last = records.at(-1)
    if (last === undefined) return
    const record = this.#db.prepare(
      `INSERT INTO audit (chain, seq, kind, at, prev, hash, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
       ON CONFLICT DO NOTHING`,
    )
    const texts = this.#db.prepare(
      `INSERT INTO audit_texts (chain, seq, at, salt, texts) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT DO NOTHING`,
    )
    const { chain, seq } = last.body
    const results = await this.#db.batch([
      ...records.flatMap(({ body, hash, private: kept }) => {
        const { chain, seq, kind, at, prev } = body
        const row = record.bind(chain, seq, kind, at, prev, hash, JSON.stringify(body))
        if (kept === null) return [row]
        return [row, texts.bind(chain, seq, at, kept.salt, JSON.stringify(kept.texts))]
      }),
      ...(records.some(({ body }) => isAdministrative(body.kind))
        ? [this.#db.prepare(ADMINISTRATOR).bind(chain, person)]
        : []),
      this.#db.prepare('SELECT hash FROM audit WHERE chain = ?1 AND seq = ?2').bind(chain, seq),
    ])
    const [stored] = results.at(-1)?.results ?? []
    if (z.object({ hash: Hex32 }).parse(stored).hash === last.hash) return
    throw new AuditDiverged('the stored chain is not the one of the account')
  }

  /** As many of them from the first on as may be read at once. */
  async page(chain: string, from: number, to: number): Promise<AuditRecord[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT body, hash, salt, texts FROM (
           SELECT seq, body, hash, salt, texts, sum(length(body) + ifnull(length(texts), 0))
             OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
           FROM audit LEFT JOIN audit_texts USING (chain, seq)
           WHERE chain = ?1 AND seq BETWEEN ?2 AND ?3)
         WHERE ifnull(before, 0) < ?4 ORDER BY seq`,
      )
      .bind(chain, from, to, PAGE_CHARS)
      .all()
    return results.map((row) => {
      const { body, hash, salt, texts } = Row.parse(row)
      const kept = salt === null || texts === null ? null : { salt, texts: JSON.parse(texts) }
      return {
        body: AuditBody.parse(JSON.parse(body)),
        hash,
        private: AuditTexts.nullable().parse(kept),
      }
    })
  }

  async hashAt(chain: string, seq: number): Promise<string> {
    const row = await this.#db
      .prepare('SELECT hash FROM audit WHERE chain = ?1 AND seq = ?2')
      .bind(chain, seq)
      .first()
    return z.object({ hash: Hex32 }).parse(row).hash
  }

  /** The last record that is older than `at`; 0: there is none. */
  async lastBefore(chain: string, at: number): Promise<number> {
    const row = await this.#db
      .prepare('SELECT max(seq) AS seq FROM audit_texts WHERE chain = ?1 AND at < ?2')
      .bind(chain, at)
      .first()
    return z.object({ seq: z.number().int().nullable() }).parse(row).seq ?? 0
  }

  async forgetTexts(chain: string, through: number): Promise<void> {
    await this.#db
      .prepare('DELETE FROM audit_texts WHERE chain = ?1 AND seq <= ?2')
      .bind(chain, through)
      .run()
  }

  /** When the oldest text behind record `seq` was recorded. */
  async oldestTextAfter(chain: string, seq: number): Promise<number | null> {
    const row = await this.#db
      .prepare('SELECT min(at) AS at FROM audit_texts WHERE chain = ?1 AND seq > ?2')
      .bind(chain, seq)
      .first()
    return z.object({ at: z.number().int().nullable() }).parse(row).at
  }

  /** People in whose chains something was done to the server. */
  async administrators(): Promise<string[]> {
    const rows = this.#db.prepare('SELECT person FROM audit_administrators ORDER BY chain')
    const { results } = await rows.all()
    return results.map((row) => z.object({ person: z.string() }).parse(row).person)
  }
}

const ADMINISTRATOR = `INSERT INTO audit_administrators (chain, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING`

const isAdministrative = (kind: string): boolean => ADMINISTRATIVE.has(kind as AuditKind)
