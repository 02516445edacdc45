// What the form of a permission's life says: never longer than the person chose, and nothing where it says two things.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { termsIn } from '../../src/console/terms.ts'

const NOW = Date.UTC(2026, 10, 26, 12, 0, 30)
const read = (fields: Record<string, string>) => termsIn(new Map(Object.entries(fields)), NOW)

describe('termsIn', () => {
  it.each([
    ['2026-11-26T12:01', Date.UTC(2026, 10, 26, 12, 1)],
    ['2026-11-26T12:00:31', Date.UTC(2026, 10, 26, 12, 0, 31)],
    [' 2027-01-01T00:00 ', Date.UTC(2027, 0, 1)],
  ])('takes a time to come, in UTC: %s', (until, ms) => {
    expect(read({ life: 'time', until })).toMatchObject({ life: 'until', until: ms })
  })

  it.each([
    '',
    '2026-11-26T12:00:30',
    '2026-11-26T11:59',
    '2026-11-26',
    '2026-11-26T12:01Z',
    '2026-11-26T14:01+02:00',
    '2026-02-30T25:00',
    'tomorrow',
    '1e15',
  ])('takes no other for one: %j', (until) => {
    expect(read({ life: 'time', until })).toBeNull()
  })

  it('gives nothing where a time stands beside another life', () => {
    for (const life of ['always', 'once', 'session', 'hour', 'day', 'month', 'until', '']) {
      expect(read({ life, until: '2999-01-01T00:00' }), life).toBeNull()
    }
  })

  it('reads whatever is sent, and what it takes ends in time', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('always', 'once', 'session', 'time', 'hour', 'until', '7', ''),
    )
    fc.assert(
      fc.property(text, text, text, (life, until, uses) => {
        const terms = read({ life, until, uses })
        if (terms === null) return
        expect(terms.life === 'until').toBe(terms.until !== null)
        expect(terms.until ?? Infinity).toBeGreaterThan(NOW)
        if (terms.uses !== null) expect(String(terms.uses)).toBe(String(Number(uses)))
        if (until.trim() !== '') expect(life).toBe('time')
      }),
    )
  })
})
