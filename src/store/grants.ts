// What a person has granted and denied, in D1. Written by the person's `Account` only: no route and no
// tool holds this class with a pen. Statements are run by it, with what belongs to them, in one batch.

import * as z from 'zod'
import type { Digest } from '../component/digest.ts'
import { isDigest } from '../component/digest.ts'
import { Life } from '../policy/life.ts'

/**
 * `limit`: a bound of a call, `<name> <number>`. `labels`: what calls may bring into a session that then has
 * all labels (`policy/labels.ts`).
 */
export const GrantKind = z.enum(['network', 'storage', 'environment', 'limit', 'labels'])
export type GrantKind = z.infer<typeof GrantKind>

const limit = z.number().int().min(1).nullable()

export const Grant = z.strictObject({
  id: z.string(),
  source: z.string(),
  digest: z.string().refine(isDigest),
  effect: z.enum(['allow', 'deny']),
  permission: GrantKind,
  rule: z.string(),
  life: Life,
  /** Whose session (`policy/life.ts`); null for every other life. */
  owner: z.string().nullable(),
  /** The call that it is for (`policy/life.ts`, `isForRequest`); null: any. */
  request: z.string().nullable(),
  until: z.number().int().nullable(),
  uses: limit,
  calls_an_hour: limit,
  bytes: limit,
  /** The person answered a question, or wrote a policy document. */
  origin: z.enum(['question', 'document']),
  granted_at: z.number().int(),
})
export type Grant = z.infer<typeof Grant>

const COLUMNS =
  'id, source, digest, effect, permission, rule, life, owner, request, until, uses, calls_an_hour, bytes, origin, granted_at'

/** The question that the person answered: who asked it, through which tool. */
export const GrantOrigin = z.strictObject({
  question: z.string(),
  client: z.string(),
  client_name: z.string(),
  tool: z.string(),
  asked_at: z.number().int(),
})
export type GrantOrigin = z.infer<typeof GrantOrigin>
const OriginRow = GrantOrigin.extend({ id: z.string() })

export type RevokedBecause =
  | 'revoked'
  | 'reset'
  | 'unloaded'
  | 'replaced'
  | 'spent'
  | 'session-ended'
  | 'new-version'

/** The bytes that a grant is for. */
export interface Version {
  readonly source: string
  readonly digest: Digest
}

export class Grants {
  readonly #db: D1Database
  readonly #person: string

  constructor(db: D1Database, person: string) {
    this.#db = db
    this.#person = person
  }

  /**
   * Those whose time is over and those that are spent are among them until they are ended. What the person denies or
   * limits of a component that is not loaded waits for it, and is not among them.
   */
  async live(): Promise<Grant[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT ${COLUMNS} FROM grants WHERE person = ?1 AND revoked_at IS NULL
           AND source IN (SELECT source FROM installs WHERE person = ?1)
         ORDER BY granted_at, permission, effect, rule, id`,
      )
      .bind(this.#person)
      .all()
    return results.map((row) => Grant.parse(row))
  }

  /** Of live grants, by their ids: those that a question led to. */
  async origins(): Promise<ReadonlyMap<string, GrantOrigin>> {
    const { results } = await this.#db
      .prepare(
        `SELECT grants.id, approvals.id AS question, approvals.client, client_name, tool, asked_at
         FROM grants JOIN approvals ON approvals.id = grants.approval
         WHERE grants.person = ?1 AND revoked_at IS NULL`,
      )
      .bind(this.#person)
      .all()
    return new Map(
      results.map((row) => {
        const { id, ...origin } = OriginRow.parse(row)
        return [id, origin]
      }),
    )
  }

  /**
   * The person's latest word on a rule takes the place of an earlier one. With `approval`, only when that was
   * allowed by a statement before these in the same batch.
   */
  entry(grant: Grant, approval: string | null): D1PreparedStatement[] {
    const allowed =
      '(?2 IS NULL OR EXISTS (SELECT 1 FROM approvals WHERE id = ?2 AND decision = ?3 AND decided_at = ?4))'
    const word = [this.#person, approval, 'allow', grant.granted_at]
    return [
      this.#db
        .prepare(
          `UPDATE grants SET revoked_at = ?4, revoked_because = 'replaced'
           WHERE person = ?1 AND source = ?5 AND digest = ?6 AND effect = ?7 AND permission = ?8
             AND rule = ?9 AND ifnull(owner, '') = ifnull(?10, '')
             AND ifnull(request, '') = ifnull(?11, '') AND revoked_at IS NULL AND ${allowed}`,
        )
        .bind(
          ...word,
          grant.source,
          grant.digest,
          grant.effect,
          grant.permission,
          grant.rule,
          grant.owner,
          grant.request,
        ),
      this.#db
        .prepare(
          `INSERT INTO grants (person, approval, granted_at, id, source, digest, effect, permission, rule,
             life, owner, until, uses, calls_an_hour, bytes, origin, request)
           SELECT ?1, ?2, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 WHERE ${allowed}`,
        )
        .bind(
          ...word,
          grant.id,
          grant.source,
          grant.digest,
          grant.effect,
          grant.permission,
          grant.rule,
          grant.life,
          grant.owner,
          grant.until,
          grant.uses,
          grant.calls_an_hour,
          grant.bytes,
          grant.origin,
          grant.request,
        ),
    ]
  }

  /** What was made smaller is still what the person was asked for. */
  inheritance(id: string, before: string): D1PreparedStatement {
    return this.#db
      .prepare(
        `UPDATE grants SET approval = (SELECT approval FROM grants WHERE id = ?3 AND person = ?1)
         WHERE id = ?2 AND person = ?1`,
      )
      .bind(this.#person, id, before)
  }

  /** All at once, after whatever they replace has ended. */
  entries(grants: readonly Grant[]): D1PreparedStatement {
    return this.#db
      .prepare(
        `INSERT INTO grants (person, id, source, digest, effect, permission, rule, life, origin, granted_at)
         SELECT ?1, value ->> 'id', value ->> 'source', value ->> 'digest', value ->> 'effect',
           value ->> 'permission', value ->> 'rule', 'always', value ->> 'origin', value ->> 'granted_at'
         FROM json_each(?2)`,
      )
      .bind(this.#person, JSON.stringify(grants))
  }

  end(id: string, why: RevokedBecause, at: number): D1PreparedStatement {
    return this.#ending('id = ?4', [id], why, at)
  }

  /** Of every version. What narrows stays: only the person takes back a denial or a limit. */
  endAllowedOfSource(source: string, why: RevokedBecause, at: number): D1PreparedStatement {
    const which = "source = ?4 AND effect = 'allow' AND permission <> 'limit'"
    return this.#ending(which, [source], why, at)
  }

  /** Of every version: the component is not to be handed this variable any more. */
  endVariable(source: string, key: string, why: RevokedBecause, at: number): D1PreparedStatement {
    const which = "source = ?4 AND rule = ?5 AND permission = 'environment' AND effect = 'allow'"
    return this.#ending(which, [source, key], why, at)
  }

  /** Of every version, what narrows as well. */
  endOfSource(source: string, why: RevokedBecause, at: number): D1PreparedStatement {
    return this.#ending('source = ?4', [source], why, at)
  }

  /** What was granted to one version of a source holds for another instead, but where that has its own word. */
  carry(
    source: string,
    from: Digest,
    { digest: to }: { readonly digest: Digest },
    at: number,
  ): D1PreparedStatement[] {
    return [
      this.#db
        .prepare(
          `UPDATE OR IGNORE grants SET digest = ?4
           WHERE person = ?1 AND source = ?2 AND digest = ?3 AND revoked_at IS NULL`,
        )
        .bind(this.#person, source, from, to),
      ...this.settleOn({ source, digest: to }, at),
    ]
  }

  /**
   * Nothing is for another version of the source any more: what the person denied or limited of any holds for this one,
   * what they allowed to others ends, so that it lies in wait for nobody who loads those again.
   */
  settleOn({ source, digest }: Version, at: number): D1PreparedStatement[] {
    return [
      this.#db
        .prepare(
          `UPDATE OR IGNORE grants SET digest = ?3
           WHERE person = ?1 AND source = ?2 AND digest <> ?3 AND revoked_at IS NULL
             AND (effect = 'deny' OR permission = 'limit')`,
        )
        .bind(this.#person, source, digest),
      this.#ending('source = ?4 AND digest <> ?5', [source, digest], 'new-version', at),
    ]
  }

  #ending(
    which: string,
    values: readonly string[],
    why: RevokedBecause,
    at: number,
  ): D1PreparedStatement {
    return this.#db
      .prepare(
        `UPDATE grants SET revoked_at = ?2, revoked_because = ?3
         WHERE person = ?1 AND ${which} AND revoked_at IS NULL`,
      )
      .bind(this.#person, at, why, ...values)
  }
}
