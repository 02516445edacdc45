// A person allowed any host on a port. URL parsers read numbers of any base and length as an IPv4 address,
// so a name that looks like none may still be this machine.

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
  '127.0.0.1',
  '127.1',
  '127.0.0.1.',
  '2130706433',
  '0x7f000001',
  '0x7F.0.0.0x1',
  '0177.0.0.1',
  '017700000001',
  '127.000.000.001',
  '127.255.255.254',
  '0.0.0.0',
  '0',
  '127%2e0%2e0%2e1',
  '%31%32%37.0.0.1',
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
  const { host_calls: rows } = await lastCall(alice)
  expect(rows).toHaveLength(SPELLINGS.length)
  expect(rows.filter(({ outcome }) => outcome !== 'denied' && outcome !== 'malformed')).toEqual([])
})
