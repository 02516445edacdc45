// A link inside a permitted directory that leads out of it: whoever follows it reads with another path than
// the one that was judged. There are no links on a drive.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, roam, withIntruder } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowPath(alice, 'fs://elsewhere', ['read', 'write'])
  await roam(alice, [
    ['make-directory', 'elsewhere'],
    ['write', ['elsewhere/secret', 'a secret']],
  ])
  await alice.agent.value('reset-permission', { component_id: 'intruder' })
  await allowPath(alice, 'fs://links', ['read', 'write'])
})

it('makes neither kind, and reads through none', async () => {
  const told = await roam(alice, [
    ['make-directory', 'links'],
    ['symbolic-link', ['../elsewhere/secret', 'links/soft']],
    ['symbolic-link', ['/etc/passwd', 'links/absolute']],
    ['hard-link', ['elsewhere/secret', 'links/hard']],
    ['read', 'links/soft'],
    ['read', 'links/absolute'],
    ['read', 'links/hard'],
    ['read-link', 'links/soft'],
    ['list', 'links'],
  ])
  expect(told.slice(1, 8).filter((line) => !line.startsWith('refused: '))).toEqual([])
  expect(told[8]).toBe('listed ')
})
