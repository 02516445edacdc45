// The questions that lead to grants, in D1. Written by the person's `Account` only.

import * as z from 'zod'
import { isDigest } from '../component/digest.ts'
import { GrantKind } from './grants.ts'

export const Approval = z.strictObject({
  id: z.string(),
  person: z.string(),
  client: z.string(),
  client_name: z.string(),
  /** Whose session asked (`policy/life.ts`). */
  owner: z.string(),
  component: z.string(),
  source: z.string(),
  digest: z.string().refine(isDigest),
  tool: z.string(),
  permission: GrantKind,
  rule: z.string(),
  asked_at: z.number().int(),
  expires_at: z.number().int(),
  decision: z.enum(['allow', 'deny']).nullable(),
  decided_at: z.number().int().nullable(),
})
export type Approval = z.infer<typeof Approval>

const SAME_QUESTION = `person = ?1 AND client = ?2 AND owner = ?3 AND source = ?4 AND digest = ?5
  AND permission = ?6 AND rule = ?7 AND decision IS NULL`

export class Approvals {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /** The open question for the same thing if there is one, else the given one, written. */
  async ask(approval: Approval, at: number): Promise<Approval> {
    const { person, client, owner, source, digest, permission, rule } = approval
    const key = [person, client, owner, source, digest, permission, rule]
    await this.#db.batch([
      this.#db
        .prepare(`DELETE FROM approvals WHERE ${SAME_QUESTION} AND expires_at <= ?8`)
        .bind(...key, at),
      this.#db
        .prepare(
          `INSERT INTO approvals (person, client, owner, source, digest, permission, rule, id, client_name,
             component, tool, asked_at, expires_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
           ON CONFLICT DO NOTHING`,
        )
        .bind(
          ...key,
          approval.id,
          approval.client_name,
          approval.component,
          approval.tool,
          approval.asked_at,
          approval.expires_at,
        ),
    ])
    const row = await this.#db
      .prepare(`SELECT * FROM approvals WHERE ${SAME_QUESTION}`)
      .bind(...key)
      .first()
    return Approval.parse(row)
  }

  /** `null` for an id that does not exist or is another person's: the two look the same. */
  async find(person: string, id: string): Promise<Approval | null> {
    const row = await this.#db
      .prepare('SELECT * FROM approvals WHERE id = ?1 AND person = ?2')
      .bind(id, person)
      .first()
    return row === null ? null : Approval.parse(row)
  }

  async open(person: string, at: number): Promise<Approval[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT * FROM approvals WHERE person = ?1 AND decision IS NULL AND expires_at > ?2
         ORDER BY asked_at DESC LIMIT 100`,
      )
      .bind(person, at)
      .all()
    return results.map((row) => Approval.parse(row))
  }

  /** Single use by the WHERE clause; `Grants.entry` of the same batch hangs on it. */
  decision(approval: Approval, decision: 'allow' | 'deny', at: number): D1PreparedStatement {
    return this.#db
      .prepare(
        `UPDATE approvals SET decision = ?1, decided_at = ?2
         WHERE id = ?3 AND person = ?4 AND decision IS NULL AND expires_at > ?2`,
      )
      .bind(decision, at, approval.id, approval.person)
  }
}
