// A component that never stops computing, in every place where code of it runs. Nobody else may wait for
// it, or, where nothing can suspend it, not for longer than a tenth of its fuel lasts.

import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf, textOf } from '../support/agent.ts'
import { constants } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, loaded, resident } from '../support/escape.ts'
import { spinningComponents } from '../support/spinners.ts'

const tool = (name: string): string => `test_spin_kit_0_1_0_${name}`

let components: Record<string, Uint8Array>
let alice: Resident
let bob: Resident
beforeAll(async () => {
  components = await spinningComponents()
  alice = await resident('alice')
  bob = await resident('bob')
  await loaded(bob, 'his', await constants({ 'his-number': 7 }))
})
afterAll(async () => {
  await bob.agent.value('unload-component', { id: 'his' })
})

async function load(name: string): Promise<void> {
  const bytes = components[name]
  if (bytes === undefined) throw new Error(`no component ${name}`)
  await loaded(alice, name.toLowerCase(), bytes)
}

async function unload(name: string): Promise<void> {
  await alice.agent.value('unload-component', { id: name.toLowerCase() })
}

describe('in a loop', () => {
  beforeAll(() => load('spinner'))
  afterAll(() => unload('spinner'))

  it('ends with the bound that it met, while other people’s calls and her own go on', async () => {
    const state = { ended: false }
    const spinning = alice.agent.call(tool('compute')).finally(() => {
      state.ended = true
    })
    let answers = 0
    while (!state.ended) {
      expect(await bob.agent.result('his-number')).toBe(7)
      expect(await alice.agent.result(tool('answer'))).toBe(42)
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

  it('ends when its client gives it up', async () => {
    const abort = new AbortController()
    const given = alice.agent.client.callTool(
      { name: tool('spin'), arguments: {} },
      { signal: abort.signal },
    )
    const ended = expect(given).rejects.toThrow()
    await bob.agent.result('his-number')
    abort.abort()
    await ended
    // A stream that is closed is noticed within a second.
    const outcome = async () => (await lastCall(alice)).outcome
    await expect.poll(outcome, { timeout: 10_000 }).toBe('cancelled')
    expect(await alice.agent.result(tool('answer'))).toBe(42)
  })
})

const ALL = 20_000_000_000
const A_TENTH = 2_000_000_000
/** A slice more or less. */
const SLACK = 50_000_000

describe.each([
  ['spinner', 'spin-and-catch', {}, 'where every exception is caught', ALL],
  ['spinner', 'let-go', {}, 'in a destructor', A_TENTH],
  ['spinner', 'give', {}, 'behind its answer, in the post-return function', ALL],
  ['spinsInRealloc', 'take', { text: 'text' }, 'while an argument is lowered', A_TENTH],
  ['spinsInRealloc', 'give', {}, 'while the answer of a host call is lowered', A_TENTH],
  ['spinsAtStart', 'answer', {}, 'in a start function', A_TENTH],
])('%s, %s', (component, name, args, where, burnt) => {
  beforeAll(() => load(component))
  afterAll(() => unload(component))

  it(`ends with the bound, ${where}`, async () => {
    const spinning = alice.agent.call(tool(name), args)
    const answers = Promise.all(Array.from({ length: 4 }, () => bob.agent.result('his-number')))
    expect(errorOf(await spinning)).toEqual({ code: 'bound', bound: 'fuel' })
    expect(await answers).toEqual([7, 7, 7, 7])
    const call = await lastCall(alice)
    expect(call).toMatchObject({ outcome: 'bound', reason: 'fuel' })
    expect(Math.abs(Number(call['fuel']) - burnt)).toBeLessThan(SLACK)
  })
})
