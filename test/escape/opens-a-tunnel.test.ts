// CONNECT makes a proxy of whoever answers it, TRACE makes it repeat what it was sent, credentials included.

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

const METHODS = [
  'CONNECT',
  'connect',
  'Connect',
  'TRACE',
  'trace',
  'TRACK',
  'GET POST',
  '',
  'X'.repeat(65),
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it('sends none of them', async () => {
  await forget()
  const told = await send(
    alice,
    METHODS.map((method) => message('http://watched.test/', { method })),
  )
  expect(told.filter((line) => !/^(HTTP-request-method-invalid|method)$/.test(line))).toEqual([])
  expect((await received()).watched).toEqual([])
  const { host_calls: rows } = await lastCall(alice)
  expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['malformed']))
})
