// Capabilities are called with whatever JavaScript can send: wrong types, huge values, objects with surplus
// keys, stubs passed back. Nothing of that may reach the drive, the store, the network or the client.

import { expect, it } from 'vitest'
import { owned, valueOf } from './support/owned.ts'
import { world } from './support/world.ts'

const CALLS = `
  const nonsense = [undefined, null, true, -1, 1.5, NaN, Infinity, 2 ** 53, 10n ** 400n, '', 'x'.repeat(100_000),
    '../x', '/etc/passwd', 'a\\0b', [], [[]], {}, { op: 'get' }, { op: '__proto__', bucket: '', keys: [] },
    { path: 'x', create: true }, new Uint8Array(300_000), new Date(), new Map([['op', 'get']]),
    () => 1, held.drive, held.network]
  const verbs = {
    network: ['send', 'bodyEnded', 'whyBroken'], sockets: ['resolve', 'connect'], keyValue: ['run'], client: ['progress', 'log', 'ask', 'changed', 'updated'],
    drive: ['stat', 'open', 'read', 'write', 'setSize', 'fileStat', 'sync', 'close', 'list', 'createDirectory',
      'remove', 'rename', 'setTimes'],
  }
  let wrong = 0
  const got = []
  for (const [name, methods] of Object.entries(verbs)) {
    for (const method of methods) {
      for (const value of nonsense) {
        const path = typeof value === 'string' && name === 'drive'
        if (path && (value === '' || method === 'list')) continue
        if (name === 'sockets' && method === 'resolve' && typeof value === 'string') continue
        wrong += 1
        await held[name][method](value, value, value).then(
          (result) => { if (result?.ok === true) got.push(name + '.' + method + ' ' + String(value).slice(0, 40)) },
          () => {},
        )
      }
    }
  }
  return answer({ wrong, got })`

it('gets a refusal each time, and nothing is done', async () => {
  const { held, meter, done } = world({ hosts: ['demo.test', 'tcp://demo.test:80'] })
  const { wrong, got } = (await valueOf(owned(CALLS), held)) as { wrong: number; got: string[] }
  expect(wrong).toBeGreaterThan(400)
  expect(got).toEqual([])
  expect(done).toEqual([])
  expect(meter.hostCalls.filter(({ outcome }) => outcome === 'answered')).toEqual([])
})

it('is served as ever where it makes sense', async () => {
  const { held, done } = world()
  const told = await valueOf(owned('return answer(await held.drive.stat("x"))'), held)
  expect(told).toMatchObject({ ok: true })
  expect(done).toEqual(['drive stat'])
})
