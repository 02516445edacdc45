// A guest writes to its standard output and error for ever: every byte is kept for the record and an answer.

import { beforeAll, expect, it } from 'vitest'
import { errorOf } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, loaded, resident } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'probe', PROBE)
})

it('is ended at the bound and gives its client none of it', async () => {
  const answer = await alice.agent.call('flood-stdout', { bytes: 4_000_000_000 })
  expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'log-bytes' })
  expect(JSON.stringify(answer).length).toBeLessThan(2_000)
  expect(await lastCall(alice)).toMatchObject({ outcome: 'bound', reason: 'log-bytes' })
})

it('cannot put more than a little of it into an error', async () => {
  const answer = await alice.agent.call('panic-message', { message: 'x'.repeat(200_000) })
  expect(errorOf(answer)?.['code']).toBe('trap')
  expect(JSON.stringify(answer).length).toBeLessThan(10_000)
})
