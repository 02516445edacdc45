// One name, two sequences of code points, or two cases: a file system that treats them as one lets a
// permission for the one open the other. On a drive they are two names.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, roam, withIntruder } from '../support/escape.ts'

const COMPOSED = 'caf\u00e9'
const OTHERS = [
  'cafe\u0301',
  'CAF\u00c9',
  'caf\u00e9\u200b',
  '\u202ecaf\u00e9',
  'ｃaf\u00e9',
  'caf\u00e9 ',
  'caf\u00e9.',
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowPath(alice, `fs://spelling/${COMPOSED}`, ['read', 'write'])
  await allowPath(alice, 'fs://spelling', ['write'])
  await roam(alice, [['make-directory', 'spelling']])
  await roam(alice, [['write', [`spelling/${COMPOSED}`, 'granted']]])
})

it('opens the granted one and none of the others', async () => {
  const told = await roam(
    alice,
    [COMPOSED, ...OTHERS].map((name) => ['read', `spelling/${name}`] as const),
  )
  expect(told[0]).toBe('read granted')
  expect(told.slice(1)).toEqual(OTHERS.map(() => 'refused: access'))
})
