// A clock finer than a millisecond tells what the machine next door is doing: caches, branches, other
// people's calls.

import { beforeAll, expect, it } from 'vitest'
import * as z from 'zod'
import type { Resident } from '../support/escape.ts'
import { withIntruder } from '../support/escape.ts'

const MILLISECOND = 1_000_000
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
})

it('sees whole milliseconds only, and is told so', async () => {
  const told = z.array(z.number()).parse(await alice.agent.result('ticks', { count: 500 }))
  const [resolution, wallResolution, wallNow] = told.slice(-3)
  expect([resolution, wallResolution]).toEqual([MILLISECOND, MILLISECOND])
  expect(told).toHaveLength(503)
  for (const at of [...told.slice(0, -3), wallNow ?? 1]) expect(at % MILLISECOND).toBe(0)
})
