// The tools of a component: each exported function whose types have a JSON form, under the name
// that Wassette gives it. Which of them a person may call, and under which final name, is decided
// elsewhere.

import { camelCase } from './jco-shapes.ts'
import type { PackageDocs } from './docs.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { unmappable } from './mappable.ts'
import { generatedName } from './reserved.ts'
import type { JsonSchema } from './schema.ts'
import { inputSchema, outputSchema } from './schema.ts'
import { shorten, withHash } from './shorten.ts'
import { signature } from './signature.ts'
import type { ComponentModel, ExportedFunction } from './wit.ts'

export interface ToolModel {
  /** Matches `^[A-Za-z0-9_-]{1,64}$` and is unique within the component. */
  readonly name: string
  readonly title: string
  /** The author's words, neutralised, or the WIT signature. A stranger's text either way. */
  readonly description: string
  readonly inputSchema: JsonSchema
  /** Null for a function without a result. */
  readonly outputSchema: JsonSchema | null
  readonly function: ExportedFunction
  /** Where jco's exports have the function: `['fetch']`, `['a:b/clock@0.1.0', 'getTime']`. */
  readonly jsExport: readonly string[]
}

export interface SkippedFunction {
  /** `a:b/clock@0.1.0#get-time`, or the name alone for a function of the world. */
  readonly function: string
  readonly reason: string
}

export interface ToolSet {
  readonly tools: readonly ToolModel[]
  readonly skipped: readonly SkippedFunction[]
}

/**
 * In the order of the binary. The first function keeps a name that a later one would have too; that
 * one ends in a hash. Hashes can be made to collide: then it is skipped.
 */
export function describeTools(model: ComponentModel, docs: PackageDocs): ToolSet {
  const tools: ToolModel[] = []
  const skipped: SkippedFunction[] = []
  const taken = new Set<string>()
  let left: number = COMPONENT_LIMITS.MAX_SCHEMAS_BYTES
  for (const exported of model.exports) {
    const full = fullName(exported)
    const reason = notATool(exported)
    if (reason !== null) {
      skipped.push({ function: full, reason })
      continue
    }
    const jsExport = jsPath(exported)
    const name = [toolName(exported), withHash(normalisedName(exported), fullName(exported))].find(
      (one) => !taken.has(one),
    )
    if (name === undefined || taken.has(keyOf(jsExport))) {
      skipped.push({ function: full, reason: 'another function has the same name' })
      continue
    }
    const tool = toTool(exported, name, jsExport, docs)
    const bytes = sizeOf(tool)
    if (bytes > COMPONENT_LIMITS.MAX_SCHEMA_BYTES || bytes > left) {
      skipped.push({ function: full, reason: 'its types are too large for a schema' })
      continue
    }
    left -= bytes
    taken.add(name).add(keyOf(jsExport))
    tools.push(tool)
  }
  return { tools, skipped }
}

/** Wassette's rule, `[interface_]function`, cut to what MCP clients take. */
export function toolName(exported: ExportedFunction): string {
  return shorten(normalisedName(exported), fullName(exported))
}

function normalisedName(exported: ExportedFunction): string {
  const parts = exported.interface === null ? [exported.name] : [exported.interface, exported.name]
  return parts.map((part) => part.toLowerCase().replace(/[^a-z0-9-]/g, '_')).join('_')
}

function notATool({ name, type }: ExportedFunction): string | null {
  return name.startsWith('[') ? 'it belongs to a resource' : unmappable(type)
}

function toTool(
  exported: ExportedFunction,
  name: string,
  jsExport: readonly string[],
  docs: PackageDocs,
): ToolModel {
  const { type } = exported
  const context = { docs, interface: exported.interface }
  return {
    name,
    title: titleOf(exported.name),
    description:
      docs.functionDocs(exported.interface, exported.name) ?? signature(exported.name, type),
    inputSchema: inputSchema(type, context),
    outputSchema: outputSchema(type, context),
    function: exported,
    jsExport,
  }
}

/** `get-current-time` as `Get current time`. */
function titleOf(label: string): string {
  const words = label.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function jsPath(exported: ExportedFunction): string[] {
  const name = camelCase(exported.interface === null ? generatedName(exported.name) : exported.name)
  if (exported.interface === null) return [name]
  const of = generatedName(exported.interface)
  // An interface written inside the world has no package, and then a name like a function's.
  return [of.includes(':') ? of : camelCase(of), name]
}

/** A space occurs in no tool name, so paths and names share one set. */
function keyOf(jsExport: readonly string[]): string {
  return ` ${jsExport.join(' ')}`
}

function sizeOf({ inputSchema: input, outputSchema: output }: ToolModel): number {
  return JSON.stringify(input).length + JSON.stringify(output).length
}

function fullName(exported: ExportedFunction): string {
  return exported.interface === null ? exported.name : `${exported.interface}#${exported.name}`
}
