// A person granted a pattern, `fs://**/*.md`. A directory on the way to it may be looked up by name, so that
// a path can be walked; a file there is not on the way to anything.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, lastCall, refusalsOf, roam, withIntruder } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowPath(alice, 'fs://beside', ['read', 'write'])
  await roam(alice, [
    ['make-directory', 'beside'],
    ['make-directory', 'beside/deep'],
    ['write', ['beside/deep/note.md', 'a note']],
    ['write', ['beside/deep/secret.key', 'a secret']],
  ])
  await alice.agent.value('reset-permission', { component_id: 'intruder' })
})

it.each(['fs://**/*.md', 'fs://beside/**/*.md', 'fs://*/*/*.md'])('with %s', async (uri) => {
  await alice.agent.value('reset-permission', { component_id: 'intruder' })
  await allowPath(alice, uri, ['read'])
  const told = await roam(alice, [
    ['read', 'beside/deep/note.md'],
    ['read-below', ['beside/deep', 'note.md']],
    ['read', 'beside/deep/secret.key'],
    ['read-below', ['beside/deep', 'secret.key']],
    ['stat', 'beside/deep/secret.key'],
    ['hash', 'beside/deep/secret.key'],
    ['list', 'beside/deep'],
  ])
  expect(told.slice(0, 2)).toEqual(['read a note', 'read a note'])
  expect(told.slice(2)).toEqual(told.slice(2).map(() => 'refused: access'))
  const rows = (await lastCall(alice)).host_calls.filter(({ host }) => host.endsWith('.key'))
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter(({ outcome }) => outcome !== 'denied')).toEqual([])
})

it('a file in place of a granted directory', async () => {
  await alice.agent.value('reset-permission', { component_id: 'intruder' })
  await allowPath(alice, 'fs://beside/deep/secret.key/below', ['read'])
  expect(await roam(alice, [['read', 'beside/deep/secret.key']])).toEqual(['refused: access'])
})

it('is told the same of a file that is not there', async () => {
  await alice.agent.value('reset-permission', { component_id: 'intruder' })
  await allowPath(alice, 'fs://**/*.md', ['read'])
  const deeds = [
    ['stat', 'beside/deep/secret.key'],
    ['stat', 'beside/deep/nothing.key'],
  ]
  const answer = await alice.agent.call('roam', {
    deeds: deeds.map(([tag, val]) => ({ tag, val })),
  })
  expect(answer.structuredContent).toEqual({ result: ['refused: access', 'refused: access'] })
  expect(refusalsOf(answer).denials).toHaveLength(2)
})
