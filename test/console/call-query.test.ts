// The filters of a query: what is printed is read back, and nothing that cannot be read passes for no filter.

import { assert, constantFrom, integer, option, property, record, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printFilter, readCallQuery } from '../../src/console/call-query.ts'
import type { CallFilter } from '../../src/store/call-filter.ts'
import { EVERY_CALL, parsePlace, printPlace } from '../../src/store/call-filter.ts'
import { CALL_OUTCOMES } from '../../src/store/call-outcomes.ts'

const read = (query: string) => {
  const parameters = new URLSearchParams(query)
  return readCallQuery((name) => parameters.get(name) ?? undefined)
}
const filterOf = (query: string): CallFilter => {
  const found = read(query)
  if ('parameter' in found) throw new Error(found.sentence)
  return found.filter
}

const name = option(string({ minLength: 1, maxLength: 40, unit: 'binary' }), { nil: null })
const time = integer({ min: 1, max: 4_102_444_800_000 })
const filters = record({
  component: name,
  tool: name,
  outcome: option(constantFrom(...CALL_OUTCOMES, 'with-refusals' as const), { nil: null }),
  host: option(constantFrom('a.test', 'xn--nxasmq6b', '[::1]'), { nil: null }),
  from: option(time, { nil: null }),
  to: option(time, { nil: null }),
  recordedBefore: option(integer({ min: 0, max: 10 ** 12 }), { nil: null }),
}).filter(({ from, to }) => from === null || to === null || from < to)

describe('readCallQuery', () => {
  it('reads back what printFilter printed', () => {
    assert(
      property(filters, (filter) => {
        expect(filterOf(printFilter(filter).toString())).toEqual(filter)
      }),
    )
  })

  it('takes empty fields of a form for no filter', () => {
    expect(filterOf('component=&tool=&outcome=&host=&from=&to=')).toEqual(EVERY_CALL)
  })

  it.each([
    ['2026-11-26', Date.UTC(2026, 10, 26)],
    ['2026-11-26T08:40', Date.UTC(2026, 10, 26, 8, 40)],
    ['2026-11-26T08:40:07', Date.UTC(2026, 10, 26, 8, 40, 7)],
    ['2026-11-26T08:40:07.5Z', Date.UTC(2026, 10, 26, 8, 40, 7, 500)],
    ['2026-11-26T08:40:00%2B01:00', Date.UTC(2026, 10, 26, 7, 40)],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
  ])('reads %s as a time', (text, at) => {
    expect(filterOf(`from=${text}`).from).toBe(at)
  })

  it.each([
    'yesterday',
    '2026-02-29',
    '2026-13-01',
    '2026-11-26T24:30',
    '2026-11-26T08',
    '2026-11-26 08:40',
    '2026-11-26T08:40+01:00',
    '1764146400000',
    '-000001-01-01',
    '1969-12-31',
  ])('refuses %s as a time', (text) => {
    expect(read(`to=${text}`)).toMatchObject({ parameter: 'to' })
  })

  it('finds a host however it is written', () => {
    expect(filterOf('host=%20Demo.TEST.').host).toBe('demo.test')
  })
})

describe('a place among calls', () => {
  it('is read back as it was printed, and nothing else is one', () => {
    assert(
      property(time, integer({ min: 0, max: 10 ** 12 }), (at, seq) => {
        expect(parsePlace(printPlace({ at, seq }))).toEqual({ at, seq })
      }),
    )
    for (const text of ['', '1', '1-', '-1', '1-2-3', '1-x', '1e3-1', `${'9'.repeat(16)}-1`]) {
      expect(parsePlace(text)).toBeNull()
    }
  })
})
