// Every operation on the drive is a round trip to an object that one person has. A guest that makes them for
// ever is told that its share is used up, and the call says so.

import { expect, it } from 'vitest'
import { owned, valueOf } from './support/owned.ts'
import { world } from './support/world.ts'

it('is ended at the bound, refused paths included', async () => {
  const limits = { driveOperations: 20, clientMessages: 5 }
  const { held, meter, done } = world({ paths: ['fs://mine'], limits })
  const told = await valueOf(
    owned(`
      const told = []
      for (let i = 0; i < 30; i += 1) told.push((await held.drive.stat(i % 2 ? 'mine' : 'other')).error ?? 'ok')
      return answer(told)`),
    held,
  )
  const expected = Array.from({ length: 30 }, (_, i) =>
    i >= 20 ? 'quota' : i % 2 ? 'ok' : 'access',
  )
  expect(told).toEqual(expected)
  expect(done).toHaveLength(10)
  expect(meter.bound).toBe('drive-operations')
})
