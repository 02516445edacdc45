import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeResultFault, liftResult } from '../../src/component/results.ts'
import type { FunctionType, WitType } from '../../src/component/wit.ts'
import { witType } from './support/wit-types.ts'

const returning = (result: WitType | null): FunctionType => ({ params: [], result, async: false })

/** The JSON of what jco returned, or the problem. */
function lifted(type: WitType | null, value: unknown): unknown {
  const result = liftResult(returning(type), { tag: 'ok', value })
  return result.ok ? result.value.json : `problem: ${result.error.problem}`
}

const STRING: WitType = { kind: 'string' }
const option = (inner: WitType): WitType => ({ kind: 'option', inner })
const list = (element: WitType): WitType => ({ kind: 'list', element })

describe('liftResult on values', () => {
  it('gives 64-bit numbers as numbers while exact, as digits beyond', () => {
    expect(lifted({ kind: 'u64' }, 9007199254740991n)).toBe(9007199254740991)
    expect(lifted({ kind: 'u64' }, 9007199254740992n)).toBe('9007199254740992')
    expect(lifted({ kind: 's64' }, -(2n ** 63n))).toBe('-9223372036854775808')
    expect(lifted({ kind: 'u64' }, 7)).toBe('problem: wrong-type')
    expect(lifted({ kind: 'u64' }, -1n)).toBe('problem: out-of-range')
  })

  it('gives floats without a number as words', () => {
    expect(lifted({ kind: 'f64' }, Number.NaN)).toBe('NaN')
    expect(lifted({ kind: 'f32' }, Number.POSITIVE_INFINITY)).toBe('inf')
    expect(lifted({ kind: 'f32' }, Number.NEGATIVE_INFINITY)).toBe('-inf')
    expect(lifted({ kind: 'f64' }, 0.1)).toBe(0.1)
  })

  it('gives an f32 as the number that it is, and takes no other for one', () => {
    expect(lifted({ kind: 'f32' }, Math.fround(0.1))).toBe(0.10000000149011612)
    expect(lifted({ kind: 'f32' }, -0)).toBe(-0)
    expect(lifted({ kind: 'f32' }, 0.1)).toBe('problem: out-of-range')
    expect(lifted({ kind: 'f32' }, 1e39)).toBe('problem: out-of-range')
  })

  it('writes a zero with a sign as JavaScript does, without', () => {
    const result = liftResult(returning({ kind: 'f64' }), { tag: 'ok', value: -0 })
    expect(result).toMatchObject({ ok: true, value: { text: '0' } })
  })

  it('reads the typed arrays that jco makes of lists of numbers', () => {
    expect(lifted(list({ kind: 'u16' }), Uint16Array.of(1, 2))).toEqual([1, 2])
    expect(lifted(list({ kind: 'u64' }), BigUint64Array.of(1n, 2n ** 60n))).toEqual([
      1,
      '1152921504606846976',
    ])
    expect(lifted(list({ kind: 'f32' }), Float32Array.of(0.5, Number.NaN))).toEqual([0.5, 'NaN'])
    expect(lifted(list({ kind: 'u16' }), new DataView(new ArrayBuffer(4)))).toBe(
      'problem: wrong-type',
    )
  })

  it('gives bytes as base64', () => {
    expect(lifted(list({ kind: 'u8' }), Uint8Array.of(1, 2, 255))).toBe('AQL/')
    expect(lifted(list({ kind: 'u8' }), [1, 2, 255])).toBe('AQL/')
    expect(lifted(list({ kind: 'u8' }), [256])).toBe('problem: out-of-range')
  })

  it('gives records by their WIT names, options as null', () => {
    const record: WitType = {
      kind: 'record',
      fields: [
        { name: 'content-type', type: option(STRING) },
        { name: 'HTTP-status', type: { kind: 'u16' } },
      ],
    }
    expect(lifted(record, { contentType: undefined, httpStatus: 200 })).toEqual({
      'content-type': null,
      'HTTP-status': 200,
    })
    expect(lifted(record, { contentType: 'a' })).toBe('problem: wrong-type')
  })

  it('gives flags as the names that are set', () => {
    const flags: WitType = { kind: 'flags', names: ['read', 'write-all'] }
    expect(lifted(flags, { read: false, writeAll: true })).toEqual(['write-all'])
    expect(lifted(flags, { read: 'yes', writeAll: true })).toBe('problem: wrong-type')
  })

  it('gives nested options with tags', () => {
    const two = option(option({ kind: 'u8' }))
    expect(lifted(two, { tag: 'none' })).toBe(null)
    expect(lifted(two, { tag: 'some', val: undefined })).toEqual({ tag: 'some', val: null })
    expect(lifted(option(two), { tag: 'some', val: 5 })).toEqual({
      tag: 'some',
      val: { tag: 'some', val: 5 },
    })
  })

  it('gives inner results as ok or err', () => {
    const result: WitType = list({ kind: 'result', ok: null, err: STRING })
    expect(
      lifted(result, [
        { tag: 'ok', val: undefined },
        { tag: 'err', val: 'no' },
      ]),
    ).toEqual([{ ok: null }, { err: 'no' }])
    expect(lifted(result, [{ tag: 'other' }])).toBe('problem: wrong-type')
  })

  it('takes own data properties only', () => {
    const record: WitType = { kind: 'record', fields: [{ name: 'a', type: STRING }] }
    expect(lifted(record, Object.create({ a: 'x' }))).toBe('problem: wrong-type')
    expect(
      lifted(record, {
        get a() {
          throw new Error('read')
        },
      }),
    ).toBe('problem: wrong-type')
    const variant: WitType = { kind: 'variant', cases: [{ name: 'a', type: null }] }
    expect(lifted(variant, { tag: 'constructor' })).toBe('problem: wrong-type')
  })

  it('refuses text that is not Unicode', () => {
    expect(lifted(STRING, 'a\uD800')).toBe('problem: wrong-type')
  })
})

describe('liftResult on outcomes', () => {
  const fallible: WitType = { kind: 'result', ok: STRING, err: { kind: 'u8' } }

  it('wraps a plain value for structured content and writes it as text', () => {
    expect(liftResult(returning(list(STRING)), { tag: 'ok', value: ['a', 'b'] })).toEqual({
      ok: true,
      value: {
        json: ['a', 'b'],
        text: '["a","b"]',
        isError: false,
        structured: { result: ['a', 'b'] },
        blob: null,
        content: null,
      },
    })
  })

  it('gives a string result as it is', () => {
    const result = liftResult(returning(STRING), { tag: 'ok', value: 'say "hi"' })
    expect(result).toMatchObject({
      value: { text: 'say "hi"', structured: { result: 'say "hi"' } },
    })
  })

  it('gives a result with its side, and marks an err', () => {
    expect(liftResult(returning(fallible), { tag: 'ok', value: 'fine' })).toMatchObject({
      value: { json: { ok: 'fine' }, text: '{"ok":"fine"}', isError: false },
    })
    expect(liftResult(returning(fallible), { tag: 'err', value: 7 })).toMatchObject({
      value: {
        text: '{"err":7}',
        isError: true,
        structured: { result: { err: 7 } },
      },
    })
  })

  it('gives null for an empty side and for no result', () => {
    const empty: WitType = { kind: 'result', ok: null, err: null }
    expect(lifted(empty, undefined)).toEqual({ ok: null })
    expect(liftResult(returning(null), { tag: 'ok', value: undefined })).toMatchObject({
      value: { json: null, text: 'null', structured: null },
    })
  })

  it('refuses an error from a function that declares none', () => {
    expect(liftResult(returning(STRING), { tag: 'err', value: 'x' })).toMatchObject({ ok: false })
    expect(liftResult(returning(null), { tag: 'err', value: 'x' })).toMatchObject({ ok: false })
  })

  it('offers bytes that are the whole answer as a blob', () => {
    const bytes = list({ kind: 'u8' })
    const blob = (type: WitType, tag: 'ok' | 'err', value: unknown): unknown => {
      const result = liftResult(returning(type), { tag, value })
      return result.ok ? result.value.blob : result.error
    }
    expect(blob(bytes, 'ok', Uint8Array.of(1))).toBe('AQ==')
    expect(blob({ kind: 'result', ok: bytes, err: STRING }, 'ok', Uint8Array.of(1))).toBe('AQ==')
    expect(blob({ kind: 'result', ok: bytes, err: STRING }, 'err', 'no')).toBe(null)
    expect(blob(fallible, 'ok', 'AQ==')).toBe(null)
  })
})

describe('liftResult on hostile answers', () => {
  it('refuses more values, text or bytes than an answer may carry', () => {
    const units: WitType = list({ kind: 'tuple', types: [{ kind: 'bool' }] })
    const many = Array.from({ length: 200_001 }, () => [true])
    expect(lifted(units, many)).toBe('problem: too-large')
    const text = 'x'.repeat(1_000_000)
    expect(lifted(list(STRING), Array(10).fill(text))).toBe('problem: too-large')
    expect(lifted(list({ kind: 'u8' }), new Uint8Array(4_000_000))).toBe('problem: too-large')
  })

  it('counts what escaping adds to text', () => {
    expect(lifted(list(STRING), ['\u0000'.repeat(3_000_000)])).toBe('problem: too-large')
  })

  it('searches long enums once', () => {
    const names = Array.from({ length: 3000 }, (_, i) => `c${i}`)
    const type = list({ kind: 'enum', names })
    const value = Array(100_000).fill('c2999')
    expect((lifted(type, value) as unknown[]).length).toBe(100_000)
  })

  it('survives any value for any type', () => {
    fc.assert(
      fc.property(witType(), fc.anything(), (type, value) => {
        lifted(type, value)
        liftResult(returning(type), { tag: 'err', value })
      }),
      { numRuns: 2000 },
    )
  })

  it('says nothing of the guest in its sentences', () => {
    const fault = { path: 'evil', problem: 'wrong-type', expected: 'evil' } as const
    expect(describeResultFault(fault)).not.toContain('evil')
    expect(describeResultFault({ ...fault, problem: 'too-large' })).toMatch(/more than/)
  })
})
