// Scalars that several parts of the grammar of a policy share.

import { MAX_ARGUMENT_CHARS } from './arguments.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import { HOST_FAULTS } from './rule-faults.ts'
import type { ScalarFault, Shape } from './shape.ts'
import { described, mapping, scalar } from './shape.ts'

export type Effect = 'allow' | 'deny'
export type Refinement<T> = Result<T, Omit<ScalarFault, 'kind'>>

export const wrong = (sentence: string, suggestion?: string): { ok: false; error: ScalarFault } =>
  err({ kind: 'value', sentence, ...(suggestion === undefined ? {} : { suggestion }) })
export const notOf = (sentence: string) => err({ kind: 'structure' as const, sentence })

interface Lengths {
  readonly minLength?: number
  readonly maxLength?: number
}

export const text = (sentence: string, lengths: Lengths = {}): Shape<string> =>
  scalar(
    ({ value }) => {
      if (typeof value !== 'string') return notOf(sentence)
      const { minLength = 0, maxLength = Infinity } = lengths
      return value.length >= minLength && value.length <= maxLength ? ok(value) : wrong(sentence)
    },
    { type: 'string', ...lengths },
    sentence,
  )

/** Without quotes it may look like a number or a boolean: its text counts, as in Wassette. */
export const bareText = (sentence: string): Shape<string> =>
  scalar(
    ({ value, text }) => (value === null ? notOf(sentence) : ok(text)),
    { type: ['string', 'number', 'boolean'] },
    sentence,
  )

export const count = (sentence: string, max: number): Shape<number> =>
  scalar(
    ({ value }) => {
      if (typeof value !== 'number') return notOf(sentence)
      return Number.isInteger(value) && value >= 1 && value <= max ? ok(value) : wrong(sentence)
    },
    { type: 'number', minimum: 1, maximum: max },
    sentence,
  )

/** `{arg: url}`: what an argument of the call names. */
export const argument = mapping(
  {
    arg: described(
      text(HOST_FAULTS.argument, { minLength: 1, maxLength: MAX_ARGUMENT_CHARS }),
      'The name of an argument; dots lead into records.',
      { examples: ['url', 'request.url'] },
    ),
  },
  { required: ['arg'] },
)

/** The text of a rule's place, an argument in braces. */
export function placeText(
  host: string | { readonly arg?: string } | undefined,
): string | undefined {
  if (host === undefined || typeof host === 'string') return host
  return `{${host.arg ?? ''}}`
}

export const NO_ARGUMENT =
  'A denial names what it denies: it cannot bind to an argument. Write a host or a path.'
