import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/audit/canonical.ts'
import { canonicalJson, NotCanonical, wellFormed } from '../../src/audit/canonical.ts'

const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 4 }),
  ),
}))

describe('canonicalJson', () => {
  it('is JSON of the same value, whatever the order of its members', () => {
    fc.assert(
      fc.property(value, (value) => {
        const text = canonicalJson(value)
        expect(JSON.parse(text)).toEqual(value)
        expect(canonicalJson(JSON.parse(text, reversed) as Json)).toBe(text)
      }),
    )
  })

  it('orders members by UTF-16 code units, as RFC 8785 §3.2.3 shows', () => {
    const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
    const text = canonicalJson(Object.fromEntries(names.map((name) => [name, 1])))
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']
    expect(Object.keys(JSON.parse(text) as object).filter((name) => name !== '1')).toEqual(
      sorted.filter((name) => name !== '1'),
    )
    expect(text.startsWith('{"\\r":1,"1":1,')).toBe(true)
  })

  it.each([['\ud800'], [{ '\udc00': 1 }], [0.5], [Number.NaN], [2 ** 53]])(
    'refuses %j, which has no one text',
    (value) => {
      expect(() => canonicalJson(value as Json)).toThrow(NotCanonical)
    },
  )

  it('takes what was made well-formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map(unit) }), (text) => {
        expect(JSON.parse(canonicalJson(wellFormed([text])))).toEqual([text.toWellFormed()])
      }),
    )
  })
})

const unit = (code: number): string => String.fromCharCode(code)

function reversed(_key: string, member: unknown): unknown {
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member
  return Object.fromEntries(Object.entries(member).toReversed())
}
