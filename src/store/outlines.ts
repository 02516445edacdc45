// What compiling a component yielded, without its modules, kept for those of the catalogue in D1: everyone may load
// them, so that loading one fast tells nobody what another person has uploaded.

import * as z from 'zod'
import type { Digest } from '../component/digest.ts'
import { isDigest } from '../component/digest.ts'
import type { ToolModel } from '../component/tools.ts'
import { LabelSet } from '../policy/labels.ts'
import { Icon } from './icons.ts'

const Content = z.strictObject({
  tools: z.array(z.unknown()),
  skipped: z.array(z.strictObject({ function: z.string(), reason: z.string() })),
  imports: z.array(z.string()),
  labels: LabelSet,
  /** The picture in it, stored. */
  icon: Icon.nullable(),
})

/** All that is known of a component whose modules are stored as `artifact`. */
export interface Outline extends Readonly<Omit<z.infer<typeof Content>, 'tools'>> {
  readonly artifact: Digest
  readonly tools: readonly ToolModel[]
}

/** What an outline was made of. `wit` is the text that describes the tools, when one was given. */
export interface OutlineKey {
  readonly digest: Digest
  readonly wit: Digest | null
  readonly compiler: string
}

const Row = z.strictObject({
  artifact: z.string().refine(isDigest),
  content: z.string().transform((text): unknown => JSON.parse(text)),
})

/** A row of D1 holds 2 MB. A component with more to say is compiled each time. */
const MAX_CONTENT_BYTES = 1_000_000

export class Outlines {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  async find({ digest, wit, compiler }: OutlineKey): Promise<Outline | null> {
    const row = await this.#db
      .prepare(
        'SELECT artifact, content FROM outlines WHERE digest = ?1 AND wit = ?2 AND compiler = ?3',
      )
      .bind(digest, wit ?? '', compiler)
      .first()
    if (row === null) return null
    const { artifact, content } = Row.parse(row)
    const { tools, ...rest } = Content.parse(content)
    // Our own writing, never edited: the models were built by our compiler from checked types.
    return { ...rest, artifact, tools: tools as ToolModel[] }
  }

  /** In the place of one by another compiler. Its modules are stored already. */
  async put({ digest, wit, compiler }: OutlineKey, outline: Outline): Promise<void> {
    const { artifact, ...rest } = outline
    const content = JSON.stringify(rest)
    if (new TextEncoder().encode(content).byteLength > MAX_CONTENT_BYTES) return
    await this.#db
      .prepare(
        `INSERT INTO outlines (digest, wit, compiler, artifact, content) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (digest, wit) DO UPDATE SET compiler = ?3, artifact = ?4, content = ?5`,
      )
      .bind(digest, wit ?? '', compiler, artifact, content)
      .run()
  }
}
