// Every element of a list points at the same bytes, so a guest of 256 KiB returns a gigabyte; or it just
// returns the 64 MiB that it has. All of it would be copied, checked and sent to a client.

import { beforeAll, expect, inject, it } from 'vitest'
import { errorOf } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, loaded, resident } from '../support/escape.ts'
import { hostileComponents } from '../support/hostile.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'probe', PROBE)
})

it.each(['manyBytes', 'manyStrings', 'manyLists'] as const)('%s', async (name) => {
  const { [name]: component } = await hostileComponents()
  if (component === undefined) throw new Error('no such component')
  const id = name.toLowerCase()
  await loaded(alice, id, component)
  const tools = (await alice.agent.toolNames()).filter(
    (one) => one === 'run' || one === `${id}__run`,
  )
  const answer = await alice.agent.call(tools[0] ?? 'run')
  expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'result-size' })
  expect(await lastCall(alice)).toMatchObject({ outcome: 'bound' })
  await alice.agent.value('unload-component', { id })
  // Who waits beside it still gets an answer.
  expect((await fetch(`${inject('server').url}/health`)).status).toBe(200)
})

it('a text as long as a memory', async () => {
  const answer = await alice.agent.call('big-string', { bytes: 20_000_000 })
  expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'output-bytes' })
})

it('very many very short texts', async () => {
  const answer = await alice.agent.call('many-strings', { count: 1_000_000 })
  expect(errorOf(answer)).toMatchObject({ code: 'bound' })
})
