// Steps of a chart: they cover what is shown, are few enough to be pressed, and no call falls between two.

import { assert, integer, property, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MOST_STEPS, spanOf, stepsOf } from '../../src/store/span.ts'

const HOUR_MS = 3_600_000
/** Unix milliseconds until the year 2100. */
const time = integer({ min: 0, max: 4_102_444_800_000 })
const stretch = tuple(time, time)
  .filter(([a, b]) => a !== b)
  .map(([a, b]): [number, number] => (a < b ? [a, b] : [b, a]))

describe('spanOf', () => {
  it('covers the stretch with at most so many steps that begin at round times', () => {
    assert(
      property(stretch, ([from, to]) => {
        const { start, width, steps } = spanOf(from, to)
        expect(start).toBeLessThanOrEqual(from)
        expect(start + width).toBeGreaterThan(from)
        expect(start + width * steps).toBeGreaterThanOrEqual(to)
        expect(start + width * (steps - 1)).toBeLessThan(to)
        expect(start % width).toBe(0)
        expect(steps).toBeGreaterThan(0)
        expect(steps).toBeLessThanOrEqual(MOST_STEPS)
      }),
    )
  })

  it.each([
    [1, 60_000],
    [48 * 60_000, 60_000],
    [24 * HOUR_MS, 30 * 60_000],
    [7 * 24 * HOUR_MS, 6 * HOUR_MS],
    [30 * 24 * HOUR_MS, 24 * HOUR_MS],
    [365 * 24 * HOUR_MS, 14 * 24 * HOUR_MS],
  ])('has for %i ms steps of %i ms', (length, width) => {
    const from = 1_800_000_000_000 - (1_800_000_000_000 % (14 * 24 * HOUR_MS))
    expect(spanOf(from, from + length).width).toBe(width)
  })
})

describe('stepsOf', () => {
  it('has every step in its place, and nothing where nothing was counted', () => {
    assert(
      property(stretch, integer({ min: 0, max: MOST_STEPS - 1 }), ([from, to], n) => {
        const span = spanOf(from, to)
        const step = n % span.steps
        const steps = stepsOf(span, [{ step, calls: 3, refused: 1, failed: 2 }])
        expect(steps).toHaveLength(span.steps)
        for (const [place, { at, calls, refused, failed }] of steps.entries()) {
          expect(at).toBe(span.start + place * span.width)
          expect([calls, refused, failed]).toEqual(place === step ? [3, 1, 2] : [0, 0, 0])
        }
      }),
    )
  })
})
