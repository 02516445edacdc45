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

/** The 20 characters of the longest 64-bit integer, with its sign. */
export const WIDE_DIGITS = {
  s64: '^-?(0|[1-9][0-9]{0,18})$',
  u64: '^(0|[1-9][0-9]{0,19})$',
} as const

/** `NaN` and the infinities, which JSON has no number for. */
export const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
])
