// The values of an argument that have no parts: numbers, text, bytes. Each is what jco takes for
// its type or is refused; nothing is wrapped or replaced. An f32 takes the nearest value, as its
// literals do.

import { fromBase64 } from './base64.ts'
import type { Walk } from './mismatch.ts'
import type { SmallInteger, WideInteger } from './scalars.ts'
import { MAX_F32_NUMBER, NON_FINITE, smallRange, wideRange } from './scalars.ts'

export function smallInteger(kind: SmallInteger, value: unknown, walk: Walk): number {
  const { min, max } = smallRange(kind)
  const expected = `a whole number from ${min} to ${max}`
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    return walk.fail('wrong-type', expected)
  }
  return value < min || value > max ? walk.fail('out-of-range', expected) : value
}

/** Which of these numbers fit is asked of their value. */
const DIGITS = { s64: /^-?(?:0|[1-9][0-9]{0,18})$/, u64: /^(?:0|[1-9][0-9]{0,19})$/ }

/** A JSON number above 2^53 has been rounded before we see it, so it has to come as digits. */
export function wideInteger(kind: WideInteger, value: unknown, walk: Walk): bigint {
  const { min, max } = wideRange(kind)
  const expected = `a whole number from ${min} to ${max}, as a string of digits beyond 2^53`
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (!Number.isSafeInteger(value)) return walk.fail('out-of-range', expected)
  } else if (typeof value !== 'string' || !DIGITS[kind].test(value)) {
    return walk.fail('wrong-type', expected)
  }
  const wide = BigInt(value)
  return wide < min || wide > max ? walk.fail('out-of-range', expected) : wide
}

export function float(kind: 'f32' | 'f64', value: unknown, walk: Walk): number {
  const special = typeof value === 'string' ? NON_FINITE.get(value) : undefined
  if (special !== undefined) return special
  const expected = `a number, or one of ${[...NON_FINITE.keys()].join(', ')}`
  if (typeof value !== 'number' || !Number.isFinite(value)) return walk.fail('wrong-type', expected)
  if (kind === 'f32' && Math.abs(value) > MAX_F32_NUMBER) {
    return walk.fail('out-of-range', 'a number that fits 32 bits')
  }
  return value
}

export function character(value: unknown, walk: Walk): string {
  const expected = 'a string of one character'
  if (typeof value !== 'string' || value.length > 2) return walk.fail('wrong-type', expected)
  const one = [...value].length === 1 && value.isWellFormed()
  return one ? value : walk.fail('wrong-type', expected)
}

/** Lone surrogates would arrive as replacement characters: another text than was sent. */
export function text(value: unknown, walk: Walk): string {
  if (typeof value !== 'string') return walk.fail('wrong-type', 'a string')
  walk.chars(value.length)
  return value.isWellFormed() ? value : walk.fail('wrong-type', 'a string of valid Unicode')
}

export function base64(value: string, walk: Walk): Uint8Array {
  walk.chars(value.length)
  return fromBase64(value) ?? walk.fail('wrong-type', 'bytes as base64, or a list of numbers')
}
