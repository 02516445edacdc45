// A host call costs the guest one instruction and the host some microseconds: methods of resources, polls
// that never wait, builtins of the component model. All are counted, and others have their turns meanwhile.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { errorOf, textOf } from '../support/agent.ts'
import { caller } from '../support/callers.ts'
import { constants } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, lastCalls, loaded, putPolicy, resident } from '../support/escape.ts'

const tool = (name: string): string => `test_calls_kit_0_1_0_${name}`
const FOR_EVER = { rounds: 0xffffffff }

const PATIENT =
  'version: "1.0"\npermissions: {}\nx-wassette-edge: { limits: { wall-clock: 300s } }\n'
/** Milliseconds: as long as that. */
const FLOOD_MS = 300_000

let alice: Resident
let bob: Resident
beforeAll(async () => {
  alice = await resident('alice')
  bob = await resident('bob')
  await loaded(alice, 'caller', await caller())
  // As many host calls as there may be take seconds of a core: on a busy machine longer than a call may by default.
  await putPolicy(alice, 'caller', PATIENT)
  await loaded(bob, 'his', await constants({ 'his-number': 7 }))
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'caller' })
  await bob.agent.value('unload-component', { id: 'his' })
})

it.each([
  ['method', 'check-write'],
  ['block', 'blocking on a pollable that is ready'],
  ['poll', 'a poll of one that is ready'],
  ['subscribe', 'subscribe, and the drop of its pollable'],
])('lets others go on, and ends when it is given up: %s, %s', async (name) => {
  const abort = new AbortController()
  const flood = alice.agent.client.callTool(
    { name: tool(name), arguments: FOR_EVER },
    { signal: abort.signal },
  )
  const ended = expect(flood).rejects.toThrow()
  for (let n = 0; n < 5; n += 1) expect(await bob.agent.result('his-number')).toBe(7)
  expect(await alice.agent.result(tool(name), { rounds: 3 })).toBe(3)
  abort.abort()
  await ended
  // A stream that is closed is noticed within a second.
  const outcomes = async () => (await lastCalls(alice, 2)).map(({ outcome }) => outcome)
  await expect.poll(outcomes, { timeout: 10_000 }).toEqual(['answered', 'cancelled'])
})

it.each([
  ['resource-of-its-own', 'new resources and their drop'],
  ['caught-resource', 'the same, where every exception is caught'],
])(
  'ends with the bound: %s, %s',
  async (name) => {
    const flood = alice.agent.call(tool(name), FOR_EVER, { timeout: FLOOD_MS })
    expect(await bob.agent.result('his-number')).toBe(7)
    const answer = await flood
    expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'host-calls' })
    expect(textOf(answer)).toContain('called the server too often')
    expect(await lastCall(alice)).toMatchObject({ outcome: 'bound', reason: 'host-calls' })
  },
  FLOOD_MS,
)
