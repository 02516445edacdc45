// The questions that lead to grants, in D1. Written by the person's `Account` only.

import * as z from 'zod'
import { isDigest } from '../component/digest.ts'
import { GrantKind } from './grants.ts'

/** Asks where no client does: the person themselves, on a page. No OAuth client has such an id. */
export const CONSOLE_CLIENT = 'console'

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
  /** Of the refused call, as the person sees them; null: there was none, or nothing is left to decide. */
  arguments: z.string().nullable(),
  arguments_digest: z.string(),
  asked_at: z.number().int(),
  expires_at: z.number().int(),
  decision: z.enum(['allow', 'deny']).nullable(),
  decided_at: z.number().int().nullable(),
})
export type Approval = z.infer<typeof Approval>

/** Milliseconds that a question which nobody decided is kept beyond its time, so that its page can say so. */
const EXPIRED_KEPT_MS = 24 * 3_600_000

const Id = z.object({ id: z.string() })
const Open = z.object({ open: z.number().int(), chars: z.number().int() })

const COLUMNS_OF_A_LIST = Object.keys(Approval.shape)
  .map((name) => (name === 'arguments' ? 'NULL AS arguments' : name))
  .join(', ')

const SAME_QUESTION = `person = ?1 AND client = ?2 AND owner = ?3 AND source = ?4 AND digest = ?5
  AND permission = ?6 AND rule = ?7 AND tool = ?8 AND arguments_digest = ?9 AND decision IS NULL`

export class Approvals {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /** The open question for the same thing; `null`: there is none. */
  async same(approval: Approval, at: number): Promise<Approval | null> {
    const row = await this.#db
      .prepare(`SELECT * FROM approvals WHERE ${SAME_QUESTION} AND expires_at > ?10`)
      .bind(...keyOf(approval), at)
      .first()
    return row === null ? null : Approval.parse(row)
  }

  /**
   * The open question for the same thing if there is one, else the given one, written. What of the person's nobody
   * decided in time goes: its arguments at once, the rest a day later.
   */
  async ask(approval: Approval, at: number): Promise<Approval> {
    const { person } = approval
    const key = keyOf(approval)
    await this.#db.batch([
      this.#db
        .prepare(
          `UPDATE approvals SET arguments = NULL
           WHERE person = ?1 AND decision IS NULL AND expires_at <= ?2 AND arguments IS NOT NULL`,
        )
        .bind(person, at),
      this.#db
        .prepare(
          'DELETE FROM approvals WHERE person = ?1 AND decision IS NULL AND expires_at <= ?2',
        )
        .bind(person, at - EXPIRED_KEPT_MS),
      this.#db
        .prepare(`DELETE FROM approvals WHERE ${SAME_QUESTION} AND expires_at <= ?10`)
        .bind(...key, at),
      this.#db
        .prepare(
          `INSERT INTO approvals (person, client, owner, source, digest, permission, rule, tool,
             arguments_digest, id, client_name, component, arguments, asked_at, expires_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
           ON CONFLICT DO NOTHING`,
        )
        .bind(
          ...key,
          approval.id,
          approval.client_name,
          approval.component,
          approval.arguments,
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

  /** Without their arguments, which may be long. */
  async open(person: string, at: number): Promise<Approval[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT ${COLUMNS_OF_A_LIST} FROM approvals WHERE person = ?1 AND decision IS NULL AND expires_at > ?2
         ORDER BY asked_at DESC LIMIT 100`,
      )
      .bind(person, at)
      .all()
    return results.map((row) => Approval.parse(row))
  }

  /** Denies whatever a source, or the same bytes from elsewhere, still ask; answers with what that was. */
  async denyComponent(person: string, source: string, digest: string, at: number) {
    return await this.#denyAll('(source = ?3 OR digest = ?4)', [source, digest], person, at)
  }

  /** The same for whatever is still asked through a client. */
  async denyClient(person: string, client: string, at: number): Promise<string[]> {
    return await this.#denyAll('client = ?3', [client], person, at)
  }

  async #denyAll(
    which: string,
    values: readonly string[],
    person: string,
    at: number,
  ): Promise<string[]> {
    const { results } = await this.#db
      .prepare(
        `UPDATE approvals SET decision = 'deny', decided_at = ?2, arguments = NULL
         WHERE person = ?1 AND ${which} AND decision IS NULL AND expires_at > ?2 RETURNING id`,
      )
      .bind(person, at, ...values)
      .all()
    return results.map((row) => Id.parse(row).id)
  }

  /** Nobody is there any more whom an answer would help: whatever the source still asks has expired. */
  expireAll(person: string, source: string, at: number): D1PreparedStatement {
    return this.#db
      .prepare(
        `UPDATE approvals SET expires_at = ?3, arguments = NULL
         WHERE person = ?1 AND source = ?2 AND decision IS NULL AND expires_at > ?3`,
      )
      .bind(person, source, at)
  }

  /** The same of whatever is still asked through a client; answers with what that was. */
  async expireClient(person: string, client: string, at: number): Promise<string[]> {
    const { results } = await this.#db
      .prepare(
        `UPDATE approvals SET expires_at = ?3, arguments = NULL
         WHERE person = ?1 AND client = ?2 AND decision IS NULL AND expires_at > ?3 RETURNING id`,
      )
      .bind(person, client, at)
      .all()
    return results.map((row) => Id.parse(row).id)
  }

  /** Open questions of a source, and characters of the arguments of all that are open for the person. */
  async countOpen(
    person: string,
    source: string,
    at: number,
  ): Promise<{ readonly open: number; readonly chars: number }> {
    const row = await this.#db
      .prepare(
        `SELECT count(*) FILTER (WHERE source = ?2) AS open,
           coalesce(sum(length(arguments)), 0) AS chars
         FROM approvals WHERE person = ?1 AND decision IS NULL AND expires_at > ?3`,
      )
      .bind(person, source, at)
      .first()
    return Open.parse(row)
  }

  /** Single use by the WHERE clause; `Grants.entry` of the same batch hangs on it. */
  decision(approval: Approval, decision: 'allow' | 'deny', at: number): D1PreparedStatement {
    return this.#db
      .prepare(
        `UPDATE approvals SET decision = ?1, decided_at = ?2, arguments = NULL
         WHERE id = ?3 AND person = ?4 AND decision IS NULL AND expires_at > ?2`,
      )
      .bind(decision, at, approval.id, approval.person)
  }
}

/** Of `SAME_QUESTION`. */
function keyOf(approval: Approval): string[] {
  const { person, client, owner, source, digest, permission, rule, tool } = approval
  return [person, client, owner, source, digest, permission, rule, tool, approval.arguments_digest]
}
