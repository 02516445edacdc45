// A component that never stops computing, as its agent and everybody else on the server meet it.

import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, errorOf, textOf } from '../support/agent.ts'
import { constants } from '../support/components.ts'
import { spinningComponents } from '../support/spinners.ts'

const { url } = inject('server')
const tool = (name: string): string => `test_spin_kit_0_1_0_${name}`

let alice: Agent
let bob: Agent
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  bob = await Agent.of(url, 'bob')
  for (const agent of [alice, bob]) await agent.startFresh()
  const { spinner } = await spinningComponents()
  if (spinner === undefined) throw new Error('no spinner was built')
  expect((await alice.upload('spinner', spinner)).status).toBe(201)
  expect((await bob.upload('his', await constants({ 'his-number': 7 }))).status).toBe(201)
})
afterAll(async () => {
  for (const agent of [alice, bob]) {
    await agent.startFresh()
    await agent.close()
  }
})

describe('a call that never stops', () => {
  it('ends with the bound that it met, while other people’s calls and her own go on', async () => {
    const state = { ended: false }
    const spinning = alice.call(tool('compute')).finally(() => {
      state.ended = true
    })
    let answers = 0
    while (!state.ended) {
      expect(await bob.result('his-number')).toBe(7)
      expect(await alice.result(tool('answer'))).toBe(42)
      answers += 1
      await setTimeout(100)
    }
    const outcome = await spinning
    expect(outcome.isError).toBe(true)
    expect(errorOf(outcome)).toEqual({ code: 'bound', bound: 'fuel' })
    expect(textOf(outcome)).toContain('out of fuel')
    // If it had held the thread there would be one before it and one behind it.
    expect(answers).toBeGreaterThan(3)
  })
})
