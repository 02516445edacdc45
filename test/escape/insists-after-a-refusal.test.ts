// A guest repeats a refused request without end: to fill the record, to bury the person in questions, or in
// the hope that one gets through. Muted, it comes back under another name.

import { beforeAll, expect, it } from 'vitest'
import { denialsOf, linkOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import {
  forget,
  INTRUDER,
  lastCall,
  loaded,
  message,
  NOTHING,
  received,
  withIntruder,
} from '../support/escape.ts'

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

it('is not heard under another name once it is muted', async () => {
  const target = { messages: [message('http://again.example/')] }
  const link = linkOf(await alice.agent.call('send', target))
  const post = (to: string, fields: Record<string, string>) =>
    fetch(to, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: alice.cookie, origin: new URL(link).origin },
      body: new URLSearchParams(fields),
    })
  expect((await post(`${link}/mute`, { mute: 'hour' })).status).toBe(200)
  await loaded(alice, 'innocent', INTRUDER)
  const answer = await alice.agent.call('innocent__send', target)
  expect(denialsOf(answer)).toMatchObject({ denials: [{ reason: 'not-granted' }], approvals: [] })
  await alice.agent.value('unload-component', { id: 'innocent' })
  const unmuted = await post(new URL('/console/unmute', link).href, { source: 'upload:intruder' })
  expect(unmuted.status).toBe(303)
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
