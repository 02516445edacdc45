// A granted host is a way out for whatever a component has got hold of. What leaves in one call is counted in
// bytes, whoever frames them and however many requests they are in: in bodies, and in what a request says before
// its body.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BOUNDS } from '../../src/policy/limits.ts'
import { errorOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  INTRUDER,
  lastCall,
  loaded,
  message as headOf,
  putPolicy,
  received,
  resident,
} from '../support/escape.ts'

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

describe('without a body', () => {
  const WATCHED = 'http://watched.test'
  const leak = 'x'.repeat(300)
  let hush: string

  beforeAll(async () => {
    await loaded(alice, 'intruder', INTRUDER)
    const names = await alice.agent.toolNames()
    hush = names.includes('intruder__send') ? 'intruder__send' : 'send'
    const rules = 'network: { allow: [watched.test] }, limits: { egress-bytes: 1Ki }'
    await putPolicy(
      alice,
      'intruder',
      `version: "1.0"\npermissions: {}\nx-wassette-edge: { ${rules} }\n`,
    )
  })
  afterAll(async () => {
    await alice.agent.value('unload-component', { id: 'intruder' })
  })

  it.each([
    ['paths', () => headOf(`${WATCHED}/${leak}`)],
    ['queries', () => headOf(`${WATCHED}/?${leak}`)],
    ['the values of headers', () => headOf(WATCHED, { headers: [['x-leak', leak]] })],
    ['the names of headers', () => headOf(WATCHED, { headers: [[leak.slice(45), '']] })],
  ])('in %s, piece by piece', async (_, piece) => {
    const messages = Array.from({ length: 5 }, piece)
    const answer = await alice.agent.call(hush, { messages })
    expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'egress-bytes' })
    const { watched } = await received()
    expect(watched).toHaveLength(3)
  })
})
