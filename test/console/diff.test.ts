// What a page marks as changed: everything that was, and nothing that was not.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Piece } from '../../src/console/diff.ts'
import { DiffText } from '../../src/console/diff-text.tsx'
import { DiffBudget, diffOf, linesOf, wordsOf } from '../../src/console/diff.ts'

const words = fc.array(fc.constantFrom('a ', 'b ', 'c\n', '\u200b', 'd'), { maxLength: 30 })
const text = (pieces: readonly Piece[], without: Piece['kind']): string =>
  pieces
    .filter(({ kind }) => kind !== without)
    .flatMap(({ parts }) => parts)
    .join('')

describe('diffOf', () => {
  it.each([0, 50, 10_000])(
    'holds both texts whole, with %i comparisons to spend',
    (comparisons) => {
      fc.assert(
        fc.property(words, words, (before, after) => {
          const pieces = diffOf(before, after, new DiffBudget(comparisons))
          expect(text(pieces, 'new')).toBe(before.join(''))
          expect(text(pieces, 'gone')).toBe(after.join(''))
          expect(pieces.every(({ parts }) => parts.length > 0)).toBe(true)
          if (before.join() === after.join()) {
            expect(pieces.every(({ kind }) => kind === 'same')).toBe(true)
          }
        }),
      )
    },
  )

  it('marks a word that differs by what cannot be seen, and no other', () => {
    const [before, after] = ['send it to them', 'send it\u200b to them'].map(wordsOf)
    expect(diffOf(before ?? [], after ?? [], new DiffBudget(100))).toEqual([
      { kind: 'same', parts: ['send '] },
      { kind: 'gone', parts: ['it '] },
      { kind: 'new', parts: ['it\u200b '] },
      { kind: 'same', parts: ['to ', 'them'] },
    ])
  })

  it('takes a text apart into words or lines without losing any of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t', '\u2028') }), (whole) => {
        expect(wordsOf(whole).join('')).toBe(whole)
        expect(linesOf(whole).join('')).toBe(whole)
      }),
    )
  })
})

describe('DiffText', () => {
  const shown = (before: string, after: string, of = wordsOf): string =>
    String(DiffText({ before: of(before), after: of(after), budget: new DiffBudget(10_000) }))

  it('shows a change far behind what stayed, and one that cannot be seen', () => {
    const long = Array.from({ length: 3_000 }, (_, i) => `word${i} `).join('')
    const html = shown(`${long}the end`, `${long}the\u200b \u202eend`)
    expect(html).toContain('<del>- the end</del><ins>+ the\\u200b \\u202eend</ins>')
    expect(html).toContain('… 2988 the same …')
    expect(html).toContain('word2999 ')
    expect(html).not.toContain('word2987 ')
  })

  it('shows words of a stranger as text', () => {
    const html = shown('a', '</pre><script>', linesOf)
    expect(html).toContain('<ins>+ &lt;/pre&gt;&lt;script&gt;</ins>')
  })
})
