// A guest hides the capabilities of one call in its isolate and uses them in the next, when the person has
// taken the permission back.

import { expect, it, vi } from 'vitest'
import { LATER } from '../../support/later.ts'
import { later, owned, run, valueOf } from './support/owned.ts'
import { world } from './support/world.ts'

const SEND = `{ method: 'GET', scheme: 'http', authority: 'demo.test', path: '/', headers: [], body: null, timeoutMs: 100 }`
const BODY = `
  globalThis.kept ??= held.network.dup?.() ?? held.network
  globalThis.drive ??= held.drive.dup?.() ?? held.drive
  const denied = { ok: false, error: 'gone' }
  return answer([
    await globalThis.kept.send(${SEND}).catch(() => denied),
    await globalThis.drive.stat('x').catch(() => denied),
  ])`

it('gets nothing from them, and nothing is sent', async () => {
  const guest = owned(BODY)
  const first = world({ hosts: ['demo.test'] })
  const [, stat] = (await valueOf(guest, first.held)) as [unknown, { ok: boolean }]
  expect(stat.ok).toBe(true)
  const asked = first.meter.hostCalls.length
  const touched = first.done.length
  first.end()
  const second = world()
  const told = (await valueOf(guest, second.held)) as { ok: boolean }[]
  expect(told.map(({ ok }) => ok)).toEqual([false, false])
  expect(first.meter.hostCalls).toHaveLength(asked)
  expect(first.done).toHaveLength(touched)
  expect(second.meter.hostCalls).toEqual([])
})

/** Uses them for a while behind its answer. */
const AFTERWARDS = `
    const [network, drive] = [held.network.dup?.() ?? held.network, held.drive.dup?.() ?? held.drive]
    this.ctx.waitUntil((async () => {
      for (let i = 0; i < 40; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10))
        await network.send(${SEND}).catch(() => {})
        await drive.stat('x').catch(() => {})
      }
    })())
    return answer('ended')`

it('gets nothing from them in the same call either, once that has ended', async () => {
  // As long as nobody ends them, they are of use.
  const open = world({ hosts: ['demo.test'] })
  expect(await run(owned(AFTERWARDS), open.held)).toMatchObject({ tag: 'ok' })
  await vi.waitFor(() => expect(open.done).not.toEqual([]), LATER)
  open.end()
  const { held, meter, done, end } = world({ hosts: ['demo.test'] })
  expect(await run(owned(AFTERWARDS), held)).toMatchObject({ tag: 'ok' })
  end()
  const asked = meter.hostCalls.length
  const touched = done.length
  await later(600)
  expect(meter.hostCalls).toHaveLength(asked)
  expect(done).toHaveLength(touched)
})
