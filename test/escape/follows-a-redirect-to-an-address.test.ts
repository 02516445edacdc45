// The granted host redirects to the machine that the server runs on. Nothing may follow it there: not the
// platform's fetch, and not the guest.

import { beforeAll, expect, inject, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowHost, forget, message, received, send, withIntruder } from '../support/escape.ts'

const { inside } = inject('watcher').ports
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it.each([`http://127.0.0.1:${inside}/`, `//127.0.0.1:${inside}/`])(
  'is handed %s back',
  async (to) => {
    await forget()
    const from = `http://watched.test/redirect?to=${encodeURIComponent(to)}`
    const told = await send(alice, [message(from), message(`http://127.0.0.1:${inside}/`)])
    expect(told).toEqual([`302 ${to}seen`, 'HTTP-request-denied'])
    const seen = await received()
    expect([seen.watched.length, seen.inside]).toEqual([1, []])
  },
)
