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
  /** Source of the component, subject of the person at the issuer; empty for everyone. */
  subject: z.string(),
  /** As the host wrote it. */
  document: z.string(),
  written_by: z.string(),
  written_at: z.number().int(),
})
export type Ceiling = z.infer<typeof Ceiling>

export type CeilingKey = Pick<Ceiling, 'scope' | 'subject'>

/** What holds where the host has said nothing, as a text. */
export function defaultCeiling(): string {
  return printPolicy(DEFAULT_CEILING)
}

export { MAX_POLICY_BYTES } from '../policy/yaml.ts'

export class Ceilings {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /** Those that may apply to a call of the person: of everyone, of theirs, of what they have loaded. */
  async about(person: string): Promise<Ceiling[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT * FROM ceilings WHERE scope = 'everyone'
         OR (scope = 'person' AND subject = (SELECT subject FROM people WHERE id = ?1))
         OR (scope = 'component' AND subject IN (SELECT source FROM installs WHERE person = ?1))
         ORDER BY scope, subject`,
      )
      .bind(person)
      .all()
    return results.map((row) => Ceiling.parse(row))
  }

  async all(): Promise<Ceiling[]> {
    const { results } = await this.#db
      .prepare('SELECT * FROM ceilings ORDER BY scope, subject')
      .all()
    return results.map((row) => Ceiling.parse(row))
  }

  async find({ scope, subject }: CeilingKey): Promise<Ceiling | null> {
    const row = await this.#db
      .prepare('SELECT * FROM ceilings WHERE scope = ?1 AND subject = ?2')
      .bind(scope, subject)
      .first()
    return row === null ? null : Ceiling.parse(row)
  }

  /** Only what is a policy is written: else all that is wrong with it. */
  async put(
    { scope, subject }: CeilingKey,
    text: string | Uint8Array,
    { by, at }: { readonly by: string; readonly at: number },
  ): Promise<Result<readonly PolicyWarning[], readonly PolicyFault[]>> {
    const policy = parsePolicy(text)
    if (!policy.ok) return policy
    const document = typeof text === 'string' ? text : new TextDecoder().decode(text)
    await this.#db
      .prepare(
        `INSERT OR REPLACE INTO ceilings (scope, subject, document, written_by, written_at)
         VALUES (?1, ?2, ?3, ?4, ?5)`,
      )
      .bind(scope, subject, document, by, at)
      .run()
    return ok(warningsOf(policy.value))
  }

  /** False when there was none. */
  async remove({ scope, subject }: CeilingKey): Promise<boolean> {
    const { meta } = await this.#db
      .prepare('DELETE FROM ceilings WHERE scope = ?1 AND subject = ?2')
      .bind(scope, subject)
      .run()
    return meta.changes > 0
  }
}
