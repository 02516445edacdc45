// A function that calls itself for ever takes the stack of the host it runs on.

import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { errorOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, loaded, resident } from '../support/escape.ts'
import { fromCore } from '../support/wat.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(
    alice,
    'recurses',
    await fromCore(
      'package test:hostile; world w { export recurse: func() -> u32; }',
      `(module (func $f (export "recurse") (result i32)
        (i32.add (call $f) (i32.const 1))))`,
    ),
  )
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'recurses' })
})

it('fails alone', async () => {
  const answer = await alice.agent.call('recurse')
  expect(errorOf(answer)?.['code']).toBe('trap')
  expect((await lastCall(alice)).outcome).toBe('trapped')
  expect((await fetch(`${inject('server').url}/health`)).status).toBe(200)
})
