import { describe, expect, it } from 'vitest'
import { SliceTurns } from '../../src/sandbox/slice-turns.ts'

/** Instances that compute without end, and an event loop by hand. Those first that are `gone` wait forever. */
function computing(names: readonly string[], gone = 0) {
  let timers: (() => void)[] = []
  let pauses = 0
  const turns = new SliceTurns(() => {
    pauses += 1
    const isGone = pauses <= gone
    return new Promise<void>((fire) => {
      if (!isGone) timers.push(fire)
    })
  })
  const slices: string[] = []
  const compute = async (name: string) => {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one slice after the other
      await turns.next()
      slices.push(name)
    }
  }
  for (const name of names) void compute(name)
  /** Whoever waits goes on, and what follows from it, so many times. */
  const comeRound = async (times: number) => {
    for (let n = 0; n < times; n += 1) {
      const due = timers
      timers = []
      for (const fire of due) {
        fire()
        // oxlint-disable-next-line no-await-in-loop -- each before the next
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
  }
  return { comeRound, slices }
}

describe('the slices of an isolate', () => {
  it('begin one at the most each time that the event loop comes round, in turn', async () => {
    const { comeRound, slices } = computing(['a', 'b', 'c'])
    for (let before = 0; before < 9;) {
      // oxlint-disable-next-line no-await-in-loop
      await comeRound(2)
      expect([1, 2]).toContain(slices.length - before)
      before = slices.length
    }
    expect(slices.join('')).toMatch(/^(abc){3}/)
  })

  it('come each time to one that computes alone', async () => {
    const { comeRound, slices } = computing(['a'])
    await comeRound(3)
    expect(slices).toEqual(['a', 'a', 'a'])
  })

  it('do not wait for those whose request was cancelled', async () => {
    const { comeRound, slices } = computing(['x', 'y', 'a', 'b'], 2)
    await comeRound(20)
    expect(slices.length).toBeGreaterThanOrEqual(10)
    expect(slices.slice(0, 4).join('')).toBe('abab')
  })
})
