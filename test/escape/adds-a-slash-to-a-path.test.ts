// `secret/` and `secret` are one file to some and two to others: a check of the one and an open of the
// other let a read-only file be written, or a file be opened as a directory.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, roam, withIntruder } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowPath(alice, 'fs://slash', ['read', 'write'])
  await roam(alice, [
    ['make-directory', 'slash'],
    ['write', ['slash/open', 'old']],
    ['write', ['slash/secret', 'a secret']],
  ])
  await alice.agent.value('reset-permission', { component_id: 'intruder' })
  await allowPath(alice, 'fs://slash/open', ['read'])
})

it('changes nothing that may only be read, and reads nothing else', async () => {
  const told = await roam(alice, [
    ['write', ['slash/open/', 'new']],
    ['write', ['slash/open/.', 'new']],
    ['write', ['slash/open//', 'new']],
    ['rename', ['slash/open/', 'slash/moved']],
    ['remove', 'slash/open/'],
    ['make-directory', 'slash/open/'],
    ['read', 'slash/secret/'],
    ['read', 'slash/secret/.'],
    ['read', 'slash//secret'],
    ['stat', 'slash/secret/'],
    ['read', 'slash/open'],
  ])
  expect(told.slice(0, -1).filter((line) => !line.startsWith('refused: '))).toEqual([])
  expect(told.slice(6, 10)).toEqual(told.slice(6, 10).map(() => 'refused: access'))
  expect(told.at(-1)).toBe('read old')
})
