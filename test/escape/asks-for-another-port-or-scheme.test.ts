// A grant for a web host is for its web ports. Other ports of the same machine are other services, and
// other schemes are no requests at all.

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
const TARGETS = [
  'http://watched.test:443/',
  'https://watched.test:80/',
  'http://watched.test:22/',
  `http://watched.test:${inside}/`,
  'http://watched.test:0/',
  'http://watched.test:65616/',
  'ftp://watched.test/',
  'ws://watched.test/',
  'gopher://watched.test:70/_x',
  'file://watched.test/etc/passwd',
  'data://watched.test/text/plain,x',
  'blob://watched.test/x',
  'javascript://watched.test/%0a1',
  'HTTP+unix://watched.test/x',
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it('sends nothing', async () => {
  await forget()
  const told = await send(
    alice,
    TARGETS.map((target) => message(target)),
  )
  for (const [i, line] of told.entries()) expect(line, TARGETS[i]).toMatch(/^HTTP-request-/)
  expect(await received()).toEqual(NOTHING)
})
