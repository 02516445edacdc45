// The same machine has addresses of IP version 6: its own, and the older ones mapped into them, with or
// without a zone.

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
const SPELLINGS = [
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:FFFF:127.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fe80::1%25lo]',
  '[::1%lo]',
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
    SPELLINGS.map((host) => message(`http://${host}:${inside}/`)),
  )
  expect(told).toHaveLength(SPELLINGS.length)
  for (const [i, line] of told.entries()) expect(line, SPELLINGS[i]).toMatch(/^HTTP-request-/)
  expect(await received()).toEqual(NOTHING)
  const outcomes = new Set((await lastCall(alice)).host_calls.map(({ outcome }) => outcome))
  expect([...outcomes].filter((one) => one !== 'denied' && one !== 'malformed')).toEqual([])
})
