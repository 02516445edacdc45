// The arguments of a call, from a client's JSON to the values that jco's functions take. jco itself
// would wrap, default or ignore what does not fit, so everything is judged against the types here.

import type { Result } from '../policy/result.ts'
import { handlePattern, toPlaceholder } from './handles.ts'
import { camelCase, isNullable } from './jco-shapes.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type { Mismatch } from './mismatch.ts'
import { isRecord, mapped, nameOf, ownValue, Walk } from './mismatch.ts'
import { base64, character, float, smallInteger, text, wideInteger } from './scalar-arguments.ts'
import { neutralise } from './text.ts'
import type { FunctionType, Named, WitHandle, WitType, WitVariant } from './wit.ts'

export type ArgumentFault = Mismatch

/**
 * The positional JavaScript values for a call, fresh and owned by the caller. Keys of `args` are
 * the WIT names; an absent or null option is none, anything else absent or unknown is refused.
 * Nothing is converted silently: no wrapping, no rounding, no defaults.
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
  return mapped(() =>
    fieldsOf(type.params, args === undefined ? {} : args, walk).map(([, value]) => value),
  )
}

const MAX_SHOWN_CHARS = 200

/**
 * One sentence for the client. The path holds names of the tool's schema, or a key the client sent.
 */
export function describeArgumentFault({ path, problem, expected }: ArgumentFault): string {
  const place =
    path === '' ? 'The argument object' : `Argument \`${neutralise(path, MAX_SHOWN_CHARS)}\``
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
    case 'own':
    case 'borrow':
      return handle(type, value, walk)
    case 'map':
    case 'stream':
    case 'future':
    case 'error-context':
      return walk.fail('unsupported', 'nothing')
    default:
      return type satisfies never
  }
}

/** Stands for the resource until the shell puts it there; whether it still exists shows then. */
function handle(type: WitHandle, value: unknown, walk: Walk): unknown {
  if (typeof value === 'string' && handlePattern(type).test(value))
    return toPlaceholder(value, type)
  const prefix = type.home?.prefix ?? type.resource
  return walk.fail('wrong-type', `a handle of a ${prefix}, as an earlier call returned it`)
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
  expectKeys(value, walk.byName(fields, nameOf), walk)
  return fields.map(({ name, type }) => [
    name,
    walk.at(name, () => {
      const field = ownValue(value, name)
      if (field === undefined && type.kind !== 'option') return walk.fail('missing', nounOf(type))
      return toGuest(type, field, walk)
    }),
  ])
}

const TAG_ONLY = ['tag']
const TAG_AND_VAL = ['tag', 'val']
const SIDES = ['ok', 'err']

const MAX_KEY_CHARS = 64
const MAX_LISTED_NAMES = 20

function expectKeys(value: object, known: ReadonlyMap<string, unknown>, walk: Walk): void {
  const keys = Object.keys(value)
  walk.values(keys.length)
  for (const key of keys) {
    if (known.has(key)) continue
    const shown = neutralise(key, MAX_KEY_CHARS)
    walk.at(shown, () => walk.fail('unknown', listed([...known.keys()])))
  }
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing'
  const more = names.length > MAX_LISTED_NAMES ? ' and others' : ''
  return `one of ${names.slice(0, MAX_LISTED_NAMES).join(', ')}${more}`
}

function variant({ cases }: WitVariant, value: unknown, walk: Walk): unknown {
  if (!isRecord(value)) return walk.fail('wrong-type', 'an object with a tag')
  const { name, type } = walk.at('tag', () => caseOf(cases, ownValue(value, 'tag'), walk))
  if (type === null) {
    expectKeys(value, walk.byName(TAG_ONLY, String), walk)
    return { tag: name }
  }
  expectKeys(value, walk.byName(TAG_AND_VAL, String), walk)
  return { tag: name, val: walk.at('val', () => present(type, ownValue(value, 'val'), walk)) }
}

function caseOf(cases: WitVariant['cases'], tag: unknown, walk: Walk): WitVariant['cases'][number] {
  const one = typeof tag === 'string' ? walk.byName(cases, nameOf).get(tag) : undefined
  if (one !== undefined) return one
  return walk.fail(typeof tag === 'string' ? 'unknown' : 'wrong-type', listed(cases.map(nameOf)))
}

/** Like a field: only an option may be absent. */
function present(type: WitType, value: unknown, walk: Walk): unknown {
  if (value === undefined && type.kind !== 'option') return walk.fail('missing', nounOf(type))
  return toGuest(type, value, walk)
}

function oneOf(names: readonly string[], value: unknown, walk: Walk): string {
  if (typeof value !== 'string') return walk.fail('wrong-type', listed(names))
  return walk.byName(names, String).has(value) ? value : walk.fail('unknown', listed(names))
}

/** A list of names; also `{name: true}`, the other form that clients of Wassette have seen. */
function flags(names: readonly string[], value: unknown, walk: Walk): Record<string, boolean> {
  walk.values(names.length)
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
    expectKeys(value, walk.byName(names, String), walk)
    for (const name of names) {
      const flag = Object.hasOwn(value, name) ? ownValue(value, name) : false
      if (typeof flag !== 'boolean') walk.at(name, () => walk.fail('wrong-type', 'true or false'))
      if (flag === true) set.add(name)
    }
  } else {
    walk.fail('wrong-type', `a list with names ${listed(names)}`)
  }
  return Object.fromEntries(names.map((name) => [camelCase(name), set.has(name)]))
}

/** In JSON every option of an option has a tag; in JavaScript every other one (`jco-shapes.ts`). */
function option(inner: WitType, value: unknown, walk: Walk): unknown {
  const tagged = isNullable(inner)
  if (value === undefined || value === null) return tagged ? { tag: 'none' } : undefined
  const val = inner.kind === 'option' ? some(inner, value, walk) : toGuest(inner, value, walk)
  return tagged ? { tag: 'some', val } : val
}

function some(inner: WitType, value: unknown, walk: Walk): unknown {
  if (!isRecord(value) || ownValue(value, 'tag') !== 'some') {
    return walk.fail('wrong-type', 'null, or an object with the tag some')
  }
  expectKeys(value, walk.byName(TAG_AND_VAL, String), walk)
  return walk.at('val', () => {
    const val = ownValue(value, 'val')
    return val === undefined ? walk.fail('missing', 'a value or null') : toGuest(inner, val, walk)
  })
}

function result(ok: WitType | null, err: WitType | null, value: unknown, walk: Walk): unknown {
  const expected = 'an object with either ok or err'
  if (!isRecord(value)) return walk.fail('wrong-type', expected)
  expectKeys(value, walk.byName(SIDES, String), walk)
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
    case 'own':
    case 'borrow':
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
