// How a version of a component looks from outside, and in what two of them differ. What is the same may keep
// what was granted; what is not, a person looks at first.

import * as z from 'zod'
import type { LabelSet } from '../policy/labels.ts'
import { faceOfTool } from './tool-face.ts'
import type { ToolModel } from './tools.ts'

/** Everything that an agent or a person has seen of a tool. `schema` holds descriptions as well. */
export const ToolFace = z.strictObject({
  name: z.string(),
  description: z.string(),
  schema: z.string(),
  provider: z.boolean(),
})
export type ToolFace = z.infer<typeof ToolFace>

export interface VersionFace {
  readonly imports: readonly string[]
  readonly tools: readonly ToolFace[]
}

export interface ChangedTool {
  readonly name: string
  /** `null`: it stayed. */
  readonly description: { readonly before: string; readonly after: string } | null
  /** What it takes or answers, or how that is described. */
  readonly schema: { readonly before: string; readonly after: string } | null
  /** Whether it answers for resources or prompts now; `null`: it does as before. */
  readonly provider: boolean | null
}

export interface VersionChange {
  readonly imports: { readonly added: readonly string[]; readonly removed: readonly string[] }
  readonly tools: {
    readonly added: readonly ToolFace[]
    readonly removed: readonly ToolFace[]
    readonly changed: readonly ChangedTool[]
  }
}

/** A label that the component gives itself stands among what it imports, under the name of an interface. */
export function faceOf(
  imports: readonly string[],
  labels: LabelSet,
  tools: readonly ToolModel[],
): VersionFace {
  return {
    imports: [...imports, ...labels.map((label) => `wassette-edge:labels/${label}`)].toSorted(),
    tools: tools.map(faceOfTool).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** `null`: they look the same. */
export function changeOf(before: VersionFace, after: VersionFace): VersionChange | null {
  const old = new Map(before.tools.map((tool) => [tool.name, tool]))
  const now = new Map(after.tools.map((tool) => [tool.name, tool]))
  const change = {
    imports: {
      added: after.imports.filter((name) => !before.imports.includes(name)),
      removed: before.imports.filter((name) => !after.imports.includes(name)),
    },
    tools: {
      added: after.tools.filter(({ name }) => !old.has(name)),
      removed: before.tools.filter(({ name }) => !now.has(name)),
      changed: after.tools.flatMap((tool) => changedTool(old.get(tool.name), tool)),
    },
  }
  const { imports, tools } = change
  const parts = [imports.added, imports.removed, tools.added, tools.removed, tools.changed]
  return parts.every(({ length }) => length === 0) ? null : change
}

function changedTool(before: ToolFace | undefined, after: ToolFace): ChangedTool[] {
  if (before === undefined) return []
  const pick = (key: 'description' | 'schema') =>
    before[key] === after[key] ? null : { before: before[key], after: after[key] }
  const [description, schema] = [pick('description'), pick('schema')]
  const provider = before.provider === after.provider ? null : after.provider
  const same = description === null && schema === null && provider === null
  return same ? [] : [{ name: after.name, description, schema, provider }]
}
