// A guest that is ended by an exception of the host can catch it (`catch_all`) and go on: answer after it
// left, flood on after the bound. What ends a guest for good is a trap of wasm.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { errorOf, textOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, loaded, putPolicy, resident } from '../support/escape.ts'
import { caller } from '../support/callers.ts'
import { catchesExit, catchesFlood } from '../support/hostile.ts'

const FEWER_CALLS =
  'version: "1.0"\npermissions: {}\nx-wassette-edge: { limits: { host-calls: 200k } }\n'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'catches-exit', await catchesExit())
  await loaded(alice, 'catches-flood', await catchesFlood())
  await loaded(alice, 'catches-calls', await caller())
  // Met within the time that a call has, on a busy machine as well.
  await putPolicy(alice, 'catches-calls', FEWER_CALLS)
})
afterAll(async () => {
  for (const id of ['catches-exit', 'catches-flood', 'catches-calls']) {
    await alice.agent.value('unload-component', { id })
  }
})

it('does not answer after it left', async () => {
  const answer = await alice.agent.call('leave')
  expect(errorOf(answer)).toMatchObject({ code: 'exit', exit_code: 1 })
  expect(textOf(answer)).not.toContain('7')
  expect((await lastCall(alice)).outcome).toBe('exited')
})

it.each([
  ['drown', {}, 'log-bytes'],
  ['test_calls_kit_0_1_0_caught-resource', { rounds: 0xffffffff }, 'host-calls'],
])('does not answer after it met a bound: %s', async (tool, args, bound) => {
  const answer = await alice.agent.call(tool, args)
  expect(errorOf(answer)).toEqual({ code: 'bound', bound })
})
