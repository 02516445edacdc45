// A guest repeats a refused request without end: to fill the record, to bury the person in questions, or in
// the hope that one gets through.

import { beforeAll, expect, it } from 'vitest'
import { denialsOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { forget, lastCall, message, NOTHING, received, withIntruder } from '../support/escape.ts'

const TIMES = 1_500
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
})

it('is refused every time, asks the person once, and fills no record', async () => {
  await forget()
  const target = message('http://watched.test/')
  const answer = await alice.agent.call('insist', { message: target, times: TIMES })
  expect(answer.structuredContent).toEqual({ result: TIMES })
  expect(denialsOf(answer).approvals).toHaveLength(1)
  expect(await received()).toEqual(NOTHING)
  expect((await lastCall(alice)).host_calls.length).toBeLessThanOrEqual(256)
})

it('asks three questions of one call at the most', async () => {
  const messages = Array.from({ length: 20 }, (_, i) => message(`http://h${i}.example/`))
  const answer = await alice.agent.call('send', { messages })
  expect(denialsOf(answer).approvals).toHaveLength(3)
})

it('makes 64 requests at the most', async () => {
  const { allowHost } = await import('../support/escape.ts')
  await allowHost(alice, 'watched.test')
  await forget()
  const answer = await alice.agent.call('send', {
    messages: Array.from({ length: 70 }, () => message('http://watched.test/')),
  })
  expect(answer.isError).toBe(true)
  expect(await lastCall(alice)).toMatchObject({ outcome: 'bound', reason: 'requests' })
  expect((await received()).watched).toHaveLength(64)
})
