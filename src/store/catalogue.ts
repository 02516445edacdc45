// The components that the host offers to everyone, in D1. Their bytes are in R2 under the digest.

import * as z from 'zod'
import type { Digest } from '../component/digest.ts'
import { isDigest } from '../component/digest.ts'
import { parsePolicy } from '../policy/document.ts'
import type { PolicyFault } from '../policy/fault.ts'
import type { Result } from '../policy/result.ts'
import { ok } from '../policy/result.ts'
import type { Icon } from './icons.ts'
import { IconColumn } from './icons.ts'
import { ranked, scoreOfWords } from './ranking.ts'

export const CatalogueEntry = z.strictObject({
  name: z.string(),
  description: z.string(),
  digest: z.string().refine(isDigest),
  /** Of the text that describes the tools, when one was given. */
  wit: z.string().refine(isDigest).nullable(),
  bytes: z.number().int(),
  policy: z.string().nullable(),
  published_at: z.number().int(),
  /** What the host gives to it. */
  icon: IconColumn,
})
export type CatalogueEntry = z.infer<typeof CatalogueEntry>

/** What a search shows of an entry. */
export const CatalogueListing = CatalogueEntry.pick({
  name: true,
  description: true,
  digest: true,
  icon: true,
})
export type CatalogueListing = z.infer<typeof CatalogueListing>

export const CATALOGUE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/

export class Catalogue {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  async find(name: string): Promise<CatalogueEntry | null> {
    const row = await this.#db.prepare('SELECT * FROM catalogue WHERE name = ?1').bind(name).first()
    return row === null ? null : CatalogueEntry.parse(row)
  }

  /** The row points at bytes that are stored already. A WIT text, a policy and an icon stay while the bytes do. */
  async publish(entry: Omit<CatalogueEntry, 'wit' | 'icon'>): Promise<void> {
    await this.#db
      .prepare(
        `INSERT INTO catalogue (name, description, digest, bytes, policy, published_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (name) DO UPDATE SET description = ?2, digest = ?3, bytes = ?4,
           published_at = ?6, policy = coalesce(?5, iif(digest = ?3, policy, NULL)),
           wit = iif(digest = ?3, wit, NULL), icon = iif(digest = ?3, icon, NULL)`,
      )
      .bind(
        entry.name,
        entry.description,
        entry.digest,
        entry.bytes,
        entry.policy,
        entry.published_at,
      )
      .run()
  }

  /** Names a stored WIT text for these bytes; false when the entry has others by now, or is gone. */
  async describe(name: string, digest: Digest, wit: Digest): Promise<boolean> {
    const { meta } = await this.#db
      .prepare('UPDATE catalogue SET wit = ?3 WHERE name = ?1 AND digest = ?2')
      .bind(name, digest, wit)
      .run()
    return meta.changes > 0
  }

  /** Gives the entry a stored picture, or none; false when it has other bytes by now, or is gone. */
  async illustrate(name: string, digest: Digest, icon: Icon | null): Promise<boolean> {
    const { meta } = await this.#db
      .prepare('UPDATE catalogue SET icon = ?3 WHERE name = ?1 AND digest = ?2')
      .bind(name, digest, icon === null ? null : JSON.stringify(icon))
      .run()
    return meta.changes > 0
  }

  /** What the publisher proposes for these bytes, read strictly; false when the entry is not there (any more). */
  async propose(
    { name, digest }: Pick<CatalogueEntry, 'name' | 'digest'>,
    text: Uint8Array,
  ): Promise<Result<boolean, readonly PolicyFault[]>> {
    const policy = parsePolicy(text)
    if (!policy.ok) return policy
    const { meta } = await this.#db
      .prepare('UPDATE catalogue SET policy = ?3 WHERE name = ?1 AND digest = ?2')
      .bind(name, digest, new TextDecoder().decode(text))
      .run()
    return ok(meta.changes > 0)
  }

  /** What is shown of the entries that a query finds (`ranking.ts`); no query: of all, by name. */
  async search(query: string): Promise<readonly CatalogueListing[]> {
    const { results } = await this.#db
      .prepare('SELECT name, description, digest, icon FROM catalogue ORDER BY name')
      .all()
    const entries = results.map((row) => CatalogueListing.parse(row))
    return ranked(entries, query, score, ({ name }) => name)
  }
}

/** Its uri is its name. */
function score({ name, description }: CatalogueListing, term: string): number {
  const byUri = name.includes(term) ? 5 : 0
  return scoreOfWords(name, description.toLowerCase(), term) + byUri
}
