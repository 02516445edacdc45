// Bob's component may use the whole of his drive. Alice's files have paths, numbers and bodies of their own;
// none of them is a way to her drive.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, roam, withIntruder } from '../support/escape.ts'

const SECRET = `only-hers-${crypto.randomUUID()}`
let alice: Resident
let bob: Resident
beforeAll(async () => {
  alice = await withIntruder('alice')
  await allowPath(alice, 'fs://hers', ['read', 'write'])
  await roam(alice, [
    ['make-directory', 'hers'],
    ['write', ['hers/diary', SECRET]],
  ])
  bob = await withIntruder('bob')
  await allowPath(bob, 'fs:///', ['read', 'write'])
})

it('finds nothing of hers, and changes nothing', async () => {
  const told = await roam(bob, [
    ['read', 'hers/diary'],
    ['stat', 'hers'],
    ['list', 'hers'],
    ['read', 'alice/hers/diary'],
    ['read', '../alice/hers/diary'],
    ['list', '.'],
    ['rename', ['hers/diary', 'taken']],
    ['remove', 'hers/diary'],
  ])
  expect(told.join('\n')).not.toContain(SECRET)
  expect(told[0]).toBe('refused: no-entry')
  expect(told[5]).not.toContain('hers')
  expect(await roam(alice, [['read', 'hers/diary']])).toEqual([`read ${SECRET}`])
})
