// A guest that does not answer in time is given up, and still runs. What it does from then on must come to
// nothing: its capabilities have ended with the call.

import { expect, it } from 'vitest'
import { later, owned, run } from './support/owned.ts'
import { world } from './support/world.ts'

it('does nothing any more', async () => {
  const { held, meter, done, end } = world()
  const body = `
    if (!held.drive) return answer('begun')
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      await held.drive.stat('x').catch(() => {})
      await held.keyValue.run({ op: 'open', bucket: 'b' }).catch(() => {})
      await held.client.log({ level: 'info', logger: null, message: 'x' }).catch(() => {})
    }`
  const guest = owned(body)
  // What begins anew may take longer than it is given here.
  expect(await run(guest)).toMatchObject({ tag: 'ok' })
  const outcome = await run(guest, held, 300)
  expect(outcome).toMatchObject({ tag: 'bound', bound: 'wall-clock', log: '' })
  end()
  expect(done.length).toBeGreaterThan(0)
  const before = [done.length, meter.hostCalls.length]
  await later(400)
  expect([done.length, meter.hostCalls.length]).toEqual(before)
})
