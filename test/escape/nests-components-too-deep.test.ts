// Every level of components inside components is a recursion of whoever reads them.

import { beforeAll, expect, inject, it } from 'vitest'
import { wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

it.each([20, 90])('%i levels are refused', async (levels) => {
  const text = `${'(component '.repeat(levels)}${')'.repeat(levels)}`
  const { status, text: told, there } = await refused(alice, await wat(text))
  expect([status, there]).toEqual([422, 0])
  expect(told).toContain('too-deep')
  expect((await fetch(`${inject('server').url}/health`)).status).toBe(200)
})

it('a chain of instances that doubles at each level is refused', async () => {
  const levels = Array.from({ length: 14 }, (_, i) =>
    i === 0
      ? '(component $c0 (core module $m) (core instance (instantiate $m)))'
      : `(component $c${i} (alias outer 1 $c${i - 1} (component $p))
          (instance (instantiate $p)) (instance (instantiate $p)))`,
  )
  const component = await wat(`(component ${levels.join('\n')} (instance (instantiate $c13)))`)
  const { status, text, there } = await refused(alice, component)
  expect([status, there]).toEqual([422, 0])
  expect(text).toContain('too-large')
})
