// Six million bytes of code in one function, as much as an engine takes: nothing to refuse. It is read and
// written in steps, within the function as well.

import { beforeAll, expect, it } from 'vitest'
import { wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { beside, loaded, neighbour, resident } from '../support/escape.ts'

let alice: Resident
let bob: Resident
beforeAll(async () => {
  alice = await resident('alice')
  bob = await neighbour()
})

const BYTES = 6_000_000
const LONG = `(component
  (core module $m
    (func (export "run") (result i32) i32.const 1)
    (func (local i32) ${'(local.set 0 (i32.const 1)) '.repeat(BYTES / 4)}))
  (core instance $i (instantiate $m))
  (func (export "endless-run") (result u32) (canon lift (core func $i "run"))))`

it('is loaded and answers, while another person’s calls go on', async () => {
  const bytes = await wat(LONG)
  expect(bytes.length).toBeGreaterThan(BYTES)
  const [, answers] = await beside(bob, loaded(alice, 'endless', bytes))
  expect(answers).toBeGreaterThan(5)
  expect(await alice.agent.result('endless-run')).toBe(1)
  await alice.agent.value('unload-component', { id: 'endless' })
})
