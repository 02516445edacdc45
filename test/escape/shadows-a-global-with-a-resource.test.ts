// A resource becomes a class of its name in the generated code. One named `promise` would take the place of
// the real `Promise` for all of it, so such a class goes by another name: the guest's code never stands there.

import { beforeAll, expect, it } from 'vitest'
import { resourceNamed } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { resident } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

it.each([
  ...['promise', 'object', 'array', 'uint8-array', 'text-decoder', 'data-view', 'symbol', 'map'],
  ...['web-assembly', 'rep-table'],
])('a resource %s is one like any other', async (name) => {
  expect((await alice.agent.upload('shadow', await resourceNamed(name))).status).toBe(201)
  const handle = await alice.agent.result(`things__constructor_${name}`, { n: 41 })
  expect(handle).toMatch(new RegExp(`^${name}:[0-9a-f]{32}$`))
  expect(await alice.agent.result(`things__method_${name}_get`, { self: handle })).toBe(41)
  await alice.agent.value('unload-component', { id: 'shadow' })
})
