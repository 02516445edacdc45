// Host calls of every kind: counted to the last one, charged, and a place where an ended guest stops.

import { beforeAll, describe, expect, inject, it } from 'vitest'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../src/sandbox/sandbox.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { BOUNDS, guestCall, NONE, openGuest } from './support/guest.ts'

const KIT = 'test:calls/kit@0.1.0'
const ROUNDS = 1_200
const FOR_EVER = 0xffffffff
const TOO_OFTEN = { tag: 'bound', bound: 'host-calls' }

let guest: GuestStub
let other: GuestStub
beforeAll(async () => {
  const bytes = Uint8Array.fromBase64(inject('hostile')['caller'] ?? '')
  guest = await openGuest('caller', bytes)
  other = await openGuest('another-caller', bytes)
})

function run(
  name: string,
  rounds: number,
  hostCalls: number = CALL_LIMITS.hostCalls,
): Promise<RunOutcome> {
  const bounds = { ...BOUNDS, hostCalls }
  return runGuest(guest, guestCall([KIT, name], [rounds], { bounds }), NONE, 60_000)
}

/** How often the other guest answered until `flood` was over, which is the second value. */
async function meanwhile(flood: Promise<RunOutcome>): Promise<[number, RunOutcome]> {
  const state = { ended: false }
  const outcome = flood.finally(() => {
    state.ended = true
  })
  let answers = 0
  while (!state.ended) {
    const call = guestCall([KIT, 'plain'], [1])
    expect(await runGuest(other, call, NONE, 60_000)).toMatchObject({ tag: 'ok' })
    answers += 1
    // Timers of the process come to their turn when it has nothing else to do.
    await scheduler.wait(1)
  }
  return [answers, await outcome]
}

/** Calls before the first round, and in each. */
const KINDS: [name: string, kind: string, before: number, each: number][] = [
  ['plain', 'a function', 0, 1],
  ['reallocate', 'a function whose answer is lowered into the guest', 0, 1],
  ['method', 'a method of a resource', 1, 1],
  ['subscribe', 'a method that returns a resource, and the drop of that', 1, 2],
  ['block', 'a method that suspends', 2, 1],
  ['poll', 'a function that suspends', 2, 1],
  ['resourceOfItsOwn', 'a new resource of the component, and the drop of that', 0, 2],
]

describe('the host calls of a call', () => {
  it.each(KINDS)('are counted: %s, %s', async (name, _, before, each) => {
    const calls = before + each * ROUNDS
    expect(await run(name, ROUNDS, calls)).toMatchObject({ tag: 'ok', value: ROUNDS })
    expect(await run(name, ROUNDS, calls - 1)).toMatchObject(TOO_OFTEN)
  })

  it.each(KINDS)('burn fuel: %s, %s', async (name, _, __, each) => {
    const [few, many] = await Promise.all([run(name, 1), run(name, 1 + ROUNDS)])
    const burnt = (many.fuel ?? 0) - (few.fuel ?? 0)
    expect(burnt).toBeGreaterThan(each * ROUNDS * 10_000)
    // The same again, however the calls were sliced.
    expect((await run(name, 1 + ROUNDS)).fuel).toBe(many.fuel)
  })

  it.each([
    ['caught', 'a method'],
    ['caughtBlock', 'a method that suspends'],
    ['caughtResource', 'a builtin of the component model'],
  ])('end the guest, which cannot catch that: %s, %s', async (name) => {
    expect(await run(name, ROUNDS)).toMatchObject({ tag: 'ok' })
    expect(await run(name, FOR_EVER, ROUNDS)).toMatchObject(TOO_OFTEN)
  })

  it.each(KINDS)('let others go on: %s, %s', async (name) => {
    const [answers, outcome] = await meanwhile(run(name, FOR_EVER, 60_000))
    expect(outcome).toMatchObject(TOO_OFTEN)
    // If the guest held the thread there would be one before it and one behind it.
    expect(answers).toBeGreaterThan(5)
  })

  it('let others go on in an asynchronous component as well, where it waits', async () => {
    const bytes = Uint8Array.fromBase64(inject('hostile')['asynchronousCaller'] ?? '')
    const waiting = await openGuest('asynchronous-caller', bytes)
    const call = (rounds: number) =>
      guestCall(['later'], [rounds], { bounds: { ...BOUNDS, hostCalls: 30_000 } })
    expect(await runGuest(waiting, call(5_000), NONE, 60_000)).toMatchObject({ value: 5_000 })
    const [answers, outcome] = await meanwhile(runGuest(waiting, call(FOR_EVER), NONE, 60_000))
    expect(outcome).toMatchObject(TOO_OFTEN)
    expect(answers).toBeGreaterThan(5)
  })

  it.each(KINDS)('end with the call that is given up: %s, %s', async (name) => {
    const bounds = { ...BOUNDS, fuel: 200_000_000_000, hostCalls: 20_000_000 }
    const call = guestCall([KIT, name], [FOR_EVER], { bounds })
    const report = guest.run(call, NONE)
    await scheduler.wait(50)
    await guest.stop(call.id)
    expect(await report).toMatchObject({ outcome: { tag: 'stopped' } })
  })
})
