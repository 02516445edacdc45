// Values made from a JSON Schema, of the words that `schema.ts` writes: most fit, some miss it by a little in one
// place. What decides whether one fits is a validator.

import * as fc from 'fast-check'
import type { JsonSchema } from '../../../src/component/schema.ts'

/** JSON, with the zero that has a sign. */
type Value = unknown

/** Of every kind, and near to what numbers and words of schemas end at. */
const STRAYS: readonly Value[] = [
  ...[
    null,
    true,
    false,
    0,
    -0,
    1,
    -1,
    0.5,
    255,
    256,
    65_536,
    2 ** 31,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
  ],
  ...[-(2 ** 53), 1e39, -1e39, 3.4028235677973362e38, 3.4028235677973366e38, 1e300, 5e-324],
  ...['', ' ', '0', '-0', '00', '01', '+1', '1.0', '1e3', '0x10', ' 1', '1\n', '1n', '٣'],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809'],
  ...[
    '18446744073709551615',
    '18446744073709551616',
    '99999999999999999999',
    '100000000000000000000',
  ],
  ...['NaN', 'nan', '-NaN', 'inf', '+inf', '-inf', 'Infinity', 'INF'],
  ...[
    'zz',
    'zz=',
    'zz==',
    'z===',
    'zzzz',
    'zz==zz==',
    'zzz\n',
    'zz-_',
    '====',
    'é',
    '🦀',
    '🦀🦀',
    'ab',
  ],
  ...['\uD800', 'a\uDC00', 'e\u0301'],
  ...[[], [null], [[]], {}, { tag: 'some' }, { tag: 'none' }, { ok: null }, { err: null }],
  ...[{ ok: null, err: null }, { surplus: 1 }, { length: 1 }],
]

/** One in so many parts does not fit. */
const MISS = 24

export function instanceOf(schema: JsonSchema): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: MISS, arbitrary: near(schema) },
    { weight: 1, arbitrary: fc.constantFrom(...STRAYS) },
  )
}

function near(schema: JsonSchema): fc.Arbitrary<Value> {
  const any = (schema['anyOf'] ?? schema['oneOf']) as JsonSchema[] | undefined
  if (any !== undefined) return fc.oneof(...any.map(instanceOf))
  if (schema['const'] !== undefined) return words([schema['const'] as string])
  if (schema['enum'] !== undefined) return words(schema['enum'] as string[])
  switch (schema['type']) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return numbers(schema, fc.maxSafeInteger())
    case 'number':
      return numbers(schema, fc.double({ noNaN: true, noDefaultInfinity: true }))
    case 'string':
      return strings(schema)
    case 'array':
      return arrays(schema)
    case 'object':
      return objects(schema)
    default:
      throw new Error(`no values for ${JSON.stringify(schema)}`)
  }
}

function words(known: readonly string[]): fc.Arbitrary<Value> {
  return fc.oneof(
    { weight: MISS, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: fc.constantFrom(...known).map((word) => word.toUpperCase()) },
    { weight: 1, arbitrary: fc.constantFrom(...known).map((word) => `${word}-`) },
  )
}

function numbers(schema: JsonSchema, inside: fc.Arbitrary<number>): fc.Arbitrary<Value> {
  const ends = [schema['minimum'], schema['maximum']].filter((end) => typeof end === 'number')
  const beside = ends.flatMap((end) => [end, end - 1, end + 1, end * 1.0000001])
  const fit = inside.map((value) => Math.min(Math.max(value, ends[0] ?? value), ends[1] ?? value))
  return fc.oneof(fit, fc.constantFrom(0, -0, ...beside))
}

/** A text of the pattern, and the same with one character more, less or another. */
function strings(schema: JsonSchema): fc.Arbitrary<Value> {
  const pattern = schema['pattern']
  if (typeof pattern !== 'string') {
    const size = schema['maxLength'] === 1 ? { minLength: 1, maxLength: 1 } : {}
    return fc.string({ unit: 'binary', ...size })
  }
  const fit = fc.stringMatching(new RegExp(pattern, 'u'))
  const spoilt = fc
    .tuple(fit, fc.nat(), fc.constantFrom('', '0', '9', 'A', '=', '-', ':'), fc.boolean())
    .map(([text, n, char, more]) => {
      const at = n % (text.length + 1)
      return text.slice(0, at) + char + text.slice(more ? at : at + 1)
    })
  return fc.oneof({ weight: 2, arbitrary: fit }, { weight: 1, arbitrary: spoilt })
}

function arrays(schema: JsonSchema): fc.Arbitrary<Value> {
  const prefix = schema['prefixItems'] as JsonSchema[] | undefined
  if (prefix === undefined) {
    const item = instanceOf(schema['items'] as JsonSchema)
    const list = fc.array(item, { maxLength: 4 })
    return schema['uniqueItems'] === true ? fc.oneof(fc.uniqueArray(item), list) : list
  }
  const whole = fc.tuple(...prefix.map(instanceOf))
  return fc.oneof(
    { weight: MISS, arbitrary: whole },
    { weight: 1, arbitrary: whole.map((items) => items.slice(1)) },
    { weight: 1, arbitrary: whole.map((items) => [...items, null]) },
  )
}

/** Keys that are left out, that are too many, and that every object of JavaScript has. */
const SURPLUS = ['surplus', 'constructor', 'toString', 'length', '']

function objects(schema: JsonSchema): fc.Arbitrary<Value> {
  const surplus = { weight: 1, arbitrary: fc.constantFrom(...SURPLUS) }
  const names = schema['propertyNames'] as JsonSchema | undefined
  if (names !== undefined) {
    const key = near(names) as fc.Arbitrary<string>
    const value = instanceOf(schema['additionalProperties'] as JsonSchema)
    return fc.dictionary(fc.oneof({ weight: MISS, arbitrary: key }, surplus), value, {
      noNullPrototype: true,
    })
  }
  const properties = Object.entries(schema['properties'] as Record<string, JsonSchema>)
  const required = new Set(schema['required'] as string[])
  const parts = properties.map(([key, of]) => {
    const absent = { weight: required.has(key) ? 1 : MISS / 2, arbitrary: fc.constant([]) }
    const there = instanceOf(of).map((value) => [[key, value]])
    return fc.oneof({ weight: MISS, arbitrary: there }, absent)
  })
  const more = fc.oneof(
    { weight: MISS, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: surplus.arbitrary.map((key) => [[key, null]]) },
  )
  return fc.tuple(...parts, more).map((entries) => Object.fromEntries(entries.flat()))
}
