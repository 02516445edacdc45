// Where a server runs there are neighbours: routers, printers, databases without a password. Their
// addresses and names are not public hosts, whatever was allowed.

import { beforeAll, expect, it } from 'vitest'
import { denialsOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { allowHost, lastCall, message, withIntruder } from '../support/escape.ts'

const HOSTS = [
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '192.168.257',
  '100.64.0.1',
  '198.18.1.0',
  '224.0.0.1',
  '255.255.255.255',
  '[fc00::1]',
  '[fe80::1]',
  '[ff02::1]',
  'router',
  'nas.local',
  'db.internal',
  'wiki.intranet',
  'printer.lan',
  'gateway.home.arpa',
  'hidden.onion',
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, '*')
})

it('is told that they are out of reach, and no person is asked', async () => {
  const messages = HOSTS.map((host) => message(`http://${host}/`))
  const answer = await alice.agent.call('send', { messages })
  expect(answer.structuredContent).toEqual({ result: HOSTS.map(() => 'HTTP-request-denied') })
  const { denials, approvals } = denialsOf(answer)
  expect(denials.map(({ reason }) => reason)).toEqual(HOSTS.map(() => 'unreachable'))
  expect(approvals).toEqual([])
  const { host_calls: rows } = await lastCall(alice)
  expect(rows.map(({ outcome }) => outcome)).toEqual(HOSTS.map(() => 'denied'))
})
