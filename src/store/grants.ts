// Grants and the questions that lead to them, in D1. Written by the person's `Account` only: no route
// and no tool holds this class with a pen.

import * as z from 'zod'
import type { Digest } from '../component/digest.ts'
import type { Permission } from '../policy/authority.ts'
import { isDigest } from '../component/digest.ts'

const digest = z.string().refine(isDigest)

export const Grant = z.strictObject({
  id: z.string(),
  source: z.string(),
  digest,
  permission: z.enum(['network', 'storage', 'environment']),
  rule: z.string(),
  granted_at: z.number().int(),
})
export type Grant = z.infer<typeof Grant>

export const Approval = z.strictObject({
  id: z.string(),
  person: z.string(),
  client: z.string(),
  client_name: z.string(),
  component: z.string(),
  source: z.string(),
  digest,
  tool: z.string(),
  permission: z.enum(['network', 'storage', 'environment']),
  rule: z.string(),
  asked_at: z.number().int(),
  expires_at: z.number().int(),
  decision: z.enum(['allow', 'deny']).nullable(),
  decided_at: z.number().int().nullable(),
})
export type Approval = z.infer<typeof Approval>

export type RevokedBecause = 'revoked' | 'reset' | 'unloaded'

export class Grants {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  async live(person: string): Promise<Grant[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT id, source, digest, permission, rule, granted_at FROM grants
         WHERE person = ?1 AND revoked_at IS NULL ORDER BY granted_at, id`,
      )
      .bind(person)
      .all()
    return results.map((row) => Grant.parse(row))
  }

  /** The open question for the same thing if there is one, else the given one, written. */
  async ask(approval: Approval, at: number): Promise<Approval> {
    const { person, client, source, digest: of, permission, rule } = approval
    const key = [person, client, source, of, permission, rule]
    await this.#db.batch([
      this.#db
        .prepare(
          `DELETE FROM approvals WHERE person = ?1 AND client = ?2 AND source = ?3 AND digest = ?4
           AND permission = ?5 AND rule = ?6 AND decision IS NULL AND expires_at <= ?7`,
        )
        .bind(...key, at),
      this.#db
        .prepare(
          `INSERT INTO approvals (id, person, client, client_name, component, source, digest, tool,
             permission, rule, asked_at, expires_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
           ON CONFLICT DO NOTHING`,
        )
        .bind(
          approval.id,
          person,
          client,
          approval.client_name,
          approval.component,
          source,
          of,
          approval.tool,
          permission,
          rule,
          approval.asked_at,
          approval.expires_at,
        ),
    ])
    const row = await this.#db
      .prepare(
        `SELECT * FROM approvals WHERE person = ?1 AND client = ?2 AND source = ?3 AND digest = ?4
         AND permission = ?5 AND rule = ?6 AND decision IS NULL`,
      )
      .bind(...key)
      .first()
    return Approval.parse(row)
  }

  /** `null` for an id that does not exist or is another person's: the two look the same. */
  async approval(person: string, id: string): Promise<Approval | null> {
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

  /**
   * Writes the decision and, for `allow`, the grant and what comes with it, in one transaction. Single use by
   * the WHERE clause: the caller, one at a time, has seen the question open.
   */
  async decide(
    approval: Approval,
    decision: 'allow' | 'deny',
    grantId: string,
    at: number,
    alongside: readonly D1PreparedStatement[] = [],
  ): Promise<boolean> {
    const decided = this.#db
      .prepare(
        `UPDATE approvals SET decision = ?1, decided_at = ?2
         WHERE id = ?3 AND person = ?4 AND decision IS NULL AND expires_at > ?2`,
      )
      .bind(decision, at, approval.id, approval.person)
    const granted = this.#db
      .prepare(
        `INSERT INTO grants (id, person, source, digest, permission, rule, approval, granted_at)
         SELECT ?1, person, source, digest, permission, rule, id, ?2 FROM approvals
         WHERE id = ?3 AND person = ?4 AND decision = 'allow' AND decided_at = ?2
         ON CONFLICT DO NOTHING`,
      )
      .bind(grantId, at, approval.id, approval.person)
    const [first] = await this.#db.batch(
      decision === 'allow' ? [decided, granted, ...alongside] : [decided],
    )
    return (first?.meta.changes ?? 0) > 0
  }

  async revokeRule(
    person: string,
    component: { readonly source: string; readonly digest: Digest },
    permission: Permission,
    rule: string,
    at: number,
  ): Promise<void> {
    await this.#db
      .prepare(
        `UPDATE grants SET revoked_at = ?1, revoked_because = 'revoked' WHERE person = ?2
         AND source = ?3 AND digest = ?4 AND permission = ?5 AND rule = ?6
         AND revoked_at IS NULL`,
      )
      .bind(at, person, component.source, component.digest, permission, rule)
      .run()
  }

  /** Every live grant of a source, whatever its digest. */
  revocation(person: string, source: string, why: RevokedBecause, at: number): D1PreparedStatement {
    return this.#db
      .prepare(
        `UPDATE grants SET revoked_at = ?1, revoked_because = ?2
         WHERE person = ?3 AND source = ?4 AND revoked_at IS NULL`,
      )
      .bind(at, why, person, source)
  }
}
