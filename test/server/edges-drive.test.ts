// Policies of the drive, each put in force as its person puts it, and a component that tries every edge of it.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Edges } from '../support/edges.ts'
import { ALLOWED, storage, Trial } from '../support/edges.ts'

const { url } = inject('server')

let trial: Trial
beforeAll(async () => {
  trial = await Trial.of(url, 'alice')
})
beforeEach(() => trial.begin())
afterAll(() => trial.end())

const STORAGE: readonly (readonly [
  name: string,
  document: string,
  made: readonly string[],
  edges: Edges,
])[] = [
  [
    'a directory to read',
    storage('allow:\n  - uri: fs://edge/notes\n    access: [read]'),
    ['edge/notes', 'edge/notes/deep', 'edge/notes/deep/er', 'edge/notebook'],
    [
      ['read edge/notes', ALLOWED],
      ['read edge/notes/deep/er', ALLOWED],
      ['look edge', ALLOWED],
      ['read edge/notebook', 'not-granted'],
      ['look edge/notebook', 'not-granted'],
      ['read edge/other', 'not-granted'],
      ['write edge/notes/new', 'not-granted'],
    ],
  ],
  [
    'a directory to write, and one in it that is denied',
    storage(
      'allow:\n  - uri: fs:///edge/work\n    access: [read, write]\ndeny:\n  - uri: fs://edge/work/keep\n    access: [write]',
    ),
    ['edge/work', 'edge/work/keep'],
    [
      ['write edge/work/a', ALLOWED],
      ['read edge/work/a', ALLOWED],
      ['read edge/work/keep', ALLOWED],
      ['write edge/work/keep/a', 'denied'],
      ['write edge/a', 'not-granted'],
    ],
  ],
  [
    'patterns',
    storage(
      'allow:\n  - uri: fs://**/*.md\n    access: [read]\n  - uri: fs://edge/logs/*/today\n    access: [read]\ndeny:\n  - uri: fs://edge/private/**\n    access: [read]',
    ),
    [
      ...['edge/a.md', 'edge/a.txt', 'edge/deep', 'edge/deep/er', 'edge/deep/er/a.md'],
      ...['edge/private', 'edge/private/x', 'edge/private/a.md'],
      ...['edge/logs', 'edge/logs/app', 'edge/logs/app/today', 'edge/logs/app/more'],
    ],
    [
      ['read edge/a.md', ALLOWED],
      ['read edge/deep/er/a.md', ALLOWED],
      ['look edge/deep/er', ALLOWED],
      ['read edge/a.txt', 'not-granted'],
      ['read edge/private/a.md', 'denied'],
      // It would lie on the way to what is granted. Who may write there may look as well, which nobody denies.
      ['look edge/private/x', 'not-granted'],
      ['look edge/private', 'not-granted'],
      ['read edge/private/x', 'denied'],
      ['read edge/logs/app/today', ALLOWED],
      ['read edge/logs/app/more/today', 'not-granted'],
      ['write edge/b.md', 'not-granted'],
    ],
  ],
]

describe('the drive', () => {
  it.each(STORAGE)('under a policy of %s', async (_, document, made, edges) => {
    await trial.make(['edge', ...made])
    await trial.agent.call('files', { steps: ['rmdir|0|edge/work/a'] })
    await trial.put('io/policy', document)
    const came: [string, string][] = []
    for (const [edge] of edges) {
      const [access = '', path = ''] = edge.split(' ')
      came.push([edge, await trial.touch(access as Parameters<Trial['touch']>[0], path)])
    }
    expect(came).toEqual(edges)
  })
})

describe('a denied part of a directory', () => {
  it('is not renamed, renamed to, removed or listed, and what lies beside it is', async () => {
    const all = 'access: [read, write]'
    const first = storage(`allow:\n  - uri: fs://yard\n    ${all}`)
    await trial.put('io/policy', first)
    const made = ['yard', 'yard/keep', 'yard/keep/a', 'yard/hidden', 'yard/c', 'yard/d']
    const steps = [...made.map((path) => `mkdir|0|${path}`), 'open|0|yard/b|create|write']
    expect(await trial.agent.result('files', { steps })).toEqual([...made.map(() => 'ok'), '1'])
    const denied = `deny:\n  - uri: fs://yard/keep\n    access: [write]\n  - uri: fs://yard/hidden\n    ${all}`
    await trial.put('io/policy', `${first}    ${denied.replaceAll('\n', '\n    ')}\n`)
    const deeds = [
      ['rename|0|yard/b|0|yard/keep/b', 'access'],
      ['rename|0|yard/b|0|yard/hidden/b', 'access'],
      ['rename|0|yard/b|0|yard/e', 'ok'],
      ['rename|0|yard/keep|0|yard/f', 'access'],
      ['rename|0|yard/keep/a|0|yard/f', 'access'],
      // A directory stays where it is while anything that may lie in one is denied.
      ['rename|0|yard/c|0|yard/g', 'access'],
      ['rename|0|yard|0|elsewhere', 'access'],
      ['rmdir|0|yard/keep/a', 'access'],
      ['rmdir|0|yard/hidden', 'access'],
      ['rmdir|0|yard/d', 'ok'],
      ['open|0|yard/hidden|directory|read', 'access'],
      ['open|0|yard/keep|directory|read', '1'],
      ['list|1', 'directory a'],
    ] as const
    expect(await trial.agent.result('files', { steps: deeds.map(([step]) => step) })).toEqual(
      deeds.map(([, came]) => came),
    )
  })
})
