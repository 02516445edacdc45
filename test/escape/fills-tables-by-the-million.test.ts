// Four million elements, one byte each, for a table of a hundred thousand. Whoever reads, checks and rewrites
// them does so one by one.

import { beforeAll, expect, it } from 'vitest'
import { wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { beside, neighbour, refused, resident } from '../support/escape.ts'

let alice: Resident
let bob: Resident
beforeAll(async () => {
  alice = await resident('alice')
  bob = await neighbour()
})

const BOMB = `(component
  (core module $m
    (func (export "run") (result i32) i32.const 1)
    (table 100000 funcref)
    ${`(elem (i32.const 0) func ${'0 '.repeat(100_000)})`.repeat(45)})
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

it('is refused by a bound, while another person’s calls go on', async () => {
  const [{ status, text, there }, answers] = await beside(bob, refused(alice, await wat(BOMB)))
  expect([status, there]).toEqual([422, 0])
  expect(JSON.parse(text)).toMatchObject({
    error: { code: 'compile-bound', bound: 'compile-fuel' },
  })
  expect(answers).toBeGreaterThan(5)
})
