// The integer types of WIT: their ranges as numbers or bigints, and 64-bit values as JSON can carry
// them.

export type SmallInteger = 's8' | 'u8' | 's16' | 'u16' | 's32' | 'u32'
export type WideInteger = 's64' | 'u64'

/** Both ends included. */
export interface NumberRange {
  readonly min: number
  readonly max: number
}

export interface BigRange {
  readonly min: bigint
  readonly max: bigint
}

const SMALL: Readonly<Record<SmallInteger, NumberRange>> = {
  s8: { min: -(2 ** 7), max: 2 ** 7 - 1 },
  u8: { min: 0, max: 2 ** 8 - 1 },
  s16: { min: -(2 ** 15), max: 2 ** 15 - 1 },
  u16: { min: 0, max: 2 ** 16 - 1 },
  s32: { min: -(2 ** 31), max: 2 ** 31 - 1 },
  u32: { min: 0, max: 2 ** 32 - 1 },
}

const WIDE: Readonly<Record<WideInteger, BigRange>> = {
  s64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
  u64: { min: 0n, max: 2n ** 64n - 1n },
}

export function smallRange(kind: SmallInteger): NumberRange {
  return SMALL[kind]
}

export function wideRange(kind: WideInteger): BigRange {
  return WIDE[kind]
}

/** Decimal digits of a 64-bit integer without leading zeros: exactly those that are in its range. */
export const WIDE_DIGITS: Readonly<Record<WideInteger, string>> = {
  s64: `^(?:-?(?:0|${upTo(String(WIDE.s64.max))})|${WIDE.s64.min})$`,
  u64: `^(?:0|${upTo(String(WIDE.u64.max))})$`,
}

/** A pattern of the integers from 1 to `max`, in the regular expressions that every engine has. */
function upTo(max: string): string {
  return `[1-9][0-9]{0,${max.length - 2}}|${sameLength(max)}`
}

/** Of the numbers with as many digits and none above `max`. The first digit is `least` or more. */
function sameLength(max: string, least = 1): string {
  const first = Number(max.charAt(0))
  const rest = max.slice(1)
  if (rest === '') return oneOf(least, first)
  const below = least < first ? `${oneOf(least, first - 1)}${anyDigits(rest.length)}|` : ''
  const same = sameLength(rest, 0)
  return below + first + (same.includes('|') ? `(?:${same})` : same)
}

function anyDigits(count: number): string {
  return count === 1 ? '[0-9]' : `[0-9]{${count}}`
}

function oneOf(from: number, to: number): string {
  return from === to ? String(from) : `[${from}-${to}]`
}

/**
 * The largest double that an f32 takes by rounding: half a step above its own largest value, and of the two
 * neighbours there the one below.
 */
export const MAX_F32_NUMBER = 3.4028235677973362e38

/** `NaN` and the infinities, which JSON has no number for. */
export const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
])
