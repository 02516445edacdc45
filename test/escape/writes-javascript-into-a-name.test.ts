// Names of core modules become strings in generated JavaScript. One with a quote in it would end the string
// and run what follows, inside the isolate and past every shim.

import { beforeAll, expect, it } from 'vitest'
import { wat } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

const NAMES = [
  "a']; globalThis.taken = 1; //",
  "'",
  '`${globalThis.taken = 1}`',
  '\\u0027',
  'a\nb',
  'a\u2028b',
  '*/ globalThis.taken = 1 /*',
  '</script>',
  'x'.repeat(100_000),
]
const quoted = (text: string) =>
  `"${[...new TextEncoder().encode(text)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}"`

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

const lift = '(func (export "run") (result u32) (canon lift (core func $i "run")))'
const run = '(func (export "run") (result i32) i32.const 1)'
const PLACES: Record<string, (name: string) => string> = {
  'a core export': (name) =>
    `(core module $m ${run} (func (export ${name}))) (core instance $i (instantiate $m)) ${lift}`,
  'a core import': (name) =>
    `(core module $n (func (export ${name})))
     (core module $m (import "n" ${name} (func)) ${run})
     (core instance $j (instantiate $n))
     (core instance $i (instantiate $m (with "n" (instance $j)))) ${lift}`,
  'a core module’s name': (name) =>
    `(core module $n (func (export "f")))
     (core module $m (import ${name} "f" (func)) ${run})
     (core instance $j (instantiate $n))
     (core instance $i (instantiate $m (with ${name} (instance $j)))) ${lift}`,
}

it.each(Object.keys(PLACES))('as %s: nothing of it is loaded', async (place) => {
  for (const name of NAMES) {
    const component = await wat(`(component ${PLACES[place]?.(quoted(name)) ?? ''})`)
    const { status, text, there } = await refused(alice, component)
    expect([status, there], name.slice(0, 40)).toEqual([422, 0])
    expect(text).toContain('forbidden-name')
    expect(text).not.toContain('taken')
  }
})
