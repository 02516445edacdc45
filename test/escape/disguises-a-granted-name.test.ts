// Names that look like the granted one, or end or begin with it, belong to somebody else. Spellings that
// mean the same name are the same name.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowHost, forget, message, received, send, withIntruder } from '../support/escape.ts'

const OTHERS = [
  'watched.test.elsewhere.test',
  'xwatched.test',
  'x.watched.test',
  'watched-test',
  'xn--wtched-3ya.test',
  'watched.tes',
  'elsewhere.test',
  'watched..test',
  '.watched.test',
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it('reaches nothing under another name', async () => {
  await forget()
  const told = await send(
    alice,
    OTHERS.map((host) => message(`http://${host}/`)),
  )
  for (const [i, line] of told.entries()) expect(line, OTHERS[i]).toMatch(/^HTTP-request-/)
  const seen = await received()
  expect([seen.watched, seen.elsewhere]).toEqual([[], []])
})

it('reaches the granted one only, however that is spelt', async () => {
  await forget()
  const told = await send(
    alice,
    ['WATCHED.test', 'watched.test.', '%77atched.test'].map((host) => message(`http://${host}/`)),
  )
  expect(told).toEqual(['200 seen', '200 seen', '200 seen'])
  const seen = await received()
  expect([seen.watched.length, seen.elsewhere]).toEqual([3, []])
})
