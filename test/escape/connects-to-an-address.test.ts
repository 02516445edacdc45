// Sockets take addresses. A guest connects to this machine, to its neighbours and to addresses that it was
// given for names in an earlier call, and looks up names that lead there.

import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { read } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  lastCall,
  loaded,
  NOTHING,
  received,
  resident,
} from '../support/escape.ts'

const { inside, watched } = inject('watcher').ports
let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'sockets', read('test/fixtures/sockets/sockets.wasm'))
  await allowHost(alice, `tcp://*:${inside}`, 'sockets')
  await allowHost(alice, 'tcp://watched.test:7', 'sockets')
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'sockets' })
})

it('opens no connection to any', async () => {
  await forget()
  for (const address of [
    [127, 0, 0, 1],
    [169, 254, 169, 254],
    [10, 0, 0, 1],
    [198, 18, 1, 0],
  ]) {
    const answer = await alice.agent.call('connect-to', { address, port: inside })
    expect(answer.structuredContent, address.join('.')).toEqual({
      result: { err: 'access-denied' },
    })
    expect((await lastCall(alice)).host_calls).toMatchObject([{ outcome: 'denied' }])
  }
  const any = await alice.agent
    .result('connect-to', { address: [0, 0, 0, 0], port: inside })
    .catch(String)
  expect(JSON.stringify(any)).toContain('invalid-argument')
  for (const address of [
    [0, 0, 0, 0, 0, 0, 0, 1],
    [0, 0, 0, 0, 0, 0xffff, 0x7f00, 1],
    [0xfe80, 0, 0, 0, 0, 0, 0, 1],
  ]) {
    const answer = await alice.agent.call('connect-to6', { address, port: inside })
    expect(JSON.stringify(answer), address.join(':')).not.toMatch(/"ok":/)
  }
  expect(await received()).toEqual(NOTHING)
})

it('looks up no name of this machine, and none that hides an address', async () => {
  await forget()
  for (const name of [
    'localhost',
    'a.localhost',
    '127.0.0.1',
    '0x7f.1',
    '[::1]',
    'metadata.google.internal',
    'x.workers.dev',
    'watched.test@127.0.0.1',
    'watched.test:80',
    'watched.test/..',
  ]) {
    const answer = await alice.agent.call('lookup', { name })
    expect(answer.isError, name).toBe(true)
    expect((await lastCall(alice)).host_calls[0]?.outcome, name).toMatch(/^(denied|malformed)$/)
  }
  expect(await received()).toEqual(NOTHING)
})

it('reaches no other port of a granted name', async () => {
  await forget()
  const answer = await alice.agent.call('talk', { name: 'watched.test', port: watched, text: 'x' })
  expect(answer.isError).toBe(true)
  expect(await received()).toEqual(NOTHING)
})
