// The one host that a person granted answers with a redirect to another. Following it would carry the
// request to a host that nobody granted.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  lastCall,
  message,
  received,
  send,
  withIntruder,
} from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it('gets the redirect itself, and following it is refused', async () => {
  await forget()
  const to = 'http://elsewhere.test/secret'
  const from = `http://watched.test/redirect?to=${encodeURIComponent(to)}`
  const told = await send(alice, [message(from), message(to)])
  expect(told).toEqual([`302 ${to}seen`, 'HTTP-request-denied'])
  const seen = await received()
  expect([seen.watched.length, seen.elsewhere]).toEqual([1, []])
  expect((await lastCall(alice)).host_calls).toMatchObject([
    { host: 'watched.test', outcome: 'answered', status: 302 },
    { host: 'elsewhere.test', outcome: 'denied', status: null },
  ])
})
