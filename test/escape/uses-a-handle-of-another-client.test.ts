// A handle names a resource inside an instance that is kept for one client. It is a text: another person,
// another client, or a guess may write it.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { Agent, errorOf } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { loaded, resident } from '../support/escape.ts'

let alice: Resident
let bob: Resident
let session: Agent
let make = ''
let look = ''
beforeAll(async () => {
  alice = await resident('alice')
  bob = await resident('bob')
  await loaded(alice, 'probe', PROBE)
  await loaded(bob, 'probe', PROBE)
  const names = await alice.agent.toolNames()
  make = names.find((name) => name.endsWith('make-counter')) ?? ''
  look = names.find((name) => name.endsWith('read-counter')) ?? ''
  // The same person and the same OAuth client, in a session of its own.
  session = await Agent.with(alice.agent.serverUrl, alice.agent.signedIn, { mode: 'legacy' })
})
afterAll(async () => {
  await session.close()
})

it('is gone for everybody else', async () => {
  const counter = await alice.agent.result(make)
  expect(counter).toMatch(/^counter:[0-9a-f]{32}$/)
  for (const agent of [bob.agent, session]) {
    const answer = await agent.call(look, { counter })
    expect(errorOf(answer)).toEqual({ code: 'handle', why: 'gone' })
  }
  const guesses = [`counter:${'0'.repeat(32)}`, `counter:${'f'.repeat(32)}`]
  for (const guess of guesses) {
    const answer = await alice.agent.call(look, { counter: guess })
    expect(errorOf(answer)).toEqual({ code: 'handle', why: 'gone' })
  }
  expect((await alice.agent.call(look, { counter })).isError).not.toBe(true)
})

it('is no handle in another form', async () => {
  for (const counter of ['counter:1', 'other:'.padEnd(38, '0'), '$handle', '', { $handle: '0' }]) {
    const answer = await alice.agent.call(look, { counter })
    expect(errorOf(answer)?.['code']).toBe('bad-arguments')
  }
})
