import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { showArguments } from '../../src/component/show.ts'

describe('showArguments', () => {
  it('is the JSON of the arguments, whatever is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (args) => {
        expect(JSON.parse(showArguments(args) ?? '')).toEqual(
          JSON.parse(JSON.stringify(args ?? {})),
        )
      }),
    )
  })

  it('shows nothing that cannot be seen', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = showArguments({ text })?.replaceAll('\n', '').replaceAll(' ', '')
        expect(shown).not.toMatch(/[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u)
      }),
    )
  })

  it('shows different texts differently', () => {
    const shown = ['a', 'a\u200b', 'a\u202e', 'a\u00a0', 'a ', 'a\u{e0061}'].map((text) =>
      showArguments({ text }),
    )
    expect(new Set(shown).size).toBe(shown.length)
  })

  it('does not let marks stack over the lines around them', () => {
    expect(showArguments({ text: `z${'\u0336'.repeat(6)}` })).toContain(
      `z${'\u0336'.repeat(4)}\\u0336\\u0336"`,
    )
  })

  it('leaves nothing out: what is longer than a person is shown, is not shown', () => {
    const text = `${'x'.repeat(1_400_000)}the end`
    expect(showArguments({ text })).toContain(text)
    expect(showArguments({ text: 'x'.repeat(1_500_000) })).toBeNull()
    // Escapes count as they are shown, and characters as they are stored.
    expect(showArguments({ text: '\u200b'.repeat(300_000) })).toBeNull()
    expect(showArguments({ text: '字'.repeat(510_000) })).toBeNull()
  })

  it('takes a call without arguments for an empty one', () => {
    expect(showArguments(undefined)).toBe('{}')
  })
})
