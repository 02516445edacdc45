// The server has secrets in its environment and a host has paths in its arguments. A guest asks for all of
// it, and finds an empty one.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { lines, withIntruder } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
})

it('has one directory, and nothing else', async () => {
  expect(await lines(alice.agent, 'ambient')).toEqual(['/'])
})
