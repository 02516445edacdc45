// Every instance of a core module writes its segments when it is made, in each call, without any fuel and without
// a pause: a hundred thousand entries, twice, and that 250 times.

import { beforeAll, expect, it } from 'vitest'
import { wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

const BOMB = `(component
  (core module $a (table (export "t") 99000 funcref))
  (core instance $a (instantiate $a))
  (core module $n
    (import "a" "t" (table 99000 funcref))
    (func $f)
    ${`(elem (i32.const 0) func ${'$f '.repeat(98_000)})`.repeat(2)})
  ${'(core instance (instantiate $n (with "a" (instance $a))))'.repeat(250)}
  (core module $m (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

it('is refused', async () => {
  const { status, text, there } = await refused(alice, await wat(BOMB))
  expect([status, there]).toEqual([422, 0])
  expect(JSON.parse(text)).toMatchObject({
    error: {
      code: 'too-large',
      detail: 'what its core instances start with: entries, data, imports and exports',
    },
  })
})
