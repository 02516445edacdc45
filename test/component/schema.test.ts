import { describe, expect, it } from 'vitest'
import { BASE64_PATTERN } from '../../src/component/base64.ts'
import type { PackageDocs } from '../../src/component/docs.ts'
import { MAX_F32_NUMBER, WIDE_DIGITS } from '../../src/component/scalars.ts'
import { inputSchema, outputSchema, toJsonSchema } from '../../src/component/schema.ts'
import type { FunctionType, WitType } from '../../src/component/wit.ts'

const STRING: WitType = { kind: 'string' }

const closed = (properties: object, required: string[]) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

describe('toJsonSchema', () => {
  it('bounds integers by their width', () => {
    expect(toJsonSchema({ kind: 'u8' })).toEqual({ type: 'integer', minimum: 0, maximum: 255 })
    expect(toJsonSchema({ kind: 's32' })).toEqual({
      type: 'integer',
      minimum: -2147483648,
      maximum: 2147483647,
    })
  })

  it('offers digits for what JSON numbers do not carry exactly', () => {
    expect(toJsonSchema({ kind: 'u64' })).toEqual({
      anyOf: [
        { type: 'integer', minimum: 0, maximum: 9007199254740991 },
        { type: 'string', pattern: WIDE_DIGITS.u64 },
      ],
    })
    expect(toJsonSchema({ kind: 's64' })).toMatchObject({
      anyOf: [{ minimum: -9007199254740991 }, { pattern: WIDE_DIGITS.s64 }],
    })
  })

  it('names the three floats without a number, and bounds what is rounded', () => {
    const words = { type: 'string', enum: ['NaN', 'inf', '-inf'] }
    expect(toJsonSchema({ kind: 'f64' })).toEqual({ anyOf: [{ type: 'number' }, words] })
    const number = { type: 'number', minimum: -MAX_F32_NUMBER, maximum: MAX_F32_NUMBER }
    expect(toJsonSchema({ kind: 'f32' })).toEqual({ anyOf: [number, words] })
    // The next double is one that rounds to infinity.
    expect(Math.fround(MAX_F32_NUMBER)).toBe((2 - 2 ** -23) * 2 ** 127)
    expect(Math.fround(MAX_F32_NUMBER * (1 + Number.EPSILON))).toBe(Number.POSITIVE_INFINITY)
  })

  it('takes a char as a string of one character', () => {
    expect(toJsonSchema({ kind: 'char' })).toEqual({ type: 'string', minLength: 1, maxLength: 1 })
  })

  it('gives bytes as base64, and takes a list of numbers as well', () => {
    const bytes: WitType = { kind: 'list', element: { kind: 'u8' } }
    const base64 = { type: 'string', contentEncoding: 'base64' }
    expect(toJsonSchema(bytes)).toEqual(base64)
    expect(toJsonSchema(bytes, { use: 'input' })).toEqual({
      anyOf: [
        { ...base64, pattern: BASE64_PATTERN },
        { type: 'array', items: { type: 'integer', minimum: 0, maximum: 255 } },
      ],
    })
  })

  it('requires of a record what is not an option, and closes it', () => {
    const record: WitType = {
      kind: 'record',
      fields: [
        { name: 'a-b', type: STRING },
        { name: 'c', type: { kind: 'option', inner: { kind: 'bool' } } },
      ],
    }
    expect(toJsonSchema(record)).toEqual(
      closed({ 'a-b': { type: 'string' }, c: { anyOf: [{ type: 'boolean' }, { type: 'null' }] } }, [
        'a-b',
      ]),
    )
  })

  it('fixes the length of a tuple', () => {
    expect(toJsonSchema({ kind: 'tuple', types: [STRING, { kind: 'bool' }] })).toEqual({
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'boolean' }],
      minItems: 2,
      maxItems: 2,
    })
  })

  it('tells the cases of a variant by their tag', () => {
    const variant: WitType = {
      kind: 'variant',
      cases: [
        { name: 'none', type: null },
        { name: 'text', type: STRING },
        { name: 'maybe', type: { kind: 'option', inner: STRING } },
      ],
    }
    expect(toJsonSchema(variant)).toEqual({
      oneOf: [
        closed({ tag: { const: 'none' } }, ['tag']),
        closed({ tag: { const: 'text' }, val: { type: 'string' } }, ['tag', 'val']),
        closed(
          { tag: { const: 'maybe' }, val: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
          ['tag'],
        ),
      ],
    })
  })

  it('gives enums as strings and flags as sets of them', () => {
    const names = ['a', 'b-c']
    expect(toJsonSchema({ kind: 'enum', names })).toEqual({ type: 'string', enum: names })
    expect(toJsonSchema({ kind: 'flags', names })).toEqual({
      type: 'array',
      items: { type: 'string', enum: names },
      uniqueItems: true,
    })
  })

  it('takes flags as an object of booleans as well', () => {
    const names = ['a', 'b-c']
    expect(toJsonSchema({ kind: 'flags', names }, { use: 'input' })).toEqual({
      anyOf: [
        { type: 'array', items: { type: 'string', enum: names }, uniqueItems: true },
        {
          type: 'object',
          propertyNames: { enum: names },
          additionalProperties: { type: 'boolean' },
        },
      ],
    })
  })

  it('tags the some of a nested option', () => {
    const nested: WitType = { kind: 'option', inner: { kind: 'option', inner: STRING } }
    const inner = { anyOf: [{ type: 'string' }, { type: 'null' }] }
    expect(toJsonSchema(nested)).toEqual({
      anyOf: [closed({ tag: { const: 'some' }, val: inner }, ['tag', 'val']), { type: 'null' }],
    })
  })

  it('gives a result as ok or err, null where a side is empty', () => {
    expect(toJsonSchema({ kind: 'result', ok: null, err: STRING })).toEqual({
      oneOf: [
        closed({ ok: { type: 'null' } }, ['ok']),
        closed({ err: { type: 'string' } }, ['err']),
      ],
    })
  })

  it('describes types and fields with the words of their author', () => {
    const docs: PackageDocs = {
      functionDocs: () => null,
      paramDocs: () => null,
      typeDocs: (of, name) => (of === 'a:b/c' && name === 'point' ? 'A place.' : null),
      itemDocs: (_, name, item) => (name === 'point' && item === 'x' ? 'To the right.' : null),
    }
    const point: WitType = { kind: 'record', name: 'point', fields: [{ name: 'x', type: STRING }] }
    expect(toJsonSchema(point, { docs, interface: 'a:b/c' })).toMatchObject({
      description: 'A place.',
      properties: { x: { type: 'string', description: 'To the right.' } },
    })
  })
})

describe('inputSchema and outputSchema', () => {
  const fn: FunctionType = {
    params: [
      { name: 'url', type: STRING },
      { name: 'body', type: { kind: 'option', inner: { kind: 'list', element: { kind: 'u8' } } } },
    ],
    result: { kind: 'list', element: { kind: 'u8' } },
    async: false,
  }

  it('closes the parameters and requires those that are not options', () => {
    expect(inputSchema(fn)).toMatchObject({
      type: 'object',
      required: ['url'],
      additionalProperties: false,
    })
  })

  it('takes bytes in both forms in arguments and gives one in results', () => {
    expect(JSON.stringify(inputSchema(fn))).toContain('"items"')
    expect(outputSchema(fn)).toEqual(
      closed({ result: { type: 'string', contentEncoding: 'base64' } }, ['result']),
    )
  })

  it('has no output for a function without a result', () => {
    expect(outputSchema({ ...fn, result: null })).toBe(null)
    expect(inputSchema({ ...fn, params: [] })).toEqual(closed({}, []))
  })
})
