// One text, two readings: a check that finds the granted name in an authority, and a client that connects
// to another part of it.

import { beforeAll, expect, inject, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  message,
  NOTHING,
  received,
  send,
  withIntruder,
} from '../support/escape.ts'

const { inside } = inject('watcher').ports
const there = `127.0.0.1:${inside}`
const AUTHORITIES = [
  `watched.test@${there}`,
  `watched.test:80@${there}`,
  `${there}@watched.test`,
  `${there}#@watched.test`,
  `${there}?@watched.test`,
  `${there}\\@watched.test`,
  `${there}/@watched.test`,
  `watched.test#${there}`,
  `watched.test\\.elsewhere.test`,
  `watched.test%23.elsewhere.test`,
  `watched.test%00.elsewhere.test`,
  `watched.test,elsewhere.test`,
  `watched.test:80:${inside}`,
  `watched.test:`.padEnd(40, '0') + inside,
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it('sends nothing to anybody', async () => {
  await forget()
  const messages = AUTHORITIES.map((authority) => ({
    ...message('http://watched.test/'),
    authority,
  }))
  const told = await send(alice, messages)
  for (const [i, line] of told.entries()) expect(line, AUTHORITIES[i]).toMatch(/^HTTP-request-/)
  expect(await received()).toEqual(NOTHING)
})
