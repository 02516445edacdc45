// One byte makes an instance, an export, a memory or a table. Each of them is work and memory of ours.

import { beforeAll, expect, inject, it } from 'vitest'
import { wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

const times = (count: number, item: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => item(i)).join('\n')
const run = '(func (export "run") (result i32) i32.const 1)'
const lift = '(func (export "run") (result u32) (canon lift (core func $i "run")))'
const BOMBS: Record<string, string> = {
  'core instances': `(core module $m ${run}) ${times(400, () => '(core instance (instantiate $m))')}
    (core instance $i (instantiate $m)) ${lift}`,
  'exported functions': `(core module $m ${run}) (core instance $i (instantiate $m))
    ${times(1_200, (i) => `(func (export "run${i}") (result u32) (canon lift (core func $i "run")))`)}`,
  'memories in one module': `(core module $m ${run} ${times(50, () => '(memory 1)')})
    (core instance $i (instantiate $m)) ${lift}`,
  'memories by instances': `(core module $m ${run} (memory 1))
    ${times(50, () => '(core instance (instantiate $m))')} (core instance $i (instantiate $m)) ${lift}`,
  tables: `(core module $m ${run} ${times(500, () => '(table 1 funcref)')})
    (core instance $i (instantiate $m)) ${lift}`,
  'pages at the start': `(core module $m ${run} (memory 1025)) (core instance $i (instantiate $m)) ${lift}`,
  'entries at the start': `(core module $m ${run} (table 10000000 funcref))
    (core instance $i (instantiate $m)) ${lift}`,
  types: `${times(450_000, () => '(type u8)')} (core module $m ${run})
    (core instance $i (instantiate $m)) ${lift}`,
}
let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

it.each(Object.keys(BOMBS))('%s: refused', async (what) => {
  const { status, text, there } = await refused(alice, await wat(`(component ${BOMBS[what]})`))
  expect([status, there]).toEqual([422, 0])
  expect(text).toContain('too-large')
  expect((await fetch(`${inject('server').url}/health`)).status).toBe(200)
})
