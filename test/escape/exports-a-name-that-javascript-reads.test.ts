// Exports become properties and variables of JavaScript. `then` makes an object that is awaited for ever,
// `arguments` does not parse, others are found on every object.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { constants } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

const REFUSED = ['then', 'arguments', 'global-this', 'imports', 'set-timeout', 'has-own-property']
const HARMLESS = ['constructor', 'prototype', 'to-string', 'value-of', 'eval', 'await', 'default']
let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'harmless' })
})

it.each(REFUSED)('%s is refused at load', async (name) => {
  const { status, text, there } = await refused(alice, await constants({ [name]: 1 }))
  expect([status, there]).toEqual([422, 0])
  expect(text).toContain('forbidden-name')
})

it('the rest is what the component says it is', async () => {
  const values = Object.fromEntries(HARMLESS.map((name, i) => [name, i + 40]))
  expect((await alice.agent.upload('harmless', await constants(values))).status).toBe(201)
  for (const [name, value] of Object.entries(values)) {
    expect(await alice.agent.result(name), name).toBe(value)
  }
})
