// A thousand functions take the same type, options in options: a line each, and for each the transpiler writes
// out the whole of it. 45 KB would become 20 MB of JavaScript.

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

const FUNCTIONS = 990
const types = Array.from({ length: 20 }, (_, i) =>
  i === 0 ? '(type $t0 string)' : `(type $t${i} (option $t${i - 1}))`,
)
const functions = Array.from(
  { length: FUNCTIONS },
  (_, i) =>
    `(func (export "run${i}") (param "a" $t19)
      (canon lift (core func $i "run") (memory $memory) (realloc $realloc)))`,
)
const BOMB = `(component ${types.join('\n')}
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "run") (param i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  ${functions.join('\n')})`

it('ends with the bound that it met, while another person’s calls go on', async () => {
  const [{ status, text, there }, answers] = await beside(bob, refused(alice, await wat(BOMB)))
  expect([status, there]).toEqual([422, 0])
  expect(JSON.parse(text)).toMatchObject({
    error: { code: 'compile-bound', bound: 'compile-fuel' },
  })
  expect(answers).toBeGreaterThan(5)
})
