// Lengths and counts are numbers that a guest makes up. A host that allocates before it thinks gives all
// its memory for eight bytes of the guest's.

import { beforeAll, expect, it } from 'vitest'
import { errorOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, withIntruder } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
})

it.each([
  ['hoard', { bytes: '9223372036854775808' }],
  ['hoard', { bytes: '18446744073709551615' }],
  ['hoard', { bytes: 1_073_741_824 }],
  ['poll-many', { count: 1_000_000 }],
])('%s %o ends the call', async (tool, args) => {
  const answer = await alice.agent.call(tool, args)
  expect(answer.isError).toBe(true)
  expect(errorOf(answer)?.['code']).toMatch(/^(trap|bound)$/)
  expect((await lastCall(alice)).outcome).toMatch(/^(trapped|bound)$/)
})

it('serves the next call as ever', async () => {
  expect(await alice.agent.result('hoard', { bytes: 1_000 })).toBe(1_000)
  expect(await alice.agent.result('poll-many', { count: 100 })).toBe(100)
})
