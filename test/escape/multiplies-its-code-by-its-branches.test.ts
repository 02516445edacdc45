// A branch of two bytes moves all values of its block, and one more label of a table is one byte: an engine makes
// hundreds of bytes of it, when the function is called first. Beyond 512 MiB for one function the process ends,
// for everybody. Noting where thousands of locals are, at each branch, takes it minutes.

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

const list = (count: number, item: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => item(i)).join(' ')

const VALUES = 990
const DEPTH = 100
const component = (body: string, rest = ''): string => `(component
  (core module $m ${rest} (memory 1) (func (export "run") (result i32) ${body} (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run"))))`

const BOMBS: readonly (readonly [what: string, detail: string, text: string])[] = [
  [
    'branches with 990 values',
    'a core function of 990 results, of at most 16',
    component(
      `(local i32) ${list(DEPTH, () => 'block (type $r)')} i64.const 0
      ${list(VALUES, (i) => `i32.const 0 i64.load offset=${i * 8}`)}
      ${list(1_000, (i) => `local.get 0 br_if ${i % DEPTH}`)}
      br 0 ${list(DEPTH, () => 'end')} ${list(VALUES, () => 'drop')}`,
      `(type $r (func (result ${list(VALUES, () => 'i64')})))`,
    ),
  ],
  [
    'tables of labels',
    'a function of so many instructions over so many locals and operands',
    component(
      `(local i32 i64 i64 i64 i64 i64 i64)
      ${list(DEPTH, () => '(loop')}
      ${list(6, (i) => `(local.set ${i + 1} (i64.load (i32.const 0)))`)}
      ${list(6_000, () => `(block (br_table ${list(DEPTH, String)} (local.get 0)))`)}
      ${list(DEPTH, () => ')')}`,
    ),
  ],
  [
    'branches over ten thousand locals',
    'a function of so many instructions over so many locals and operands',
    component(
      `(local i32 ${list(9_999, () => 'i32')}) ${list(4_000, () => '(if (local.get 0) (then))')}`,
    ),
  ],
]

it.each(BOMBS)('%s: refused, and others go on', async (_, detail, text) => {
  const [{ status, text: said, there }, answers] = await beside(
    bob,
    refused(alice, await wat(text)),
  )
  expect([status, there]).toEqual([422, 0])
  expect(JSON.parse(said)).toMatchObject({ error: { code: 'too-large', detail } })
  expect(answers).toBeGreaterThan(0)
})
