import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { showArguments } from '../../src/component/show.ts'

describe('showArguments', () => {
  it('is the JSON of the arguments, whatever is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (args) => {
        const shown = showArguments(args)
        if (shown.includes('more characters')) return
        expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(args ?? {})))
      }),
    )
  })

  it('shows nothing that cannot be seen', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = showArguments({ text }).replaceAll('\n', '').replaceAll(' ', '')
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

  it('counts what it leaves out', () => {
    expect(showArguments({ text: 'x'.repeat(10_000) })).toMatch(/x\n… and 6\d{3} more characters$/)
  })

  it('takes a call without arguments for an empty one', () => {
    expect(showArguments(undefined)).toBe('{}')
  })
})
