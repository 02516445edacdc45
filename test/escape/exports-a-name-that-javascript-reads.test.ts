// Exports become properties and variables of JavaScript. `then` makes an object that is awaited for ever,
// `arguments` does not parse, others are found on every object. None may mean anything there.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { constants } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { resident } from '../support/escape.ts'

const NAMES = [
  ...['then', 'arguments', 'global-this', 'imports', 'set-timeout', 'has-own-property', 'exports0'],
  ...['constructor', 'prototype', 'to-string', 'value-of', 'eval', 'await', 'default', 'promise'],
]
let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  const values = Object.fromEntries(NAMES.map((name, i) => [name, i + 40]))
  expect((await alice.agent.upload('names', await constants(values))).status).toBe(201)
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'names' })
})

it('is a function like any other', async () => {
  for (const [i, name] of NAMES.entries()) {
    expect(await alice.agent.result(name), name).toBe(i + 40)
  }
})

it('shows nothing of what JavaScript has under it', async () => {
  for (const name of ['__proto__', 'hasOwnProperty', 'toString', 'constructor.name']) {
    await expect(alice.agent.call(name), name).rejects.toMatchObject({ code: -32602 })
  }
})
