// A host maps a name to an upstream (`EGRESS_UPSTREAMS`), and a person grants the name. The component asks
// for a path that begins with two slashes: resolved against the upstream's address, such a path is another
// address, and the request would go wherever it says, past every judgement.

import { beforeAll, expect, inject, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowHost, forget, message, received, send, withIntruder } from '../support/escape.ts'

const { inside } = inject('watcher').ports
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it.each([`//127.0.0.1:${inside}/x`, `/\\127.0.0.1:${inside}/x`, `//elsewhere.test/x`])(
  'sends %s to the granted name',
  async (path) => {
    await forget()
    const [told] = await send(alice, [message(`http://watched.test${path}`)])
    expect(told).toBe('200 seen')
    const seen = await received()
    expect(seen.watched).toHaveLength(1)
    expect(seen.watched[0]).toMatch(/^GET \/\/[a-z0-9.:]+\/x HTTP\/1\.1\r\n/)
    expect([seen.inside, seen.elsewhere]).toEqual([[], []])
  },
)
