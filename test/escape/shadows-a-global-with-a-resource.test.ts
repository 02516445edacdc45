// A resource becomes a class of its name in the generated code. One named `promise` would take the place of
// the real `Promise` for all of it.

import { beforeAll, expect, it } from 'vitest'
import { fromWit } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

it.each([
  'promise',
  'object',
  'array',
  'uint8-array',
  'text-decoder',
  'data-view',
  'symbol',
  'map',
])('a resource %s is refused at load', async (name) => {
  const component = await fromWit(
    `package test:shadow; world w {
        export things: interface { resource %${name} { constructor(); } run: func() -> u32; }
      }`,
  )
  const { status, text, there } = await refused(alice, component)
  expect([status, there]).toEqual([422, 0])
  expect(text).toContain('forbidden-name')
})
