// A person's loaded components and the names of their tools, in D1. Written by the person's `Account` only.

import * as z from 'zod'
import { isDigest } from '../component/digest.ts'
import type { ToolModel } from '../component/tools.ts'
import { LabelSet } from '../policy/labels.ts'

const json = z.string().transform((text): unknown => JSON.parse(text))
const digest = z.string().refine(isDigest)

export const Install = z.strictObject({
  person: z.string(),
  component: z.string(),
  source: z.string(),
  digest,
  /** Of the text that describes the tools, when one was given. */
  wit: digest.nullable(),
  bytes: z.number().int(),
  compiler: z.string(),
  artifact: digest,
  imports: json.pipe(z.array(z.string())),
  /** What the component says of itself (`component/labels.ts`). */
  labels: json.pipe(LabelSet),
  skipped: json.pipe(z.array(z.strictObject({ function: z.string(), reason: z.string() }))),
  loaded_at: z.number().int(),
})
export type Install = z.infer<typeof Install>

/** A tool as one person sees it: `name` is theirs, `model.name` is the component's own wish. */
export interface InstalledTool {
  readonly name: string
  readonly component: string
  readonly export: string
  readonly model: ToolModel
}

/** The same without its WIT types, which are written out in full at each mention: no list needs them. */
export interface ShownTool extends Omit<InstalledTool, 'model'> {
  readonly model: Omit<ToolModel, 'function'>
}

export function shown(tool: InstalledTool): ShownTool {
  const { function: _, ...model } = tool.model
  return { ...tool, model }
}

const ToolRow = z.strictObject({
  person: z.string(),
  name: z.string(),
  component: z.string(),
  export: z.string(),
  model: json,
})

/** Which export of a component a tool is, stable over versions of the component. */
export function exportKey(model: ToolModel): string {
  const { interface: name, name: fn } = model.function
  return name === null ? fn : `${name}#${fn}`
}

export class Installs {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  async of(person: string): Promise<{ installs: Install[]; tools: InstalledTool[] }> {
    const [installs, tools] = await this.#db.batch([
      this.#db.prepare('SELECT * FROM installs WHERE person = ?1 ORDER BY component').bind(person),
      this.#db.prepare('SELECT * FROM tools WHERE person = ?1 ORDER BY name').bind(person),
    ])
    return {
      installs: (installs?.results ?? []).map((row) => Install.parse(row)),
      tools: (tools?.results ?? []).map((row) => {
        const { name, component, export: key, model } = ToolRow.parse(row)
        // Our own writing, never edited: the model was built by our compiler from checked types.
        return { name, component, export: key, model: model as ToolModel }
      }),
    }
  }

  /** Replaces the component's row and its tools, and what comes with that, in one transaction. */
  async put(
    install: Install,
    tools: readonly InstalledTool[],
    alongside: readonly D1PreparedStatement[] = [],
  ): Promise<void> {
    const { person, component } = install
    await this.#db.batch([
      this.#db
        .prepare('DELETE FROM installs WHERE person = ?1 AND component = ?2')
        .bind(person, component),
      this.#db
        .prepare(
          `INSERT INTO installs (person, component, source, digest, bytes, compiler, artifact, imports,
             skipped, loaded_at, wit, labels)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
        )
        .bind(
          person,
          component,
          install.source,
          install.digest,
          install.bytes,
          install.compiler,
          install.artifact,
          JSON.stringify(install.imports),
          JSON.stringify(install.skipped),
          install.loaded_at,
          install.wit,
          JSON.stringify(install.labels),
        ),
      ...tools.map((tool) =>
        this.#db
          .prepare(
            'INSERT INTO tools (person, name, component, export, model) VALUES (?1, ?2, ?3, ?4, ?5)',
          )
          .bind(person, tool.name, component, tool.export, JSON.stringify(tool.model)),
      ),
      ...alongside,
    ])
  }

  /** Statement to be run together with the revocation of the component's grants. */
  removal(person: string, component: string): D1PreparedStatement {
    return this.#db
      .prepare('DELETE FROM installs WHERE person = ?1 AND component = ?2')
      .bind(person, component)
  }
}
