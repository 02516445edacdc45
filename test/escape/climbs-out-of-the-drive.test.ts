// Paths that lead up, begin at the root, end early or are too long for whoever reads them next. The guest
// may use one directory of the drive.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowPath, roam, withIntruder } from '../support/escape.ts'

const DIRECTORY = 'climbs'
const PATHS = [
  '..',
  '../..',
  '../etc/passwd',
  '/etc/passwd',
  '/climbs/inside',
  '/proc/self/environ',
  `${DIRECTORY}/../other`,
  `${DIRECTORY}/../../other`,
  `${DIRECTORY}/./../climbs-other/x`,
  `${DIRECTORY}\0/../other`,
  `other\0/${DIRECTORY}`,
  `..\\other`,
  `${DIRECTORY}/..\\..\\other`.replace(DIRECTORY, 'x'),
  '%2e%2e/other',
  'file:///etc/passwd',
  'C:\\Windows',
  `${DIRECTORY}/${'x'.repeat(256)}`,
  `${DIRECTORY}/${'é'.repeat(128)}`,
  `${DIRECTORY}/${'a/'.repeat(70)}b`,
  `${DIRECTORY}/${'a/'.repeat(2_100)}b`,
  `${DIRECTORY}/${'../'.repeat(500)}etc/passwd`,
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowPath(alice, `fs://${DIRECTORY}`, ['read', 'write'])
  await roam(alice, [
    ['make-directory', DIRECTORY],
    ['write', [`${DIRECTORY}/inside`, 'mine']],
  ])
})

it('reads, writes, lists and creates nothing under any of them', async () => {
  for (const deed of ['read', 'list', 'stat', 'make-directory'] as const) {
    const told = await roam(
      alice,
      PATHS.map((path) => [deed, path] as const),
    )
    for (const [i, line] of told.entries()) expect(line, PATHS[i]).toMatch(/^refused: /)
  }
  const written = await roam(
    alice,
    PATHS.map((path) => ['write', [path, 'out']] as const),
  )
  for (const [i, line] of written.entries()) expect(line, PATHS[i]).toMatch(/^refused: /)
})

it('finds what it may use where it is', async () => {
  expect(
    await roam(alice, [
      ['read', `${DIRECTORY}/inside`],
      ['read', `./${DIRECTORY}//x/../inside`],
      ['list', DIRECTORY],
    ]),
  ).toEqual(['read mine', 'read mine', 'listed inside'])
})

it('leaves a directory by no path below its descriptor', async () => {
  const told = await roam(alice, [
    ['read-below', [DIRECTORY, '../climbs/inside']],
    ['read-below', [DIRECTORY, '/climbs/inside']],
    ['read-below', [DIRECTORY, 'inside']],
  ])
  expect(told.slice(0, 2)).toEqual(['refused: not-permitted', 'refused: not-permitted'])
  expect(told[2]).toBe('read mine')
})
