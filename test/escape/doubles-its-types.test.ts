// A type may name another twice, and that one a third: forty lines say what has a million million parts when
// it is written out as a schema.

import { beforeAll, expect, inject, it } from 'vitest'
import { wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

const MODULE = `(core module $m
  (memory (export "memory") 1)
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "run") (param i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))`

function taking(types: string[], last: string): string {
  return `(component ${types.join('\n')} ${MODULE}
    (func (export "run") (param "a" ${last})
      (canon lift (core func $i "run") (memory $memory) (realloc $realloc))))`
}

it.each([13, 28])('%i times: refused', async (times) => {
  const types = Array.from({ length: times }, (_, i) =>
    i === 0 ? '(type $t0 (tuple string string))' : `(type $t${i} (tuple $t${i - 1} $t${i - 1}))`,
  )
  const { status, text, there } = await refused(alice, await wat(taking(types, `$t${times - 1}`)))
  expect([status, there]).toEqual([422, 0])
  expect(text).toMatch(/too-large|too-deep|no-tools/)
  expect((await fetch(`${inject('server').url}/health`)).status).toBe(200)
})

it('a list of lists of lists without end: refused', async () => {
  const types = Array.from({ length: 500 }, (_, i) =>
    i === 0 ? '(type $t0 (list u8))' : `(type $t${i} (list $t${i - 1}))`,
  )
  const { status, text, there } = await refused(alice, await wat(taking(types, '$t499')))
  expect([status, there]).toEqual([422, 0])
  expect(text).toMatch(/too-deep|too-large/)
})
