// Looks that are refused cost a guest next to nothing. Were the room of the record taken by them, what it sends after
// thousands of them would stand nowhere.

import { expect, it, vi } from 'vitest'
import { usageOf } from '../../../src/usage.ts'
import { world } from './support/world.ts'

it('has all that it sent on its record, and what was refused of each kind', async () => {
  const { held, meter } = world({ hosts: ['demo.test'], paths: ['fs://mine'] })
  const sent: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    sent.push(String(input))
    return new Response('ok')
  })
  const message = (authority: string, path: string) => ({
    method: 'POST',
    scheme: 'http',
    authority,
    path,
    headers: [],
    body: null,
    timeoutMs: null,
  })
  for (let n = 0; n < 400; n += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one look behind the other
    await held.drive.remove(`f${n}`, false)
    // oxlint-disable-next-line no-await-in-loop
    await held.network.send({ ...message('demo.test', 'no path') })
  }
  for (let n = 0; n < 5; n += 1) {
    // oxlint-disable-next-line no-await-in-loop
    expect(await held.network.send(message('demo.test', `/out/${n}`))).toMatchObject({ ok: true })
  }
  expect(await held.network.send(message('evil.test', '/'))).toMatchObject({ ok: false })
  vi.restoreAllMocks()
  expect(sent).toHaveLength(5)
  const listed = meter.hostCalls.filter(({ host }) => host === 'demo.test')
  expect(listed.map(({ outcome, status }) => [outcome, status])).toEqual(
    Array.from({ length: 5 }, () => ['answered', 200]),
  )
  expect(meter.denials.at(-1)).toMatchObject({ permission: 'network', host: 'evil.test' })
  const ran = { ranMs: 1, underWay: 1 }
  const usage = usageOf({}, meter, { fuel: 1, spent: null }, ran)
  const asked = usage.decisions.flatMap((one) => (one.asked.kind === 'request' ? one.asked : []))
  expect(asked.map(({ host, path }) => host + path)).toEqual([
    ...Array.from({ length: 5 }, (_, n) => `demo.test/out/${n}`),
    'evil.test/',
  ])
  expect(meter.hostCalls.length + usage.unlisted).toBe(400 + 400 + 5 + 1)
  expect(usage.unlisted).toBeGreaterThan(0)
})
