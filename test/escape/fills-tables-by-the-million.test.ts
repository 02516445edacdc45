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

const ELEMENTS = `(elem (i32.const 0) func ${'0 '.repeat(100_000)})`.repeat(45)
const bomb = (name: string): string => `(component
  (core module $bomb
    (func (export "run") (result i32) i32.const 1)
    (table 100000 funcref)
    ${ELEMENTS})
  (core module $other (func (export "run") (result i32) i32.const 1))
  (core instance $i (instantiate ${name}))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

it.each([
  ['what its instances start with', '$bomb', { code: 'too-large' }, 0],
  ['fuel of compiling, without an instance', '$other', { bound: 'compile-fuel' }, 5],
])(
  'is refused by a bound, while another person’s calls go on: %s',
  async (_, instance, error, least) => {
    const bytes = await wat(bomb(instance))
    const [{ status, text, there }, answers] = await beside(bob, refused(alice, bytes))
    expect([status, there]).toEqual([422, 0])
    expect(JSON.parse(text)).toMatchObject({ error })
    expect(answers).toBeGreaterThan(least)
  },
)
