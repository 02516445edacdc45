// A pattern such as `fs://*` names what is directly there and nothing below. Moving a directory that it
// names moves everything below: out of the place it belongs to, into one that may be read.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, roam, withIntruder } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowPath(alice, 'fs://names', ['read', 'write'])
  await roam(alice, [
    ['make-directory', 'names'],
    ['make-directory', 'names/mine'],
    ['make-directory', 'names/private'],
    ['write', ['names/private/diary', 'a secret']],
    ['write', ['names/loose', 'x']],
  ])
  await alice.agent.value('reset-permission', { component_id: 'intruder' })
  await allowPath(alice, 'fs://names/*', ['read', 'write'])
  await allowPath(alice, 'fs://names/mine', ['read', 'write'])
})

it('moves a file that the pattern names, and no directory with what is in it', async () => {
  const told = await roam(alice, [
    ['read', 'names/private/diary'],
    ['rename', ['names/private', 'names/mine/private']],
    ['read', 'names/mine/private/diary'],
    ['rename', ['names/private', 'names/renamed']],
    ['rename', ['names/loose', 'names/mine/loose']],
  ])
  expect(told).toEqual([
    'refused: access',
    'refused: access',
    'refused: no-entry',
    'refused: access',
    'done',
  ])
})
