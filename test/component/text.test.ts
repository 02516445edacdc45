import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { neutralise, spelled, toldRule } from '../../src/component/text.ts'

const clean = (text: string): string => neutralise(text, 100)

describe('neutralise', () => {
  it('leaves ordinary text of any script alone', () => {
    for (const text of ['Grüße, 世界! שלום', 'a\nb', '5 × 3 ≈ 15 €', 'é', 'न्यूज', '🦀']) {
      expect(clean(text)).toBe(text)
    }
  })

  it('removes terminal escapes with their parameters', () => {
    expect(clean('a\u001b[31;1mred\u001b[0m b')).toBe('ared b')
    expect(clean('\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007')).toBe('link')
    expect(clean('\u001b]0;title\u001b\\text')).toBe('text')
    expect(clean('\u009b2Jx\u001bcy')).toBe('xy')
  })

  it('removes what changes the direction of text', () => {
    expect(clean('a\u202Eb\u2066c\u2069d\u200Fe\u061Cf')).toBe('abcdef')
  })

  it('removes what cannot be seen', () => {
    expect(clean('a\u200Bb\u200Dc\uFEFFd\u2060e\u00ADf\u034Fg\u3164h\u2800i')).toBe('abcdefghi')
    expect(clean('x\u{E0049}\u{E0067}\u{E006E}y')).toBe('xy')
    expect(clean('a\uFE0Fb\u{E0100}c\uE000d\u{F0000}e')).toBe('abcde')
  })

  it('removes controls and lone surrogates', () => {
    expect(clean('a\u0000b\u0008c\u007Fd\u0085e\uD800f')).toBe('abcd\nef')
  })

  it('makes one kind of line break of all, and spaces of tabs', () => {
    expect(clean('a\r\nb\rc\u2028d\u2029e\tf')).toBe('a\nb\nc\nd\ne f')
  })

  it('keeps combining marks from piling up', () => {
    expect(clean(`a${'\u0301'.repeat(50)}b`)).toBe(`a${'\u0301'.repeat(4)}b`)
  })

  it('cuts by characters, not inside one, and says so', () => {
    expect(neutralise('🦀'.repeat(10), 4)).toBe('🦀🦀🦀…')
    expect(neutralise('abcd', 4)).toBe('abcd')
  })

  it('trims, and makes nothing of nothing visible', () => {
    expect(clean('  \u200B a \u200B\n ')).toBe('a')
    expect(clean('\u200B\u202E')).toBe('')
  })

  it('always gives text within the cap, visible and stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        const once = neutralise(text, max)
        expect([...once].length).toBeLessThanOrEqual(max)
        expect(once.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
        expect(neutralise(once, max)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('spelled', () => {
  it('keeps what is visible and names the rest, so that two names are never one', () => {
    expect(spelled('notes é🎉.txt', 100)).toBe('notes é🎉.txt')
    expect(spelled('a\u00a0b\u3000c', 100)).toBe('a[U+00A0]b[U+3000]c')
    expect(spelled('no\u200btes\u{e0078}\n', 100)).toBe('no[U+200B]tes[U+E0078][U+000A]')
    expect(spelled('\u001b[2J', 100)).toBe('[U+001B][2J')
    expect(spelled(' a  b c ', 100)).toBe('[U+0020]a [U+0020]b c[U+0020]')
    expect(spelled('   ', 100)).toBe('[U+0020]'.repeat(3))
  })

  it('names the marks that would be left out of a pile', () => {
    const piled = (marks: number): string => toldRule(`a${'\u0301'.repeat(marks)}b`)
    expect(piled(4)).toBe(`a${'\u0301'.repeat(4)}b`)
    expect(piled(6)).toBe(`a${'\u0301'.repeat(4)}[U+0301][U+0301]b`)
    expect(new Set([4, 5, 6, 7].map(piled)).size).toBe(4)
  })

  it('tells any two names of letters, marks and what is unseen from each other', () => {
    const char = fc.constantFrom(
      'a',
      ' ',
      '\u0301',
      '\u0302',
      '\ufe0f',
      '\u200b',
      '\t',
      '\u{e0100}',
    )
    const name = fc.string({ unit: char, maxLength: 12 })
    fc.assert(
      fc.property(name, name, (one, other) => {
        fc.pre(one !== other)
        expect(toldRule(one)).not.toBe(toldRule(other))
      }),
      { numRuns: 2_000 },
    )
  })

  it('cuts as well', () => {
    expect(Array.from(spelled('\u202e'.repeat(1_000), 30))).toHaveLength(30)
  })
})
