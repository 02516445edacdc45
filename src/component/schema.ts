// WIT types as JSON Schema (2020-12). Together with `arguments.ts` and `results.ts` this is the one
// mapping between WIT and JSON: what a schema here accepts is what those take and give, but for two things
// that a schema cannot say well. Bounds hold for all arguments of a call together (`limits.ts`), and text has
// to be valid Unicode: a pattern against lone surrogates is one that engines of other languages cannot read.

import { BASE64_PATTERN } from './base64.ts'
import type { PackageDocs } from './docs.ts'
import { NO_DOCS } from './docs.ts'
import { handlePattern } from './handles.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { MAX_F32_NUMBER, NON_FINITE, smallRange, wideRange, WIDE_DIGITS } from './scalars.ts'
import { neutralise } from './text.ts'
import type { FunctionType, Named, WitHandle, WitType } from './wit.ts'

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

export type JsonSchema = { readonly [key: string]: Json }

/** `use` matters for bytes and flags: arguments may be written in a second way, results are not. */
export interface SchemaContext {
  readonly use: 'input' | 'output'
  readonly interface: string | null
  readonly docs: PackageDocs
}

const PLAIN: SchemaContext = { use: 'output', interface: null, docs: NO_DOCS }

/**
 * All parameters as one closed object, by their WIT names; options may be left out or null. `words`
 * describes parameters.
 */
export function inputSchema(
  type: FunctionType,
  context: Partial<SchemaContext> = {},
  words: ReadonlyMap<string, string> = new Map(),
): JsonSchema {
  const of = (name: string): string | null => words.get(name) ?? null
  return closedObject(type.params, of, { ...PLAIN, ...context, use: 'input' })
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
      return float({ type: 'number', minimum: -MAX_F32_NUMBER, maximum: MAX_F32_NUMBER })
    case 'f64':
      return float({ type: 'number' })
    case 'char':
      return { type: 'string', minLength: 1, maxLength: 1 }
    case 'string':
      return { type: 'string' }
    case 'list':
      return list(type.element, context)
    case 'record':
      return described(closedObject(type.fields, itemsOf(type, context), context), type, context)
    case 'tuple':
      // No `items: false`: clients of SDK 1.x read it as draft-07, where it refuses every item.
      return {
        type: 'array',
        prefixItems: type.types.map((one) => toJsonSchema(one, context)),
        minItems: type.types.length,
        maxItems: type.types.length,
      }
    case 'variant': {
      const words = itemsOf(type, context)
      const cases = type.cases.map((one) => variantCase(one, words(one.name), context))
      return described({ oneOf: cases }, type, context)
    }
    case 'enum':
      return described({ type: 'string', enum: [...type.names] }, type, context)
    case 'flags':
      return described(flags(type.names, context), type, context)
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
      return handle(type, context)
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

function handle(type: WitHandle, { docs, interface: of }: SchemaContext): JsonSchema {
  const description = docs.typeDocs(of, type.resource)
  const schema = { type: 'string', pattern: handlePattern(type).source }
  return description === null ? schema : { ...schema, description }
}

function float(number: JsonSchema): JsonSchema {
  return { anyOf: [number, { type: 'string', enum: [...NON_FINITE.keys()] }] }
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
  // Not for results, which are of this form: engines run out of stack over eight million characters.
  if (context.use === 'output') return bytes
  return { anyOf: [{ ...bytes, pattern: BASE64_PATTERN }, array] }
}

/** The names that are set. Arguments may also be an object of booleans, the schema that Wassette shows. */
function flags(names: readonly string[], { use }: SchemaContext): JsonSchema {
  const name = { type: 'string', enum: [...names] }
  const set = { type: 'array', items: name, uniqueItems: true }
  if (use === 'output') return set
  const booleans = {
    propertyNames: { enum: [...names] },
    additionalProperties: { type: 'boolean' },
  }
  return { anyOf: [set, { type: 'object', ...booleans }] }
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
  words: string | null,
  context: SchemaContext,
): JsonSchema {
  const tag = words === null ? { const: name } : { const: name, description: words }
  if (type === null) return closed({ tag }, ['tag'])
  const required = type.kind === 'option' ? ['tag'] : ['tag', 'val']
  return closed({ tag, val: toJsonSchema(type, context) }, required)
}

/** A field's own words stand in place of those of its type. */
function closedObject(
  fields: readonly Named[],
  words: (field: string) => string | null,
  context: SchemaContext,
): JsonSchema {
  const entries = fields.map(({ name, type }): [string, JsonSchema] => {
    const schema = toJsonSchema(type, context)
    const own = words(name)
    if (own === null) return [name, schema]
    return [name, { ...schema, description: withNames(own, type, context) ?? own }]
  })
  const required = fields.filter(({ type }) => type.kind !== 'option').map(({ name }) => name)
  return closed(Object.fromEntries(entries), required)
}

function closed(properties: JsonSchema, required: readonly string[]): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false }
}

function described(schema: JsonSchema, type: Nominal, context: SchemaContext): JsonSchema {
  const { name } = type
  const own = name === undefined ? null : context.docs.typeDocs(context.interface, name)
  const description = withNames(own, type, context)
  return description === null ? schema : { ...schema, description }
}

/** JSON Schema has no place for words about one name of an enum or of flags: they are listed. */
function withNames(own: string | null, type: WitType, context: SchemaContext): string | null {
  if (type.kind !== 'enum' && type.kind !== 'flags') return own
  const words = itemsOf(type, context)
  const listed = type.names.flatMap((name) => {
    const text = words(name)
    return text === null ? [] : [`- ${name}: ${text}`]
  })
  if (listed.length === 0) return own
  const lines = own === null ? listed : [own, ...listed]
  return neutralise(lines.join('\n'), COMPONENT_LIMITS.MAX_DESCRIPTION_CHARS)
}

type Nominal = Extract<WitType, { readonly kind: 'record' | 'variant' | 'enum' | 'flags' }>

/** The words for a field, a case or a flag of this type. */
function itemsOf({ name }: Nominal, context: SchemaContext): (item: string) => string | null {
  if (name === undefined) return () => null
  return (item) => context.docs.itemDocs(context.interface, name, item)
}
