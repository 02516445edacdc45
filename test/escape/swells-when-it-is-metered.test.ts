// A loop that does nothing takes three bytes, and forty once it is metered: a small module of nothing else would
// become larger than the memory of the isolate that compiles it.

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

const LOOPS = 1_500_000
const BOMB = `(component
  (core module $m
    (func (export "run") (result i32) i32.const 1)
    (func ${'(loop)'.repeat(LOOPS)}))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

it('is refused before it has grown, while another person’s calls go on', async () => {
  const bytes = await wat(BOMB)
  expect(bytes.length).toBeLessThan(LOOPS * 4)
  const [{ status, text, there }, answers] = await beside(bob, refused(alice, bytes))
  expect([status, there]).toEqual([422, 0])
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'too-large', detail: 'metered code' } })
  expect(answers).toBeGreaterThan(5)
})
