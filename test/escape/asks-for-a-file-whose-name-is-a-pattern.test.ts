// A refusal offers the person the smallest rule that would do. A component that asks for a file named `**`
// would have the person offer it every file.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, refusalsOf, roam, withIntruder } from '../support/escape.ts'

const NAMES = ['**', '*', 'a*', 'x/**', '**/y']
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
})

it('makes no offer that is wider than what was asked', async () => {
  const answer = await alice.agent.call('roam', {
    deeds: NAMES.flatMap((name) => [
      { tag: 'read', val: name },
      { tag: 'write', val: [name, 'x'] },
      { tag: 'list', val: name },
    ]),
  })
  expect(answer.structuredContent).toMatchObject({ result: { length: NAMES.length * 3 } })
  expect(refusalsOf(answer)).toEqual({ denials: [], approvals: [] })
})

it('creates no such name where it may write', async () => {
  await allowPath(alice, 'fs://patterns', ['read', 'write'])
  const told = await roam(alice, [
    ['make-directory', 'patterns'],
    ['write', ['patterns/**', 'x']],
    ['make-directory', 'patterns/*'],
    ['list', 'patterns'],
  ])
  expect(told.slice(1)).toEqual(['refused: not-permitted', 'refused: not-permitted', 'listed '])
})
