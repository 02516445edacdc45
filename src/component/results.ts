// What a call returned, from jco's values to the JSON of `schema.ts`. The values come out of a
// guest's isolate and count as hostile: own data properties only, every shape checked, everything
// counted.

import { BOUNDS } from '../policy/limits.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { toBase64 } from './base64.ts'
import { fromPlaceholder } from './handles.ts'
import { camelCase, isNullable } from './jco-shapes.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type { Mismatch } from './mismatch.ts'
import type { ContentKind } from './mcp-types.ts'
import { contentKind } from './mcp-types.ts'
import { isRecord, mapped, nameOf, ownValue, Walk } from './mismatch.ts'
import type { SmallInteger, WideInteger } from './scalars.ts'
import { smallRange, wideRange } from './scalars.ts'
import type { Json } from './schema.ts'
import type { FunctionType, WitResult, WitType, WitVariant } from './wit.ts'

export type ResultFault = Mismatch

/** How the call ended, as the shell reports it. `err` is what a `result` type's error threw. */
export type CallOutcome =
  | { readonly tag: 'ok'; readonly value: unknown }
  | { readonly tag: 'err'; readonly value: unknown }

export interface LiftedResult {
  readonly json: Json
  /** A string result as it is, anything else as JSON. A stranger's words: never inside ours. */
  readonly text: string
  readonly isError: boolean
  /** Fits `outputSchema`; null where there is none. */
  readonly structured: { readonly result: Json } | null
  /** Base64, when bytes are the whole result or the ok side of it. */
  readonly blob: string | null
  /** MCP content that the component made itself, as the JSON of its type in `wassette-edge:mcp`. */
  readonly content: { readonly kind: ContentKind; readonly json: Json } | null
}

/** Whether a call that went well answers with a value. A command's `run` does not: it prints. */
export function answersWithValue({ result }: FunctionType): boolean {
  return result !== null && (result.kind !== 'result' || result.ok !== null)
}

/** Each value of a result counts as so many bytes at the least: it costs an object of ours. */
const VALUE_BYTES = 20

const utf8 = new TextEncoder()

/**
 * Never throws for values that crossed an isolate's border. `maxBytes` bounds the result as JSON: beyond
 * it the problem is `too-large`.
 */
export function liftResult(
  type: FunctionType,
  outcome: CallOutcome,
  maxBytes: number = BOUNDS.outputBytes.default,
): Result<LiftedResult, ResultFault> {
  const walk = new Walk({
    maxValues: Math.floor(maxBytes / VALUE_BYTES),
    maxChars: maxBytes,
    maxDepth: 2 * COMPONENT_LIMITS.MAX_TYPE_DEPTH,
  })
  const lifted = mapped(() => topLevel(type.result, outcome, walk))
  if (!lifted.ok) return lifted
  const json = lifted.value
  const kind = contentKind(type.result)
  const text = typeof json === 'string' ? json : JSON.stringify(json)
  if (text.length > maxBytes || utf8.encode(text).byteLength > maxBytes) {
    return err({ path: '', problem: 'too-large', expected: 'a shorter result' })
  }
  return ok({
    json,
    text,
    isError: outcome.tag === 'err',
    structured: type.result === null || kind !== null ? null : { result: json },
    blob: blobOf(type.result, json),
    content:
      kind === null || outcome.tag === 'err' ? null : { kind, json: okSide(type.result, json) },
  })
}

/**
 * For the client: what went wrong, without a word of the guest's. Path and problem go into fields.
 */
export function describeResultFault({ problem }: ResultFault): string {
  switch (problem) {
    case 'too-large':
    case 'too-deep':
      return 'The component returned more than one answer may carry.'
    case 'missing':
    case 'unknown':
    case 'wrong-type':
    case 'out-of-range':
    case 'repeated':
    case 'unsupported':
      return 'The component returned a value that does not fit the declared type of its result.'
    default:
      return problem satisfies never
  }
}

/** A `result` is told apart by how the call ended; every other type can only have ended well. */
function topLevel(type: WitType | null, { tag, value }: CallOutcome, walk: Walk): Json {
  if (type?.kind === 'result') {
    return walk.at(tag, () => resultSide(type, tag, value, walk))
  }
  if (tag === 'err') return walk.fail('wrong-type', 'a value, for the function declares no error')
  return type === null ? null : fromGuest(type, value, walk)
}

function fromGuest(type: WitType, value: unknown, walk: Walk): Json {
  walk.values(1)
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : walk.fail('wrong-type', 'a boolean')
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
      return type.element.kind === 'u8' ? base64(value, walk) : items(type.element, value, walk)
    case 'record': {
      const object = expectObject(value, walk)
      const fields = type.fields.map(({ name, type: field }): [string, Json] => [
        name,
        walk.at(name, () => fromGuest(field, ownValue(object, camelCase(name)), walk)),
      ])
      return Object.fromEntries(fields)
    }
    case 'tuple':
      if (!Array.isArray(value) || value.length !== type.types.length) {
        return walk.fail('wrong-type', `a list of ${type.types.length}`)
      }
      return type.types.map((one, i) => walk.at(i, () => fromGuest(one, value[i], walk)))
    case 'variant':
      return variant(type, expectObject(value, walk), walk)
    case 'enum':
      return oneOf(type.names, value, walk)
    case 'flags':
      return flags(type.names, expectObject(value, walk), walk)
    case 'option':
      return option(type.inner, value, walk)
    case 'result': {
      const object = expectObject(value, walk)
      const tag = oneOf(SIDES, ownValue(object, 'tag'), walk) === 'ok' ? 'ok' : 'err'
      return walk.at(tag, () => resultSide(type, tag, ownValue(object, 'val'), walk))
    }
    case 'own':
      return fromPlaceholder(type, value) ?? walk.fail('wrong-type', 'a handle of a resource')
    case 'borrow':
    case 'map':
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
  if (typeof value !== 'number' || !Number.isInteger(value)) return walk.fail('wrong-type', kind)
  return value < min || value > max ? walk.fail('out-of-range', kind) : value
}

/** A number as long as JSON readers keep it exact, digits beyond. */
function wideInteger(kind: WideInteger, value: unknown, walk: Walk): number | string {
  const { min, max } = wideRange(kind)
  if (typeof value !== 'bigint') return walk.fail('wrong-type', kind)
  if (value < min || value > max) return walk.fail('out-of-range', kind)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/**
 * An f32 as the number that it is (0.10000000149011612), as Wassette gives it: a shorter one that reads back to
 * the same 32 bits is another number to whoever reads 64.
 */
function float(kind: 'f32' | 'f64', value: unknown, walk: Walk): number | string {
  if (typeof value !== 'number') return walk.fail('wrong-type', 'a number')
  if (kind === 'f32' && !Object.is(Math.fround(value), value))
    return walk.fail('out-of-range', kind)
  if (Number.isFinite(value)) return value
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? 'inf' : '-inf'
}

function character(value: unknown, walk: Walk): string {
  const fits = typeof value === 'string' && value.length <= 2 && value.isWellFormed()
  return fits && [...value].length === 1 ? value : walk.fail('wrong-type', 'a character')
}

function text(value: unknown, walk: Walk): string {
  if (typeof value !== 'string') return walk.fail('wrong-type', 'a string')
  walk.chars(value.length)
  return value.isWellFormed() ? value : walk.fail('wrong-type', 'a string of valid Unicode')
}

/** jco makes a typed array of any list of numbers. */
function elements(value: unknown, walk: Walk): ArrayLike<unknown> {
  if (Array.isArray(value)) return value
  if (!ArrayBuffer.isView(value) || value instanceof DataView)
    return walk.fail('wrong-type', 'a list')
  return value as unknown as ArrayLike<unknown>
}

function base64(value: unknown, walk: Walk): string {
  if (value instanceof Uint8Array) {
    walk.chars(Math.ceil(value.length / 3) * 4)
    return toBase64(value)
  }
  const list = elements(value, walk)
  walk.values(list.length)
  const bytes = Array.from(list, (byte, i) => walk.at(i, () => smallInteger('u8', byte, walk)))
  return toBase64(Uint8Array.from(bytes))
}

function items(element: WitType, value: unknown, walk: Walk): Json[] {
  const list = elements(value, walk)
  const lifted: Json[] = []
  for (let i = 0; i < list.length; i += 1) {
    lifted.push(walk.at(i, () => fromGuest(element, list[i], walk)))
  }
  return lifted
}

function variant({ cases }: WitVariant, value: object, walk: Walk): Json {
  const tag = ownValue(value, 'tag')
  const one = typeof tag === 'string' ? walk.byName(cases, nameOf).get(tag) : undefined
  if (one === undefined) return walk.fail('wrong-type', 'a tag that is declared')
  const { name, type } = one
  if (type === null) return { tag: name }
  return { tag: name, val: walk.at('val', () => fromGuest(type, ownValue(value, 'val'), walk)) }
}

function oneOf(names: readonly string[], value: unknown, walk: Walk): string {
  const known = typeof value === 'string' && walk.byName(names, String).has(value)
  return known ? value : walk.fail('wrong-type', 'one of the declared names')
}

const SIDES = ['ok', 'err']
const OPTION_TAGS = ['none', 'some']

function flags(names: readonly string[], value: object, walk: Walk): string[] {
  walk.values(names.length)
  return names.filter((name) => {
    const flag = ownValue(value, camelCase(name))
    return typeof flag === 'boolean' ? flag : walk.fail('wrong-type', 'flags as booleans')
  })
}

/** In JavaScript every other option of an option has a tag (`jco-shapes.ts`), in JSON each has. */
function option(inner: WitType, value: unknown, walk: Walk): Json {
  let val = value
  if (isNullable(inner)) {
    const object = expectObject(value, walk)
    if (oneOf(OPTION_TAGS, ownValue(object, 'tag'), walk) === 'none') return null
    val = ownValue(object, 'val')
  } else if (value === undefined || value === null) {
    return null
  }
  if (inner.kind !== 'option') return fromGuest(inner, val, walk)
  return { tag: 'some', val: walk.at('val', () => fromGuest(inner, val, walk)) }
}

function resultSide(type: WitResult, tag: 'ok' | 'err', value: unknown, walk: Walk): Json {
  const side = type[tag]
  return { [tag]: side === null ? null : fromGuest(side, value, walk) }
}

function expectObject(value: unknown, walk: Walk): object {
  return isRecord(value) ? value : walk.fail('wrong-type', 'an object')
}

function okSide(type: WitType | null, json: Json): Json {
  if (type?.kind !== 'result') return json
  return isRecord(json) ? (ownValue(json, 'ok') as Json) : null
}

function blobOf(type: WitType | null, json: Json): string | null {
  if (type === null) return null
  if (type.kind === 'list' && type.element.kind === 'u8' && typeof json === 'string') return json
  if (type.kind !== 'result' || type.ok === null || !isRecord(json)) return null
  const side = ownValue(json, 'ok')
  return typeof side === 'string' ? blobOf(type.ok, side) : null
}
