// Amounts as a policy writes them: Wassette's `resources`, and the bounds of `x-wassette-edge.limits`.

import { notOf, wrong } from './grammar-scalars.ts'
import type { Bound, CallLimits } from './limits.ts'
import { BOUNDS } from './limits.ts'
import { parseAmountOf, parseBytes, parseCores, suffixesOf } from './quantity.ts'
import type { Result } from './result.ts'
import { ok } from './result.ts'
import type { ScalarFault, Shape, WrittenScalar } from './shape.ts'
import { described, mapping, scalar } from './shape.ts'

export const MEMORY =
  'Write memory as "64Mi" (Ki, Mi, Gi, Ti, or bytes without one), or as a number of MiB.'
export const MAX_MIB = Math.floor(Number.MAX_SAFE_INTEGER / 1024 / 1024)

export const memory: Shape<number> = scalar(
  ({ value, text }) => {
    if (typeof value === 'number') {
      const isMib = Number.isInteger(value) && value >= 1 && value <= MAX_MIB
      return isMib ? ok(value * 1024 * 1024) : wrong(MEMORY)
    }
    if (typeof value !== 'string') return notOf(MEMORY)
    const bytes = parseBytes(text)
    return bytes === null ? wrong(MEMORY) : ok(bytes)
  },
  { type: ['string', 'number'] },
  MEMORY,
)

const CORES = 'Write cores as "500m" or "1.5": more than nothing.'

export const cores: Shape<number> = scalar(
  ({ value, text }) => {
    if (typeof value === 'number') {
      return Number.isFinite(value) && value > 0 && value <= 1e9 ? ok(value) : wrong(CORES)
    }
    if (typeof value !== 'string') return notOf(CORES)
    const parsed = parseCores(text)
    return parsed === null ? wrong(CORES) : ok(parsed)
  },
  { type: ['string', 'number'] },
  CORES,
)

const PERCENT = 'Write percent of one core: more than 0, and 100 at the most.'

export const percent: Shape<number> = scalar(
  ({ value }) => {
    if (typeof value !== 'number') return notOf(PERCENT)
    return value > 0 && value <= 100 ? ok(value) : wrong(PERCENT)
  },
  { type: 'number', exclusiveMinimum: 0, maximum: 100 },
  PERCENT,
)

const EXAMPLES: Partial<Record<Bound['unit'], string>> = {
  bytes: '1Mi',
  milliseconds: '10s',
  units: '5M',
}

function limit(bound: Bound): Shape<number> {
  const units = Object.keys(suffixesOf(bound.unit)).filter((unit) => unit !== '')
  const sentence = `Write ${bound.unit} as a number from 1 to ${bound.most}, or with ${units.join(', ')}.`
  const amount = ({ value, text }: WrittenScalar): Result<number, ScalarFault> => {
    if (typeof value !== 'number' && typeof value !== 'string') return notOf(sentence)
    const isWhole = typeof value === 'number' && Number.isInteger(value)
    const read =
      typeof value === 'string' ? parseAmountOf(bound.unit, text) : isWhole ? value : null
    return read !== null && read >= 1 && read <= bound.most ? ok(read) : wrong(sentence)
  }
  const schema = { type: ['number', 'string'], minimum: 1, maximum: bound.most }
  return described(scalar(amount, schema, sentence), bound.reason, {
    default: bound.default,
    examples: [EXAMPLES[bound.unit] ?? 8],
  })
}

export const limits = mapping(
  Object.fromEntries(Object.values(BOUNDS).map((bound) => [bound.name, limit(bound)])),
  { isNullable: true },
)

/** Names as policies have them, keys as the code has them. */
export const BOUND_KEYS: ReadonlyMap<string, keyof CallLimits> = new Map(
  Object.entries(BOUNDS).map(([key, { name }]) => [name, key as keyof CallLimits]),
)
