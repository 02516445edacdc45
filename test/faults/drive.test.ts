// R2 that fails or hangs while a drive looks for what calls have left there: it looks again.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { LEFTOVER_MS } from '../../src/drive/schema.ts'
import type { DrivePath } from '../../src/policy/drive-path.ts'
import { everyAttempt } from './support/steps.ts'

beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

/** Its alarm, as if it rang so many milliseconds from now, or again as the platform does after a failure. */
async function rings(person: string, ms: number): Promise<boolean> {
  const drive = env.DRIVE.getByName(person)
  vi.setSystemTime(Date.now() + ms)
  try {
    await runInDurableObject(drive, async (_, { storage }) => await storage.setAlarm(Date.now()))
    return await runDurableObjectAlarm(drive)
  } catch {
    return false
  } finally {
    vi.useRealTimers()
  }
}

describe.each(['fail', 'hang'] as const)('a bucket that %ss under the sweep of a drive', (how) => {
  it('keeps nothing for ever of what no file names', async () => {
    let nth = 0
    const struck = await everyAttempt<boolean>(
      { key: 'one after the other', target: 'r2', how },
      (isDone) => isDone,
      () => {},
      async () => {
        const person = `sweeps ${how} ${(nth += 1)}`
        const drive = env.DRIVE.getByName(person)
        const opening = { create: true, exclusive: false, toWrite: true }
        await drive.open('/f' as DrivePath, opening, Date.now())
        await env.STORE.put(`drive/${person}/left`, 'never named')
        return {
          key: person,
          run: () => rings(person, 3 * LEFTOVER_MS),
          after: async (_, said) => {
            await rings(person, 3 * LEFTOVER_MS)
            await rings(person, 6 * LEFTOVER_MS)
            const { objects } = await env.STORE.list({ prefix: `drive/${person}/` })
            expect(objects, said).toEqual([])
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(1)
  })
})
