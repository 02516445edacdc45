// The arguments of a call, from a client's JSON to the values that jco's functions take. jco itself
// would wrap, default or ignore what does not fit, so everything is judged against the types here.

import type { Result } from '../policy/result.ts'
import { fromBase64 } from './base64.ts'
import { camelCase } from './camel-case.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type { Mismatch } from './mismatch.ts'
import { isRecord, mapped, ownValue, Walk } from './mismatch.ts'
import type { SmallInteger, WideInteger } from './scalars.ts'
import { NON_FINITE, smallRange, WIDE_DIGITS, wideRange } from './scalars.ts'
import { neutralise } from './text.ts'
import type { FunctionType, Named, WitType, WitVariant } from './wit.ts'

export type ArgumentFault = Mismatch

/**
 * The positional JavaScript values for a call, fresh and owned by the caller. Keys of `args` are the
 * WIT names; an absent or null option is none, anything else absent or unknown is refused. Nothing is
 * converted silently: no wrapping, no rounding, no defaults.
 */
export function checkArguments(
  type: FunctionType,
  args: unknown,
): Result<unknown[], ArgumentFault> {
  const walk = new Walk({
    maxValues: COMPONENT_LIMITS.MAX_ARGUMENT_VALUES,
    maxChars: COMPONENT_LIMITS.MAX_ARGUMENT_BYTES,
    // Each level of a type adds at most two steps of a path: `.val` and an index or a field.
    maxDepth: 2 * COMPONENT_LIMITS.MAX_TYPE_DEPTH,
  })
  return mapped(() => fieldsOf(type.params, args ?? {}, walk).map(([, value]) => value))
}

const MAX_SHOWN_CHARS = 200

/** One sentence for the client. The path holds names of the tool's schema, or a key the client sent. */
export function describeArgumentFault({ path, problem, expected }: ArgumentFault): string {
  const place = path === '' ? 'The arguments' : `Argument \`${neutralise(path, MAX_SHOWN_CHARS)}\``
  const wanted = neutralise(expected, MAX_SHOWN_CHARS)
  switch (problem) {
    case 'missing':
      return `${place} is missing: expected ${wanted}.`
    case 'unknown':
      return `${place} is not known here: expected ${wanted}.`
    case 'wrong-type':
    case 'out-of-range':
    case 'repeated':
      return `${place} does not fit: expected ${wanted}.`
    case 'too-large':
    case 'too-deep':
      return `${place} is more than one call may carry: expected ${wanted}.`
    case 'unsupported':
      return `${place} has a type that cannot be passed here.`
    default:
      return problem satisfies never
  }
}

function toGuest(type: WitType, value: unknown, walk: Walk): unknown {
  walk.values(1)
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : walk.fail('wrong-type', 'true or false')
    case 's8':
    case 'u8':
    case 's16':
    case 'u16':
    case 's32':
    case 'u32':
      return smallInteger(type.kind, value, walk)
    case 's64':
    case 'u64':
      return wideInteger(type.kind, value, walk)
    case 'f32':
    case 'f64':
      return float(type.kind, value, walk)
    case 'char':
      return character(value, walk)
    case 'string':
      return text(value, walk)
    case 'list':
      return type.element.kind === 'u8' && typeof value === 'string'
        ? base64(value, walk)
        : items(type.element, value, walk)
    case 'record':
      return Object.fromEntries(
        fieldsOf(type.fields, value, walk).map(([name, field]) => [camelCase(name), field]),
      )
    case 'tuple':
      return tuple(type.types, value, walk)
    case 'variant':
      return variant(type, value, walk)
    case 'enum':
      return oneOf(type.names, value, walk)
    case 'flags':
      return flags(type.names, value, walk)
    case 'option':
      return option(type.inner, value, walk)
    case 'result':
      return result(type.ok, type.err, value, walk)
    case 'map':
    case 'own':
    case 'borrow':
    case 'stream':
    case 'future':
    case 'error-context':
      return walk.fail('unsupported', 'nothing')
    default:
      return type satisfies never
  }
}

function smallInteger(kind: SmallInteger, value: unknown, walk: Walk): number {
  const { min, max } = smallRange(kind)
  const expected = `a whole number from ${min} to ${max}`
  if (typeof value !== 'number' || !Number.isInteger(value))
    return walk.fail('wrong-type', expected)
  return value < min || value > max ? walk.fail('out-of-range', expected) : value
}

/** A JSON number above 2^53 has been rounded before we see it, so it has to come as digits. */
function wideInteger(kind: WideInteger, value: unknown, walk: Walk): bigint {
  const { min, max } = wideRange(kind)
  const expected = `a whole number from ${min} to ${max}, as a string of digits beyond 2^53`
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (!Number.isSafeInteger(value)) return walk.fail('out-of-range', expected)
  } else if (typeof value !== 'string' || !new RegExp(WIDE_DIGITS[kind]).test(value)) {
    return walk.fail('wrong-type', expected)
  }
  const wide = BigInt(value)
  return wide < min || wide > max ? walk.fail('out-of-range', expected) : wide
}

function float(kind: 'f32' | 'f64', value: unknown, walk: Walk): number {
  const special = typeof value === 'string' ? NON_FINITE.get(value) : undefined
  if (special !== undefined) return special
  const expected = `a number, or one of ${[...NON_FINITE.keys()].join(', ')}`
  if (typeof value !== 'number' || !Number.isFinite(value)) return walk.fail('wrong-type', expected)
  if (kind === 'f32' && !Number.isFinite(Math.fround(value))) {
    return walk.fail('out-of-range', 'a number that fits 32 bits')
  }
  return value
}

function character(value: unknown, walk: Walk): string {
  const expected = 'a string of one character'
  if (typeof value !== 'string' || value.length > 2) return walk.fail('wrong-type', expected)
  const one = [...value].length === 1 && value.isWellFormed()
  return one ? value : walk.fail('wrong-type', expected)
}

/** Lone surrogates would arrive as replacement characters: another text than was sent. */
function text(value: unknown, walk: Walk): string {
  if (typeof value !== 'string') return walk.fail('wrong-type', 'a string')
  walk.chars(value.length)
  return value.isWellFormed() ? value : walk.fail('wrong-type', 'a string of valid Unicode')
}

function base64(value: string, walk: Walk): Uint8Array {
  walk.chars(value.length)
  return fromBase64(value) ?? walk.fail('wrong-type', 'bytes as base64, or a list of numbers')
}

function items(element: WitType, value: unknown, walk: Walk): unknown {
  const expected = element.kind === 'u8' ? 'bytes as base64, or a list of numbers' : 'a list'
  if (!Array.isArray(value)) return walk.fail('wrong-type', expected)
  const mappedItems: unknown[] = []
  for (let i = 0; i < value.length; i += 1) {
    mappedItems.push(walk.at(i, () => toGuest(element, value[i], walk)))
  }
  return element.kind === 'u8' ? Uint8Array.from(mappedItems as number[]) : mappedItems
}

function tuple(types: readonly WitType[], value: unknown, walk: Walk): unknown[] {
  if (!Array.isArray(value) || value.length !== types.length) {
    return walk.fail('wrong-type', `a list of ${types.length} values`)
  }
  return types.map((type, i) => walk.at(i, () => toGuest(type, value[i], walk)))
}

/** The fields of a closed object, in the order of their types. */
function fieldsOf(
  fields: readonly Named[],
  value: unknown,
  walk: Walk,
): [name: string, value: unknown][] {
  if (!isRecord(value)) return walk.fail('wrong-type', 'an object')
  expectKeys(
    value,
    fields.map(({ name }) => name),
    walk,
  )
  return fields.map(({ name, type }) => [
    name,
    walk.at(name, () => {
      const field = ownValue(value, name)
      if (field === undefined && type.kind !== 'option') return walk.fail('missing', nounOf(type))
      return toGuest(type, field, walk)
    }),
  ])
}

const MAX_KEY_CHARS = 64
const MAX_LISTED_NAMES = 20

function expectKeys(value: object, known: readonly string[], walk: Walk): void {
  const keys = Object.keys(value)
  walk.values(keys.length)
  const names = new Set(known)
  for (const key of keys) {
    if (names.has(key)) continue
    walk.at(neutralise(key, MAX_KEY_CHARS), () => walk.fail('unknown', listed(known)))
  }
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing'
  const more = names.length > MAX_LISTED_NAMES ? ' and others' : ''
  return `one of ${names.slice(0, MAX_LISTED_NAMES).join(', ')}${more}`
}

function variant({ cases }: WitVariant, value: unknown, walk: Walk): unknown {
  if (!isRecord(value)) return walk.fail('wrong-type', 'an object with a tag')
  const tag = walk.at('tag', () =>
    oneOf(
      cases.map(({ name }) => name),
      ownValue(value, 'tag'),
      walk,
    ),
  )
  const type = cases.find(({ name }) => name === tag)?.type ?? null
  if (type === null) {
    expectKeys(value, ['tag'], walk)
    return { tag }
  }
  expectKeys(value, ['tag', 'val'], walk)
  return { tag, val: walk.at('val', () => present(type, ownValue(value, 'val'), walk)) }
}

/** Like a field: only an option may be absent. */
function present(type: WitType, value: unknown, walk: Walk): unknown {
  if (value === undefined && type.kind !== 'option') return walk.fail('missing', nounOf(type))
  return toGuest(type, value, walk)
}

function oneOf(names: readonly string[], value: unknown, walk: Walk): string {
  if (typeof value !== 'string') return walk.fail('wrong-type', listed(names))
  return names.includes(value) ? value : walk.fail('unknown', listed(names))
}

/** A list of names; also `{name: true}`, the other form that clients of Wassette have seen. */
function flags(names: readonly string[], value: unknown, walk: Walk): Record<string, boolean> {
  const set = new Set<string>()
  if (Array.isArray(value)) {
    value.forEach((item, i) =>
      walk.at(i, () => {
        walk.values(1)
        const name = oneOf(names, item, walk)
        if (set.has(name)) walk.fail('repeated', 'each name once')
        set.add(name)
      }),
    )
  } else if (isRecord(value)) {
    expectKeys(value, names, walk)
    for (const name of names) {
      const flag = ownValue(value, name) ?? false
      if (typeof flag !== 'boolean') walk.at(name, () => walk.fail('wrong-type', 'true or false'))
      if (flag === true) set.add(name)
    }
  } else {
    walk.fail('wrong-type', `a list with names ${listed(names)}`)
  }
  return Object.fromEntries(names.map((name) => [camelCase(name), set.has(name)]))
}

/** jco takes undefined for none, and tags where the inner type could be none itself. */
function option(inner: WitType, value: unknown, walk: Walk): unknown {
  const isNone = value === undefined || value === null
  if (inner.kind !== 'option') return isNone ? undefined : toGuest(inner, value, walk)
  if (isNone) return { tag: 'none' }
  if (!isRecord(value) || ownValue(value, 'tag') !== 'some') {
    return walk.fail('wrong-type', 'null, or an object with the tag some')
  }
  expectKeys(value, ['tag', 'val'], walk)
  return { tag: 'some', val: walk.at('val', () => toGuest(inner, ownValue(value, 'val'), walk)) }
}

function result(ok: WitType | null, err: WitType | null, value: unknown, walk: Walk): unknown {
  const expected = 'an object with either ok or err'
  if (!isRecord(value)) return walk.fail('wrong-type', expected)
  expectKeys(value, ['ok', 'err'], walk)
  const tag = Object.hasOwn(value, 'ok') ? 'ok' : 'err'
  if (Object.keys(value).length !== 1) return walk.fail('wrong-type', expected)
  const type = tag === 'ok' ? ok : err
  const payload = ownValue(value, tag)
  return walk.at(tag, () => {
    if (type !== null) return { tag, val: toGuest(type, payload, walk) }
    return payload === null ? { tag, val: undefined } : walk.fail('wrong-type', 'null')
  })
}

function nounOf(type: WitType): string {
  switch (type.kind) {
    case 'bool':
      return 'true or false'
    case 'char':
    case 'string':
    case 'enum':
      return 'a string'
    case 'list':
    case 'tuple':
    case 'flags':
      return 'a list'
    case 'record':
    case 'variant':
    case 'result':
      return 'an object'
    default:
      return 'a number'
  }
}
