// One transpiler that panicked would fail for whoever compiles next; one that is kept busy makes them wait.
// Modules that engines find hard: nested blocks, very many locals, code that does not validate.

import { beforeAll, expect, it } from 'vitest'
import { constants, wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

const lift = '(func (export "run") (result u32) (canon lift (core func $i "run")))'
const around = (code: string) =>
  `(component (core module $m ${code}) (core instance $i (instantiate $m)) ${lift})`
const DEPTH = 20_000
let alice: Resident
let bob: Resident
beforeAll(async () => {
  alice = await resident('alice')
  bob = await resident('bob')
})

it.each([
  [
    'very many locals',
    around(`(func (export "run") (result i32) ${'(local i32)'.repeat(60_000)} i32.const 1)`),
  ],
  ['code that does not validate', around('(func (export "run") (result i32) i64.const 1)')],
  ['a body that ends in the middle', around('(func (export "run") (result i32) drop drop drop)')],
  ['an export that is not there', around('(func (export "other"))')],
  ['a lift of another type', around('(func (export "run") (param i64))')],
])('%s: refused, and the next component compiles', async (_, text) => {
  const { status, there } = await refused(alice, await wat(text))
  expect([status, there]).toEqual([422, 0])
  expect((await bob.agent.upload('next', await constants({ next: 3 }))).status).toBeLessThan(300)
  expect(await bob.agent.result('next')).toBe(3)
  await bob.agent.value('unload-component', { id: 'next' })
})

it('blocks nested twenty thousand times do no harm, refused or not', async () => {
  const body = `${'block '.repeat(DEPTH)}${'end '.repeat(DEPTH)} i32.const 1`
  const answer = await alice.agent.upload(
    'nested',
    await wat(around(`(func (export "run") (result i32) ${body})`)),
  )
  expect([200, 201, 422]).toContain(answer.status)
  expect((await bob.agent.upload('next', await constants({ next: 3 }))).status).toBeLessThan(300)
  await bob.agent.value('unload-component', { id: 'next' })
  if (answer.status < 400) await alice.agent.value('unload-component', { id: 'nested' })
})
