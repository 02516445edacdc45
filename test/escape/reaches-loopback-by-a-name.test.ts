// Names that every machine gives to itself, in any case and with a dot behind, below names that look public.

import { beforeAll, expect, inject, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  lastCall,
  message,
  NOTHING,
  received,
  send,
  withIntruder,
} from '../support/escape.ts'

const { inside } = inject('watcher').ports
const NAMES = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'A.LocalHost.',
  '%6cocalhost',
  'ip6-localhost',
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, `*:${inside}`)
})

it('reaches nothing under any of them', async () => {
  await forget()
  const told = await send(
    alice,
    NAMES.map((host) => message(`http://${host}:${inside}/`)),
  )
  expect(told).toEqual(NAMES.map(() => 'HTTP-request-denied'))
  expect(await received()).toEqual(NOTHING)
  const { host_calls: rows } = await lastCall(alice)
  expect(rows.map(({ outcome }) => outcome)).toEqual(NAMES.map(() => 'denied'))
})
