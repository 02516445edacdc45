// Functions and objects of an isolate cross as stubs: whoever calls one runs the guest again, after its call
// and outside of its bounds. An answer is data or it is refused.

import { expect, it } from 'vitest'
import { liftResult } from '../../../src/component/results.ts'
import { owned, run } from './support/owned.ts'

const ALIVE = [
  '() => { globalThis.called = true; return 1 }',
  'new (class extends workers.RpcTarget { get x() { globalThis.called = true; return 1 } })()',
  '{ x: () => 1, y: 2 }',
  '[() => 1]',
  'new ReadableStream()',
  'new Map([["x", 1]])',
  'new Date()',
  'new Error("x")',
  '{ get x() { return () => 1 } }',
  '{ __proto__: { x: 1, y: 2 } }',
  'JSON.parse(\'{"__proto__": {"x": 1, "y": 2}}\')',
]
const TYPES = [
  { kind: 'string' },
  { kind: 'u32' },
  { kind: 'list', element: { kind: 'u8' } },
  { kind: 'list', element: { kind: 'string' } },
  {
    kind: 'record',
    fields: [
      { name: 'x', type: { kind: 'u32' } },
      { name: 'y', type: { kind: 'u32' } },
    ],
  },
  { kind: 'variant', cases: [{ name: 'x', type: null }] },
  { kind: 'flags', names: ['x'] },
  { kind: 'own', resource: 'counter' },
]

it.each(ALIVE)('%s is no value of any type', async (value) => {
  const guest = owned(`
    if (globalThis.called) return answer('called')
    return answer(${value})`)
  const outcome = await run(guest)
  if (outcome.tag === 'ok') {
    for (const type of TYPES) {
      const lifted = liftResult({ params: [], result: type } as never, {
        tag: 'ok',
        value: outcome.value,
      })
      expect(lifted.ok, type.kind).toBe(false)
    }
  } else {
    expect(outcome.tag).toBe('trap')
  }
  // Nobody called what was in it.
  const again = await run(guest)
  expect(again).not.toMatchObject({ value: 'called' })
})
