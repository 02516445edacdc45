// What `npm run bench:load` judges its numbers by.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Look, Measured } from '../../bench/verdict.ts'
import { complaints, growthOf } from '../../bench/verdict.ts'

/** Looks at memory after each hundred calls. */
function looks(mebibytes: (calls: number) => number): readonly Look[] {
  return Array.from({ length: 25 }, (_, n) => ({
    calls: n * 100,
    mebibytes: mebibytes(n * 100),
  }))
}

const HOLDS: Measured = {
  errors: 0,
  neighbours: [{ what: 'a slow one', beside: [12, 20, 40], alone: [10, 12, 20] }],
  looks: looks((calls) => 500 + 200 * (1 - Math.exp(-calls / 300))),
}

describe('complaints', () => {
  it('has none where nothing fails, nobody waits twice as long and memory levels off', () => {
    expect(complaints(HOLDS)).toEqual([])
  })

  it('has one for each that does not hold', () => {
    const measured: Measured = {
      errors: 3,
      neighbours: [
        ...HOLDS.neighbours,
        { what: 'one that spins', beside: [12, 20, 41], alone: [10, 12, 20] },
      ],
      looks: looks((calls) => 500 + calls / 10),
    }
    expect(complaints(measured)).toEqual([
      '3 calls failed',
      'beside one that spins the p99 is 2.05 times that with nobody; at most 2',
      'memory does not level off: 120 MiB in the first half of the calls, 120 MiB in the second',
    ])
  })

  it('complains of what was not measured', () => {
    const neighbours = [{ what: 'nobody', beside: [], alone: [] }]
    expect(complaints({ errors: 0, neighbours, looks: [] })).toHaveLength(2)
  })
})

describe('growthOf', () => {
  it('sees a leak of a steady amount a call through the noise of collections', () => {
    const noises = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
      minLength: 25,
      maxLength: 25,
    })
    fc.assert(
      fc.property(noises, fc.double({ min: 0.1, max: 1, noNaN: true }), (noise, leak) => {
        const found = growthOf(looks((calls) => 500 + leak * calls + (noise[calls / 100] ?? 0)))
        expect(found.second).toBeGreaterThan(0)
        expect(found.levelsOff).toBe(false)
      }),
    )
  })

  it('sees a leak of 20 KiB a call in what a run of ten minutes looks at', () => {
    const long = Array.from({ length: 49 }, (_, n) => ({
      calls: n * 230,
      mebibytes: 2_500 + (n * 230 * 20) / 1_024 + (n % 2 === 0 ? 30 : -30),
    }))
    expect(growthOf(long).levelsOff).toBe(false)
  })

  it('is not misled by one look that a collection has not reached yet', () => {
    const late = looks((calls) => 700 + (calls === 2400 ? 40 : 0))
    expect(growthOf(late).levelsOff).toBe(true)
  })
})
