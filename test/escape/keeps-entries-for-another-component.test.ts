// What a component keeps in `wasi:keyvalue` belongs to one person and one source. Another component, or the
// same one of another person, names the same buckets and keys.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { read } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { loaded, resident } from '../support/escape.ts'

const DRAFTS = read('test/fixtures/drafts/drafts.wasm')
const SECRET = Buffer.from('only here').toString('base64')
let alice: Resident
let bob: Resident
beforeAll(async () => {
  alice = await resident('alice')
  bob = await resident('bob')
  await loaded(alice, 'drafts', DRAFTS)
  await loaded(alice, 'other', DRAFTS)
  await loaded(bob, 'drafts', DRAFTS)
})
afterAll(async () => {
  for (const id of ['drafts', 'other']) await alice.agent.value('unload-component', { id })
  await bob.agent.value('unload-component', { id: 'drafts' })
})

it('finds none of them', async () => {
  const at = { bucket: 'b', key: 'k' }
  expect(await alice.agent.result('set', { ...at, value: SECRET })).toEqual({ ok: null })
  expect(await alice.agent.result('get', at)).toEqual({ ok: SECRET })
  expect(await alice.agent.result('other__get', at)).toEqual({ ok: null })
  expect(await bob.agent.result('get', at)).toEqual({ ok: null })
  for (const bucket of ['../b', 'drafts/b', 'upload:drafts', '%', "b' OR 1=1 --", 'b\0']) {
    const found = JSON.stringify(await bob.agent.call('get', { ...at, bucket }))
    expect(found, bucket).not.toContain(SECRET)
  }
  expect(await bob.agent.result('keys', { bucket: 'b' })).toMatchObject({
    ok: [expect.anything(), []],
  })
})
