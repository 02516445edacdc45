// The tools of a component: each exported function whose types have a JSON form, under the name
// that Wassette gives it. Which of them a person may call, and under which final name, is decided
// elsewhere.

import { takenBy } from './command.ts'
import { DROP, DROP_DESCRIPTION, dropsOf, isDrop } from './drops.ts'
import type { PackageDocs } from './docs.ts'
import { interfacePath } from './handles.ts'
import { camelCase, pascalCase } from './jco-shapes.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { contentKind, isProvider } from './mcp-types.ts'
import { unmappable } from './mappable.ts'
import { listedParams } from './param-docs.ts'
import { generatedMember, generatedName } from './reserved.ts'
import type { JsonSchema } from './schema.ts'
import { inputSchema, outputSchema } from './schema.ts'
import { shorten, withHash } from './shorten.ts'
import { signature } from './signature.ts'
import { neutralise } from './text.ts'
import { faceOfTool } from './tool-face.ts'
import { isOfToolchain, OF_THE_TOOLCHAIN } from './toolchain.ts'
import type { ComponentModel, ExportedFunction } from './wit.ts'

export interface ToolModel {
  /** Matches `^[A-Za-z0-9_-]{1,64}$` and is unique within the component. */
  readonly name: string
  readonly title: string
  /** The author's words, neutralised, or the WIT signature. A stranger's text either way. */
  readonly description: string
  readonly inputSchema: JsonSchema
  /** Null for a function without a result, and for one that returns MCP content. */
  readonly outputSchema: JsonSchema | null
  readonly function: ExportedFunction
  /**
   * Where jco's exports have the function: `['fetch']`, `['a:b/clock@0.1.0', 'getTime']`. A method is
   * on the prototype of its class, `['a:b/c', 'Counter', 'prototype', 'increment']`: its first
   * argument is the receiver. A constructor is `['a:b/c', 'Counter', '$create']` (see `glue.ts`), the end
   * of a handle `['a:b/c', 'Counter', '$drop']` (see `drops.ts`).
   */
  readonly jsExport: readonly string[]
  /** Not a tool: it answers for resources or prompts of the component (`wassette-edge:mcp`). */
  readonly provider?: true
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
 * In the order of the binary, behind them the ends of handles. The first function keeps a name that a later one would have too; that
 * one ends in a hash. Hashes can be made to collide: then it is skipped. Which tools there are, and
 * what they take and give, is decided before any docs are read.
 */
export function describeTools(model: ComponentModel, docs: PackageDocs): ToolSet {
  const plain: ToolModel[] = []
  const skipped: SkippedFunction[] = []
  const taken = new Set<string>()
  let left: number = COMPONENT_LIMITS.MAX_SCHEMAS_BYTES
  const add = (exported: ExportedFunction): void => {
    const full = fullName(exported)
    const reason = isOfToolchain(exported) ? OF_THE_TOOLCHAIN : unmappable(exported.type)
    if (reason !== null) {
      skipped.push({ function: full, reason })
      return
    }
    const jsExport = jsPath(exported)
    const name = [toolName(exported), withHash(normalisedName(exported), fullName(exported))].find(
      (one) => !taken.has(one),
    )
    if (name === undefined || taken.has(keyOf(jsExport))) {
      skipped.push({ function: full, reason: 'another function has the same name' })
      return
    }
    const tool = toTool(exported, name, jsExport)
    const bytes = sizeOf(tool)
    if (schemaBytes(tool) > COMPONENT_LIMITS.MAX_SCHEMA_BYTES || bytes > left) {
      skipped.push({ function: full, reason: 'its types are too large' })
      return
    }
    left -= bytes
    taken.add(name).add(keyOf(jsExport))
    plain.push(tool)
  }
  model.exports.forEach(add)
  dropsOf(plain.map((tool) => tool.function.type)).forEach(add)
  let effort: number = COMPONENT_LIMITS.MAX_DESCRIBED_BYTES
  const tools = plain.map((tool) => {
    if (effort <= 0) return tool
    const described = describe(tool, docs)
    const ofSchemas = schemaBytes(described)
    effort -= ofSchemas
    const forms = [{ ...tool, description: described.description }]
    if (ofSchemas <= COMPONENT_LIMITS.MAX_SCHEMA_BYTES) forms.unshift(described)
    for (const form of forms) {
      const added = sizeOf(form) - sizeOf(tool)
      if (added > left) continue
      left -= added
      return form
    }
    return tool
  })
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

/** As much of a signature as a tool has whatever else the component says. */
const MAX_SHORT_CHARS = 200

/** With a short signature for a description, and schemas that describe nothing. */
function toTool(exported: ExportedFunction, name: string, jsExport: readonly string[]): ToolModel {
  const { type } = exported
  const taken = takenBy(exported)
  return {
    name,
    title: titleOf(exported.name),
    description: isDrop(exported)
      ? DROP_DESCRIPTION
      : signature(exported.name, type, MAX_SHORT_CHARS),
    inputSchema: inputSchema(taken.type, {}, taken.words),
    outputSchema: contentKind(type.result) === null ? outputSchema(type) : null,
    function: exported,
    jsExport,
    ...(isProvider(exported) ? { provider: true as const } : {}),
  }
}

/** Descriptions of the tool and in its schemas, which are otherwise the same. */
function describe(tool: ToolModel, docs: PackageDocs): ToolModel {
  const { interface: of, name, type } = tool.function
  const context = { docs, interface: of }
  const own = docs.functionDocs(of, name)
  const taken = takenBy(tool.function)
  const params = listedParams(own ?? '', new Set(type.params.map((param) => param.name)))
  for (const [param, text] of params) {
    params.set(param, neutralise(text, COMPONENT_LIMITS.MAX_FIELD_DOCS_CHARS))
  }
  for (const { name: param } of type.params) {
    const text = docs.paramDocs(of, name, param)
    if (text !== null) params.set(param, text)
  }
  const described = new Map([...taken.words, ...params])
  return {
    ...tool,
    description: own ?? (isDrop(tool.function) ? DROP_DESCRIPTION : signature(name, type)),
    inputSchema: inputSchema(taken.type, context, described),
    outputSchema: tool.outputSchema === null ? null : outputSchema(type, context),
  }
}

const MEMBER = /^\[(constructor|method|static|resource-drop)\]([^.]+)(?:\.(.+))?$/

/** `get-current-time` as `Get current time`, `[method]counter.read-all` as `Counter: read all`. */
function titleOf(name: string): string {
  const [, kind, resource = '', member = ''] = MEMBER.exec(name) ?? []
  if (kind === undefined) return sentence(name)
  if (kind === 'constructor') return `New ${words(resource)}`
  if (kind === 'resource-drop') return `Drop ${words(resource)}`
  return `${sentence(resource)}: ${words(member)}`
}

const words = (label: string): string => label.replaceAll('-', ' ')

function sentence(label: string): string {
  return words(label).charAt(0).toUpperCase() + words(label).slice(1)
}

function jsPath({ interface: within, name }: ExportedFunction): string[] {
  const own = within === null ? generatedName(name) : generatedMember('func', name)
  return [...interfacePath(within), ...memberPath(own)]
}

function memberPath(name: string): string[] {
  const [, kind, resource = '', member = ''] = MEMBER.exec(name) ?? []
  if (kind === undefined) return [camelCase(name)]
  const owner = pascalCase(resource)
  if (kind === 'constructor') return [owner, '$create']
  if (kind === 'resource-drop') return [owner, DROP]
  return kind === 'static' ? [owner, camelCase(member)] : [owner, 'prototype', camelCase(member)]
}

/** A space occurs in no tool name, so paths and names share one set. */
function keyOf(jsExport: readonly string[]): string {
  return ` ${jsExport.join(' ')}`
}

function schemaBytes({ inputSchema: input, outputSchema: output }: ToolModel): number {
  return utf8Bytes(JSON.stringify(input)) + utf8Bytes(JSON.stringify(output))
}

/** All that a row or a listing holds of it, its types too, as it is kept when it takes the most. */
function sizeOf(tool: ToolModel): number {
  return Math.max(utf8Bytes(JSON.stringify(tool)), utf8Bytes(JSON.stringify(faceOfTool(tool))))
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).byteLength
}

function fullName(exported: ExportedFunction): string {
  return exported.interface === null ? exported.name : `${exported.interface}#${exported.name}`
}
