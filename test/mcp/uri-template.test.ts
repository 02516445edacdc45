import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mayComeFrom } from '../../src/mcp/uri-template.ts'

describe('mayComeFrom', () => {
  it.each([
    ['notes://{day}', 'notes://today', true],
    ['notes://{day}', 'notes://', false],
    ['notes://{day}', 'other://today', false],
    ['test://template/{id}/data', 'test://template/123/data', true],
    ['test://template/{id}/data', 'test://template//data', false],
    ['test://template/{id}/data', 'test://template/123', false],
    ['a://{x}{y}', 'a://12', true],
    ['a://{x}{y}', 'a://1', false],
    ['a://{x}-{y}', 'a://1-2-3', true],
    ['a://fixed', 'a://fixed', true],
    ['a://fixed', 'a://fixed/more', false],
  ])('of %s and %s is %s', (template, uri, expected) => {
    expect(mayComeFrom(template, uri)).toBe(expected)
  })

  it('holds for every address that a template was filled in to', () => {
    const literal = fc.stringMatching(/^[a-z/:]{1,8}$/)
    const filled = fc.stringMatching(/^[0-9]{1,5}$/)
    fc.assert(
      fc.property(literal, fc.array(fc.tuple(filled, literal), { minLength: 1 }), (first, rest) => {
        const template = first + rest.map(([, next], at) => `{v${at}}${next}`).join('')
        const uri = first + rest.map(([value, next]) => value + next).join('')
        expect(mayComeFrom(template, uri)).toBe(true)
      }),
    )
  })
})
