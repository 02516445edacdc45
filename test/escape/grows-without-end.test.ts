// Memories and tables grow on the guest's word, in a process that many share.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { PROBE, wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { loaded, resident } from '../support/escape.ts'

const PAGES_IN_ALL = 1_024
let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'probe', PROBE)
  const modules = ['a', 'b', 'c'].map(
    (name) => `(core module $m${name}
        (memory 1)
        (table $t 1 funcref)
        (func (export "pages") (result i32)
          (loop $more (br_if $more (i32.ne (i32.const -1) (memory.grow (i32.const 8)))))
          (memory.size))
        (func (export "entries") (result i32)
          (loop $more
            (br_if $more (i32.ne (i32.const -1) (table.grow $t (ref.null func) (i32.const 1000)))))
          (table.size $t)))
      (core instance $${name} (instantiate $m${name}))
      (func (export "pages-${name}") (result u32) (canon lift (core func $${name} "pages")))
      (func (export "entries-${name}") (result u32) (canon lift (core func $${name} "entries")))`,
  )
  const all = `(core module $mall
      (import "a" "pages" (func $a (result i32)))
      (import "b" "pages" (func $b (result i32)))
      (import "c" "pages" (func $c (result i32)))
      (func (export "pages") (result i32)
        (i32.add (call $a) (i32.add (call $b) (call $c)))))
    (core instance $all (instantiate $mall
      (with "a" (instance $a)) (with "b" (instance $b)) (with "c" (instance $c))))
    (func (export "pages-of-all") (result u32) (canon lift (core func $all "pages")))`
  await loaded(alice, 'grows', await wat(`(component ${modules.join('\n')} ${all})`))
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'grows' })
})

it('gets no more memory than the bound, asked at once', async () => {
  expect(await alice.agent.result('grow-memory', { pages: PAGES_IN_ALL })).toBe(-1)
  expect(await alice.agent.result('grow-memory', { pages: 65_535 })).toBe(-1)
})

it('gets no more over several memories than over one', async () => {
  const alone = await alice.agent.result('pages-a')
  expect(alone).toBeGreaterThan(8)
  expect(alone).toBeLessThanOrEqual(PAGES_IN_ALL)
  const together = await alice.agent.result('pages-of-all')
  expect(together).toBeGreaterThan(8)
  expect(together).toBeLessThanOrEqual(PAGES_IN_ALL)
})

it('gets no larger a table than the bound', async () => {
  const entries = await alice.agent.result('entries-a')
  expect(entries).toBeGreaterThan(1)
  expect(entries).toBeLessThanOrEqual(100_000)
})
