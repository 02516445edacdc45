// A person let a component put things into an inbox without seeing what is there. It moves what is there to
// a place that it may read.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, roam, withIntruder } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowPath(alice, 'fs://inbox', ['read', 'write'])
  await roam(alice, [
    ['make-directory', 'inbox'],
    ['make-directory', 'inbox/sub'],
    ['write', ['inbox/letter', 'a secret']],
    ['write', ['inbox/sub/letter', 'a secret']],
  ])
  await alice.agent.value('reset-permission', { component_id: 'intruder' })
  await allowPath(alice, 'fs://inbox', ['write'])
  await allowPath(alice, 'fs://mine', ['read', 'write'])
})

it('moves neither a file nor a directory out of it, and reads neither', async () => {
  const told = await roam(alice, [
    ['make-directory', 'mine'],
    ['rename', ['inbox/letter', 'mine/letter']],
    ['read', 'mine/letter'],
    ['rename', ['inbox/sub', 'mine/sub']],
    ['read', 'mine/sub/letter'],
    ['list', 'inbox'],
  ])
  expect(told.slice(1)).toEqual([
    'refused: access',
    'refused: no-entry',
    'refused: access',
    'refused: no-entry',
    'refused: access',
  ])
})

it('still puts things there, and moves them within', async () => {
  const told = await roam(alice, [
    ['write', ['inbox/new.part', 'x']],
    ['rename', ['inbox/new.part', 'inbox/new']],
    ['write', ['mine/draft', 'y']],
    ['rename', ['mine/draft', 'inbox/draft']],
  ])
  expect(told).toEqual(['done', 'done', 'done', 'done'])
})
