import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkArguments, describeArgumentFault } from '../../src/component/arguments.ts'
import type { FunctionType, WitType } from '../../src/component/wit.ts'
import { witType } from './support/wit-types.ts'

const taking = (type: WitType): FunctionType => ({
  params: [{ name: 'x', type }],
  result: null,
  async: false,
})

/** What jco gets for the value, or the problem. */
function given(type: WitType, value: unknown): unknown {
  const checked = checkArguments(taking(type), { x: value })
  return checked.ok ? checked.value[0] : checked.error.problem
}

const STRING: WitType = { kind: 'string' }
const option = (inner: WitType): WitType => ({ kind: 'option', inner })
const list = (element: WitType): WitType => ({ kind: 'list', element })

describe('checkArguments on numbers', () => {
  it('takes whole numbers within their width and wraps none', () => {
    expect(given({ kind: 'u8' }, 255)).toBe(255)
    expect(given({ kind: 'u8' }, 256)).toBe('out-of-range')
    expect(given({ kind: 'u8' }, -1)).toBe('out-of-range')
    expect(given({ kind: 's8' }, -128)).toBe(-128)
    expect(given({ kind: 'u32' }, 1.5)).toBe('wrong-type')
    expect(given({ kind: 'u32' }, '12')).toBe('wrong-type')
    expect(given({ kind: 's32' }, Number.NaN)).toBe('wrong-type')
    expect(given({ kind: 's16' }, true)).toBe('wrong-type')
  })

  it('takes 64-bit numbers as numbers that are exact, or as digits', () => {
    expect(given({ kind: 'u64' }, 7)).toBe(7n)
    expect(given({ kind: 'u64' }, '18446744073709551615')).toBe(2n ** 64n - 1n)
    expect(given({ kind: 'u64' }, '18446744073709551616')).toBe('out-of-range')
    expect(given({ kind: 's64' }, '-9223372036854775808')).toBe(-(2n ** 63n))
    expect(given({ kind: 'u64' }, 2 ** 53)).toBe('out-of-range')
    expect(given({ kind: 'u64' }, -1)).toBe('out-of-range')
    for (const text of ['0x10', '1e3', ' 1', '', '-1', '01', '1n']) {
      expect(given({ kind: 'u64' }, text)).toBe('wrong-type')
    }
  })

  it('takes floats, and the three that JSON has no number for as words', () => {
    expect(given({ kind: 'f64' }, 1.5)).toBe(1.5)
    expect(given({ kind: 'f64' }, 'NaN')).toBeNaN()
    expect(given({ kind: 'f32' }, '-inf')).toBe(Number.NEGATIVE_INFINITY)
    expect(given({ kind: 'f32' }, 1e39)).toBe('out-of-range')
    expect(given({ kind: 'f64' }, 1e39)).toBe(1e39)
    expect(given({ kind: 'f64' }, 'Infinity')).toBe('wrong-type')
  })
})

describe('checkArguments on text and bytes', () => {
  it('takes one character, also one of two code units', () => {
    expect(given({ kind: 'char' }, '🦀')).toBe('🦀')
    expect(given({ kind: 'char' }, '')).toBe('wrong-type')
    expect(given({ kind: 'char' }, 'ab')).toBe('wrong-type')
    expect(given({ kind: 'char' }, '\uD800')).toBe('wrong-type')
  })

  it('refuses strings that would arrive as another text', () => {
    expect(given(STRING, 'a\uD800b')).toBe('wrong-type')
    expect(given(STRING, 'a\u0000b')).toBe('a\u0000b')
    expect(given(STRING, 5)).toBe('wrong-type')
  })

  it('takes bytes as base64 or as a list of numbers', () => {
    const bytes = list({ kind: 'u8' })
    expect(given(bytes, 'AQL/')).toEqual(Uint8Array.of(1, 2, 255))
    expect(given(bytes, [1, 2, 255])).toEqual(Uint8Array.of(1, 2, 255))
    expect(given(bytes, '')).toEqual(new Uint8Array())
    expect(given(bytes, [256])).toBe('out-of-range')
    for (const text of ['AQ', 'AQ=', 'A*==', 'AQL/\n', '====', 'AQ==AQ==', 'A-_=']) {
      expect(given(bytes, text)).toBe('wrong-type')
    }
  })
})

describe('checkArguments on compound types', () => {
  const record: WitType = {
    kind: 'record',
    fields: [
      { name: 'max-results', type: { kind: 'u32' } },
      { name: 'HTTP-header', type: option(STRING) },
    ],
  }

  it('writes fields in the camel case of jco', () => {
    expect(given(record, { 'max-results': 3, 'HTTP-header': 'a' })).toEqual({
      maxResults: 3,
      httpHeader: 'a',
    })
  })

  it('takes an absent or null option as none, and refuses any other absence', () => {
    expect(given(record, { 'max-results': 3 })).toEqual({ maxResults: 3, httpHeader: undefined })
    expect(given(record, { 'max-results': 3, 'HTTP-header': null })).toMatchObject({
      maxResults: 3,
    })
    expect(given(record, { 'HTTP-header': 'a' })).toBe('missing')
    expect(given(record, { 'max-results': null })).toBe('wrong-type')
  })

  it('refuses unknown keys, also those that mean something to JavaScript', () => {
    expect(given(record, { 'max-results': 3, maxResults: 3 })).toBe('unknown')
    const hostile = JSON.parse('{"max-results": 3, "__proto__": {"HTTP-header": "a"}}') as unknown
    expect(given(record, hostile)).toBe('unknown')
  })

  it('reads own properties only', () => {
    expect(given(record, Object.create({ 'max-results': 3 }))).toBe('missing')
    const getter = {
      get 'max-results'(): number {
        throw new Error('read')
      },
    }
    expect(given(record, getter)).toBe('missing')
    const empty: WitType = { kind: 'record', fields: [{ name: 'constructor', type: STRING }] }
    expect(given(empty, {})).toBe('missing')
  })

  it('takes flags as a list of names or an object of booleans', () => {
    const flags: WitType = { kind: 'flags', names: ['read', 'write-all'] }
    expect(given(flags, ['write-all'])).toEqual({ read: false, writeAll: true })
    expect(given(flags, { read: true })).toEqual({ read: true, writeAll: false })
    expect(given(flags, [])).toEqual({ read: false, writeAll: false })
    expect(given(flags, ['exec'])).toBe('unknown')
    expect(given(flags, { exec: true })).toBe('unknown')
    expect(given(flags, ['read', 'read'])).toBe('repeated')
    expect(given(flags, { read: 1 })).toBe('wrong-type')
    expect(given(flags, 'read')).toBe('wrong-type')
  })

  it('takes variants by tag, closed', () => {
    const variant: WitType = {
      kind: 'variant',
      cases: [
        { name: 'all', type: null },
        { name: 'first', type: { kind: 'u8' } },
      ],
    }
    expect(given(variant, { tag: 'all' })).toEqual({ tag: 'all' })
    expect(given(variant, { tag: 'first', val: 2 })).toEqual({ tag: 'first', val: 2 })
    expect(given(variant, { tag: 'all', val: 2 })).toBe('unknown')
    expect(given(variant, { tag: 'first' })).toBe('missing')
    expect(given(variant, { tag: 'last', val: 2 })).toBe('unknown')
    expect(given(variant, 'all')).toBe('wrong-type')
    expect(given(variant, { tag: 'constructor' })).toBe('unknown')
  })

  it('takes enum cases by name', () => {
    expect(given({ kind: 'enum', names: ['dark-blue'] }, 'dark-blue')).toBe('dark-blue')
    expect(given({ kind: 'enum', names: ['dark-blue'] }, 'darkBlue')).toBe('unknown')
  })

  it('takes nested options with tags, as many as jco wants', () => {
    const two = option(option({ kind: 'u8' }))
    expect(given(two, null)).toEqual({ tag: 'none' })
    expect(given(two, { tag: 'some', val: null })).toEqual({ tag: 'some', val: undefined })
    expect(given(two, { tag: 'some', val: 5 })).toEqual({ tag: 'some', val: 5 })
    expect(given(two, 5)).toBe('wrong-type')
    const three = option(two)
    expect(given(three, null)).toBe(undefined)
    expect(given(three, { tag: 'some', val: null })).toEqual({ tag: 'none' })
    expect(given(three, { tag: 'some', val: { tag: 'some', val: 5 } })).toEqual({
      tag: 'some',
      val: 5,
    })
  })

  it('takes a result with exactly one side', () => {
    const result: WitType = { kind: 'result', ok: null, err: STRING }
    expect(given(result, { ok: null })).toEqual({ tag: 'ok', val: undefined })
    expect(given(result, { err: 'no' })).toEqual({ tag: 'err', val: 'no' })
    expect(given(result, {})).toBe('wrong-type')
    expect(given(result, { ok: null, err: 'no' })).toBe('wrong-type')
    expect(given(result, { ok: 1 })).toBe('wrong-type')
  })

  it('takes tuples of exactly their length', () => {
    const pair: WitType = { kind: 'tuple', types: [STRING, { kind: 'bool' }] }
    expect(given(pair, ['a', true])).toEqual(['a', true])
    expect(given(pair, ['a'])).toBe('wrong-type')
    expect(given(pair, ['a', true, 1])).toBe('wrong-type')
  })

  it('takes handles of the resource that is meant, and says whether the call keeps it', () => {
    const id = '0123456789abcdef0123456789abcdef'
    const owned = { kind: 'own', resource: 'r' } as const
    expect(given(owned, `r:${id}`)).toEqual({ $handle: id, own: true })
    expect(given({ kind: 'borrow', resource: 'r' }, `r:${id}`)).toEqual({ $handle: id, own: false })
    for (const other of [`s:${id}`, `r:${id}0`, 'r:', id, { $handle: id }, null]) {
      expect(given(owned, other)).toBe('wrong-type')
    }
  })

  it('refuses streams, which have no JSON form', () => {
    expect(given({ kind: 'stream', inner: null }, [])).toBe('unsupported')
  })
})

describe('checkArguments as a whole', () => {
  const fn: FunctionType = {
    params: [
      { name: 'first', type: STRING },
      {
        name: 'options',
        type: option({ kind: 'record', fields: [{ name: 'limit', type: { kind: 'u8' } }] }),
      },
      {
        name: 'documents',
        type: list({ kind: 'record', fields: [{ name: 'text', type: STRING }] }),
      },
    ],
    result: null,
    async: false,
  }

  it('gives values in the order of the parameters', () => {
    const args = { documents: [{ text: 'a' }], first: 'f' }
    expect(checkArguments(fn, args)).toEqual({ ok: true, value: ['f', undefined, [{ text: 'a' }]] })
  })

  it.each([
    [{}, 'first', 'missing'],
    [{ first: 'a', documents: [], surplus: 1 }, 'surplus', 'unknown'],
    [{ first: 'a', documents: [], options: { limit: 300 } }, 'options.limit', 'out-of-range'],
    [{ first: 'a', documents: [{ text: 'a' }, { text: 4 }] }, 'documents[1].text', 'wrong-type'],
    ['text', '', 'wrong-type'],
    [[], '', 'wrong-type'],
  ])('says where %j does not fit', (args, path, problem) => {
    expect(checkArguments(fn, args)).toMatchObject({ ok: false, error: { path, problem } })
  })

  it('takes absent arguments for a function without parameters', () => {
    const none: FunctionType = { params: [], result: null, async: false }
    expect(checkArguments(none, undefined)).toEqual({ ok: true, value: [] })
    expect(checkArguments(none, {})).toEqual({ ok: true, value: [] })
    expect(checkArguments(none, { a: 1 })).toMatchObject({ error: { expected: 'nothing' } })
  })

  it('refuses more values or text than a call may carry', () => {
    const many = { first: 'a', documents: Array.from({ length: 200_001 }, () => ({ text: '' })) }
    expect(checkArguments(fn, many)).toMatchObject({ error: { problem: 'too-large' } })
    const long = { first: 'a'.repeat(5_000_000), documents: [] }
    expect(checkArguments(fn, long)).toMatchObject({ error: { problem: 'too-large' } })
  })

  it('survives any JSON and any object for any type', () => {
    fc.assert(
      fc.property(witType(), fc.anything(), (type, value) => {
        checkArguments(taking(type), { x: value })
        checkArguments(taking(type), value)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('describeArgumentFault', () => {
  const sentence = (type: WitType, args: unknown): string => {
    const checked = checkArguments(taking(type), args)
    return checked.ok ? '' : describeArgumentFault(checked.error)
  }

  it('names the place and what belongs there', () => {
    expect(sentence({ kind: 'u8' }, { x: 300 })).toBe(
      'Argument `x` does not fit: expected a whole number from 0 to 255.',
    )
    expect(sentence(STRING, {})).toBe('Argument `x` is missing: expected a string.')
    expect(sentence(STRING, 5)).toBe('The argument object does not fit: expected an object.')
  })

  it('shows an unknown key cut and neutralised', () => {
    const key = `\u001b[31m${'k'.repeat(500)}\u202E`
    const text = sentence(STRING, { x: 'a', [key]: 1 })
    expect(text).toBe(`Argument \`${'k'.repeat(63)}…\` is not known here: expected one of x.`)
  })
})
