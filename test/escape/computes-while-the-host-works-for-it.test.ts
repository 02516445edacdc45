// An asynchronous component that computes without end while the host does something for it: a sleep is to
// wake it, a stream of its is read. Nobody else may wait for it, and what the host has for it may not be put
// into its memory in the middle of a computation.

import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf } from '../support/agent.ts'
import { constants } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, loaded, resident } from '../support/escape.ts'
import { laterSpinner } from '../support/later-spinner.ts'

let alice: Resident
let bob: Resident
beforeAll(async () => {
  alice = await resident('alice')
  bob = await resident('bob')
  await loaded(alice, 'later', await laterSpinner())
  await loaded(bob, 'his', await constants({ 'his-number': 7 }))
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'later' })
  await bob.agent.value('unload-component', { id: 'his' })
})

/** How often the other person was answered until `calling` was. */
async function meanwhile<T>(calling: Promise<T>): Promise<[answers: number, answer: T]> {
  const state = { ended: false }
  const ended = calling.finally(() => {
    state.ended = true
  })
  let answers = 0
  while (!state.ended) {
    expect(await bob.agent.result('his-number')).toBe(7)
    answers += 1
    await setTimeout(50)
  }
  return [answers, await ended]
}

describe('a component of WASI 0.3 that computes', () => {
  it.each(['beside-sleeps', 'beside-a-stream'])(
    'ends with the bound that it met, while other people’s calls go on: %s',
    async (name) => {
      const [answers, outcome] = await meanwhile(alice.agent.call(name))
      expect(errorOf(outcome)).toEqual({ code: 'bound', bound: 'fuel' })
      expect(await lastCall(alice)).toMatchObject({ outcome: 'bound', reason: 'fuel' })
      // If it had held the thread there would be one before it and one behind it.
      expect(answers).toBeGreaterThan(3)
    },
  )

  it('is woken by each of its sleeps, between two computations', async () => {
    const [answers, outcome] = await meanwhile(alice.agent.result('count-beside-sleeps'))
    expect(outcome).toBe(20)
    expect(answers).toBeGreaterThan(1)
  })
})
