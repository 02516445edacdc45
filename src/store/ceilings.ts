// What the host of this server allows at the most, in D1. Written by the host's routes only.

import * as z from 'zod'
import { DEFAULT_CEILING } from '../policy/ceiling.ts'
import { parsePolicy } from '../policy/document.ts'
import { printPolicy } from '../policy/document-print.ts'
import type { PolicyWarning } from '../policy/document-warnings.ts'
import { warningsOf } from '../policy/document-warnings.ts'
import type { PolicyFault } from '../policy/fault.ts'
import type { Result } from '../policy/result.ts'
import { ok } from '../policy/result.ts'

export const CeilingScope = z.enum(['everyone', 'component', 'person'])
export type CeilingScope = z.infer<typeof CeilingScope>

export const Ceiling = z.strictObject({
  scope: CeilingScope,
  /** Of a person: their issuer, empty for the first that the host configured. */
  issuer: z.string(),
  /** Source of the component, subject of the person at the issuer; empty for everyone. */
  subject: z.string(),
  /** As the host wrote it. */
  document: z.string(),
  written_by: z.string(),
  written_at: z.number().int(),
})
export type Ceiling = z.infer<typeof Ceiling>

export type CeilingKey = Pick<Ceiling, 'scope' | 'issuer' | 'subject'>

/** What holds where the host has said nothing, as a text. */
export function defaultCeiling(): string {
  return printPolicy(DEFAULT_CEILING)
}

export { MAX_POLICY_BYTES } from '../policy/yaml.ts'

export class Ceilings {
  readonly #db: D1Database
  readonly #firstIssuer: string

  /** `firstIssuer`: whose people are named without an issuer. */
  constructor(db: D1Database, firstIssuer: string) {
    this.#db = db
    this.#firstIssuer = firstIssuer.replace(/\/+$/, '')
  }

  /** Those that may apply to a call of the person: of everyone, of theirs, of what they have loaded. */
  async about(person: string): Promise<Ceiling[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT * FROM ceilings WHERE scope = 'everyone'
         OR (scope = 'person' AND EXISTS (
           SELECT 1 FROM people WHERE people.id = ?1 AND people.subject = ceilings.subject
           AND rtrim(people.issuer, '/') = CASE ceilings.issuer WHEN '' THEN ?2 ELSE rtrim(ceilings.issuer, '/') END))
         OR (scope = 'component' AND subject IN (SELECT source FROM installs WHERE person = ?1))
         ORDER BY scope, issuer, subject`,
      )
      .bind(person, this.#firstIssuer)
      .all()
    return results.map((row) => Ceiling.parse(row))
  }

  async all(): Promise<Ceiling[]> {
    const { results } = await this.#db
      .prepare('SELECT * FROM ceilings ORDER BY scope, issuer, subject')
      .all()
    return results.map((row) => Ceiling.parse(row))
  }

  async find({ scope, issuer, subject }: CeilingKey): Promise<Ceiling | null> {
    const row = await this.#db
      .prepare('SELECT * FROM ceilings WHERE scope = ?1 AND issuer = ?2 AND subject = ?3')
      .bind(scope, issuer, subject)
      .first()
    return row === null ? null : Ceiling.parse(row)
  }

  /** Only what is a policy is written: else all that is wrong with it. */
  async put(
    { scope, issuer, subject }: CeilingKey,
    text: string | Uint8Array,
    { by, at }: { readonly by: string; readonly at: number },
  ): Promise<Result<readonly PolicyWarning[], readonly PolicyFault[]>> {
    const policy = parsePolicy(text)
    if (!policy.ok) return policy
    const document = typeof text === 'string' ? text : new TextDecoder().decode(text)
    await this.#db
      .prepare(
        `INSERT OR REPLACE INTO ceilings (scope, issuer, subject, document, written_by, written_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
      )
      .bind(scope, issuer, subject, document, by, at)
      .run()
    return ok(warningsOf(policy.value))
  }

  /** False when there was none. */
  async remove({ scope, issuer, subject }: CeilingKey): Promise<boolean> {
    const { meta } = await this.#db
      .prepare('DELETE FROM ceilings WHERE scope = ?1 AND issuer = ?2 AND subject = ?3')
      .bind(scope, issuer, subject)
      .run()
    return meta.changes > 0
  }
}
