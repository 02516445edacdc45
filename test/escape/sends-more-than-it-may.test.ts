// A granted host is a way out for whatever a component has got hold of. What leaves in one call is counted in
// bytes, whoever frames them and however many requests they are in.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { BOUNDS } from '../../src/policy/limits.ts'
import { errorOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { allowHost, forget, lastCall, loaded, received, resident } from '../support/escape.ts'

const MIB = 1024 * 1024
const MOST = BOUNDS.egressBytes.default

let alice: Resident
let send: string
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'io', read('test/fixtures/io/io.wasm'))
  const names = await alice.agent.toolNames()
  // Whoever has the intruder has another of that name.
  send = names.includes('io__send') ? 'io__send' : 'send'
  await allowHost(alice, 'watched.test', 'io')
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'io' })
})
beforeEach(forget)

const message = (body: number) => ({
  method: 'POST',
  url: 'http://watched.test/',
  headers: [],
  body,
  trailers: false,
  'connect-timeout': null,
  'first-byte-timeout': null,
  'between-bytes-timeout': null,
})

it('in one body', async () => {
  const answer = await alice.agent.call(send, { message: message(MOST + MIB) })
  expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'egress-bytes' })
  expect(await lastCall(alice)).toMatchObject({ outcome: 'bound', reason: 'egress-bytes' })
  const arrived = (await received()).watched.join('').length
  expect(arrived).toBeLessThan(MOST + MIB)
})

it('but no less than that', async () => {
  const answer = await alice.agent.call(send, { message: message(MOST - MIB) })
  expect(answer.isError).toBeUndefined()
  expect((await received()).watched.join('').length).toBeGreaterThan(MOST - MIB)
})
