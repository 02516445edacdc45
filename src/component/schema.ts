// WIT types as JSON Schema (2020-12). Together with `arguments.ts` and `results.ts` this is the one
// mapping between WIT and JSON: what a schema here accepts is what those take and give.

import type { PackageDocs } from './docs.ts'
import { NO_DOCS } from './docs.ts'
import { handlePattern } from './handles.ts'
import { NON_FINITE, smallRange, wideRange, WIDE_DIGITS } from './scalars.ts'
import type { FunctionType, Named, WitType } from './wit.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

export type JsonSchema = { readonly [key: string]: Json }

/** `use` matters for bytes alone: arguments may also be arrays of numbers, results are base64. */
export interface SchemaContext {
  readonly use: 'input' | 'output'
  readonly interface: string | null
  readonly docs: PackageDocs
}

const PLAIN: SchemaContext = { use: 'output', interface: null, docs: NO_DOCS }

/** All parameters as one closed object, by their WIT names; options may be left out or null. */
export function inputSchema(type: FunctionType, context: Partial<SchemaContext> = {}): JsonSchema {
  return closedObject(type.params, { ...PLAIN, ...context, use: 'input' })
}

/** `{result: …}`, for MCP wants an object; null for a function without a result. */
export function outputSchema(
  type: FunctionType,
  context: Partial<SchemaContext> = {},
): JsonSchema | null {
  if (type.result === null) return null
  const result = toJsonSchema(type.result, { ...context, use: 'output' })
  return closed({ result }, ['result'])
}

/** Recursion ends with the type's depth, which decoding bounds. */
export function toJsonSchema(type: WitType, given: Partial<SchemaContext> = {}): JsonSchema {
  const context = { ...PLAIN, ...given }
  switch (type.kind) {
    case 'bool':
      return { type: 'boolean' }
    case 's8':
    case 'u8':
    case 's16':
    case 'u16':
    case 's32':
    case 'u32': {
      const { min, max } = smallRange(type.kind)
      return { type: 'integer', minimum: min, maximum: max }
    }
    case 's64':
    case 'u64':
      return wideInteger(type.kind)
    case 'f32':
    case 'f64':
      return { anyOf: [{ type: 'number' }, { type: 'string', enum: [...NON_FINITE.keys()] }] }
    case 'char':
      return { type: 'string', minLength: 1, maxLength: 1 }
    case 'string':
      return { type: 'string' }
    case 'list':
      return list(type.element, context)
    case 'record':
      return described(closedObject(type.fields, context, type.name), type.name, context)
    case 'tuple':
      // No `items: false`: clients of SDK 1.x read it as draft-07, where it refuses every item.
      return {
        type: 'array',
        prefixItems: type.types.map((one) => toJsonSchema(one, context)),
        minItems: type.types.length,
        maxItems: type.types.length,
      }
    case 'variant': {
      const cases = type.cases.map((one) => variantCase(one, type.name, context))
      return described({ oneOf: cases }, type.name, context)
    }
    case 'enum':
      return described({ type: 'string', enum: [...type.names] }, type.name, context)
    case 'flags': {
      const items = { type: 'string', enum: [...type.names] }
      return described({ type: 'array', items, uniqueItems: true }, type.name, context)
    }
    case 'option':
      return option(type.inner, context)
    case 'result':
      return {
        oneOf: [
          closed({ ok: payload(type.ok, context) }, ['ok']),
          closed({ err: payload(type.err, context) }, ['err']),
        ],
      }
    case 'own':
    case 'borrow':
      return { type: 'string', pattern: handlePattern(type.resource).source }
    case 'map':
    case 'stream':
    case 'future':
    case 'error-context':
      // Functions with these never become tools (`mappable.ts`): no value fits.
      return { not: {} }
    default:
      return type satisfies never
  }
}

/** What JSON numbers carry exactly, or decimal digits. */
function wideInteger(kind: 's64' | 'u64'): JsonSchema {
  const minimum = wideRange(kind).min === 0n ? 0 : Number.MIN_SAFE_INTEGER
  return {
    anyOf: [
      { type: 'integer', minimum, maximum: Number.MAX_SAFE_INTEGER },
      { type: 'string', pattern: WIDE_DIGITS[kind] },
    ],
  }
}

function list(element: WitType, context: SchemaContext): JsonSchema {
  const array = { type: 'array', items: toJsonSchema(element, context) }
  if (element.kind !== 'u8') return array
  const bytes = { type: 'string', contentEncoding: 'base64' }
  return context.use === 'input' ? { anyOf: [bytes, array] } : bytes
}

/** An option of an option says which of them is none: null, or `{tag: "some", val: null}`. */
function option(inner: WitType, context: SchemaContext): JsonSchema {
  const some = toJsonSchema(inner, context)
  const value =
    inner.kind === 'option' ? closed({ tag: { const: 'some' }, val: some }, ['tag', 'val']) : some
  return { anyOf: [value, { type: 'null' }] }
}

function payload(type: WitType | null, context: SchemaContext): JsonSchema {
  return type === null ? { type: 'null' } : toJsonSchema(type, context)
}

function variantCase(
  { name, type }: { readonly name: string; readonly type: WitType | null },
  typeName: string | undefined,
  context: SchemaContext,
): JsonSchema {
  const tag = itemDescribed({ const: name }, typeName, name, context)
  if (type === null) return closed({ tag }, ['tag'])
  const required = type.kind === 'option' ? ['tag'] : ['tag', 'val']
  return closed({ tag, val: toJsonSchema(type, context) }, required)
}

function closedObject(
  fields: readonly Named[],
  context: SchemaContext,
  typeName?: string,
): JsonSchema {
  const entries = fields.map(({ name, type }): [string, JsonSchema] => [
    name,
    itemDescribed(toJsonSchema(type, context), typeName, name, context),
  ])
  const required = fields.filter(({ type }) => type.kind !== 'option').map(({ name }) => name)
  return closed(Object.fromEntries(entries), required)
}

function closed(properties: JsonSchema, required: readonly string[]): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false }
}

function described(
  schema: JsonSchema,
  name: string | undefined,
  context: SchemaContext,
): JsonSchema {
  const docs = name === undefined ? null : context.docs.typeDocs(context.interface, name)
  return docs === null ? schema : { ...schema, description: docs }
}

/** A field's or case's own words go before those of its type. */
function itemDescribed(
  schema: JsonSchema,
  typeName: string | undefined,
  item: string,
  { docs, interface: name }: SchemaContext,
): JsonSchema {
  const text = typeName === undefined ? null : docs.itemDocs(name, typeName, item)
  return text === null ? schema : { ...schema, description: text }
}
