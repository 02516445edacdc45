// A guest that runs JavaScript may leave what it likes in its isolate. The next call of the same person may
// find that; a call of another person, or of another component, is in another isolate.

import { expect, it } from 'vitest'
import { owned, valueOf } from './support/owned.ts'

const BODY = `
  globalThis.left ??= []
  globalThis.left.push(call.export.join())
  Object.prototype.left ??= 'everywhere'
  return answer([globalThis.left.length, typeof ({}).left])`

it('is found by nobody else', async () => {
  const first = owned(BODY, { person: 'alice', name: 'same' })
  const [count] = (await valueOf(first)) as [number]
  expect(count).toBe(1)
  const bob = owned(BODY, { person: 'bob', name: 'same' })
  expect(await valueOf(bob)).toEqual([1, 'string'])
  const other = owned(BODY, { person: 'alice', name: 'other' })
  expect(await valueOf(other)).toEqual([1, 'string'])
  // Nor by us.
  expect('left' in {}).toBe(false)
  expect('left' in globalThis).toBe(false)
})
