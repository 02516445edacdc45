// Several pieces of work for one room. Time is the test's, but for the timer by which waiting ones look again.

import { describe, expect, it, vi } from 'vitest'
import { Turns } from '../../src/component/turns.ts'

const LEASE_MS = 60_000

/** Work that lasts until it is let go, and what of it is under way. */
function works(turns: Turns, weights: readonly number[]) {
  const underWay = new Set<number>()
  const all = weights.map((weight, i) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const done = turns.take(weight, async () => {
      underWay.add(i)
      await promise
      underWay.delete(i)
      return i
    })
    return { letGo: resolve, done }
  })
  const are = (...expected: number[]) =>
    vi.waitFor(() => expect([...underWay]).toEqual(expected), { timeout: 10_000 })
  return { underWay, are, all }
}

describe('turns', () => {
  it('lets work begin while there is room, and in the order of arrival', async () => {
    const { are, all } = works(new Turns(10, LEASE_MS, Date.now), [4, 5, 3, 1])
    await are(0, 1)
    all[0]?.letGo()
    // The last would have fitted before, and did not pass by the one in front of it.
    await are(1, 2, 3)
    for (const one of all) one.letGo()
    expect(await Promise.all(all.map(({ done }) => done))).toEqual([0, 1, 2, 3])
  })

  it('runs what weighs more than the room, alone', async () => {
    const { are, all } = works(new Turns(10, LEASE_MS, Date.now), [99, 1])
    await are(0)
    all[0]?.letGo()
    await are(1)
    all[1]?.letGo()
    expect(await all[1]?.done).toBe(1)
  })

  it('gives back the room of work that fails', async () => {
    const turns = new Turns(1, LEASE_MS, Date.now)
    const failing = turns.take(1, () => Promise.reject(new Error('of its own')))
    await expect(failing).rejects.toThrow('of its own')
    expect(await turns.take(1, async () => 7)).toBe(7)
  })

  it('does not wait for ever for work that is never heard of again', async () => {
    let now = 0
    const turns = new Turns(1, LEASE_MS, () => now)
    const { are } = works(turns, [1, 1])
    await are(0)
    now += LEASE_MS + 1
    await are(0, 1)
  })
})
