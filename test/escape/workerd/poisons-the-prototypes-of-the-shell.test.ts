// Glue that is the guest's own replaces what our shell inside the isolate builds on: promises, arrays, JSON.
// The shell may then say anything; what the outside concludes is still one of its own outcomes.

import { expect, it } from 'vitest'
import { besideTheShell, owned, run, valueOf } from './support/owned.ts'

const POISONS = {
  promises: `Promise.prototype.then = function (resolve) { resolve?.({ outcome: 'taken' }); return this }
    Promise.race = () => ({ outcome: { tag: 'root', value: 1 } })`,
  arrays: `for (const name of ['map', 'filter', 'push', 'join', 'flatMap', 'slice'])
    Array.prototype[name] = () => ({ tag: 'ok', value: 'taken' })`,
  objects: `Object.entries = () => [['outcome', { tag: 'root' }]]
    Object.defineProperty(Object.prototype, 'tag', { get: () => 'exit', set() {} })
    Object.hasOwn = () => true`,
  texts: `JSON.stringify = () => 'taken'; TextDecoder.prototype.decode = () => 'x'.repeat(1e6)
    String.prototype.slice = () => ({ toString: () => 'taken' })`,
  errors: `Object.defineProperty(Error.prototype, 'message', { get: () => ({ taken: 1 }) })
    Object.defineProperty(Error, Symbol.hasInstance, { value: () => false })`,
}

it.each(Object.keys(POISONS) as (keyof typeof POISONS)[])('%s', async (what) => {
  const js = `${POISONS[what]}
    export async function instantiate() { return { run: () => { throw new Error('x') } } }`
  const outcome = await run(besideTheShell(js), undefined, 2_000)
  expect(Object.keys(outcome).length).toBeGreaterThan(0)
  expect(['ok', 'err', 'trap', 'exit', 'bound', 'handle', 'asks']).toContain(outcome.tag)
  expect(typeof outcome.log).toBe('string')
  expect(outcome.log.length).toBeLessThanOrEqual(16_384)
  // Ours are as they were, and so are those of the next isolate.
  expect([1, 2].map((n) => n + 1)).toEqual([2, 3])
  expect(JSON.stringify({ a: 1 })).toBe('{"a":1}')
  expect('tag' in {}).toBe(false)
  expect(await valueOf(owned('return answer(JSON.stringify([1].map((n) => n + 1)))'))).toBe('[2]')
})
