// Machines of clouds answer their own questions at fixed addresses, credentials included. A person who
// allowed any host on port 80 has not allowed those.

import { beforeAll, expect, it } from 'vitest'
import { denialsOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { allowHost, lastCall, message, withIntruder } from '../support/escape.ts'

const HOSTS = [
  '169.254.169.254',
  '0xA9FEA9FE',
  '2852039166',
  '[fd00:ec2::254]',
  '[::ffff:169.254.169.254]',
  '169.254.170.2',
  '100.100.100.200',
  'metadata.google.internal',
  'METADATA.google.internal.',
  'metadata',
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, '*')
})

it('is told that they are out of reach, and no person is asked', async () => {
  const messages = HOSTS.map((host) => message(`http://${host}/latest/meta-data/`))
  const answer = await alice.agent.call('send', { messages })
  expect(answer.structuredContent).toEqual({ result: HOSTS.map(() => 'HTTP-request-denied') })
  const { denials, approvals } = denialsOf(answer)
  expect(denials.map(({ reason }) => reason)).toEqual(HOSTS.map(() => 'unreachable'))
  expect(approvals).toEqual([])
  const { host_calls: rows } = await lastCall(alice)
  expect(rows.map(({ outcome }) => outcome)).toEqual(HOSTS.map(() => 'denied'))
})
