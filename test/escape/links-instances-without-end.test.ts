// 17 KB link 250 instances to a thousand functions each: the transpiler writes them all out, for minutes, and an engine
// would link them at each call. They are counted before either begins.

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

const times = (count: number, item: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => item(i)).join('\n')
const BOMB = `(component
  (core module $m
    (func (export "run") (result i32) i32.const 1)
    ${times(1_000, (i) => `(export "e${i}" (func 0))`)})
  (core instance $i (instantiate $m))
  (core module $n ${times(1_000, (i) => `(import "a" "e${i}" (func (result i32)))`)})
  ${times(250, () => '(core instance (instantiate $n (with "a" (instance $i))))')}
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

it('is refused before anybody links it, while another person’s calls go on', async () => {
  const bytes = await wat(BOMB)
  expect(bytes.length).toBeLessThan(20_000)
  const [{ status, text, there }, answers] = await beside(bob, refused(alice, bytes))
  expect([status, there]).toEqual([422, 0])
  expect(JSON.parse(text)).toMatchObject({
    error: {
      code: 'too-large',
      detail: 'what its core instances start with: entries, data, imports and exports',
    },
  })
  expect(answers).toBeGreaterThan(0)
})
