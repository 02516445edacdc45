// What agents are told of a person's tools, and who hears that it has changed. The account's other parts are scripted.

import { expect, it } from 'vitest'
import { ToolList } from '../../src/account/tool-list.ts'

const INSTALL = {
  component: 'c',
  digest: 'sha256:x',
  source: 's',
  imports: ['wasi:http/outgoing-handler@0.2.4'],
  labels: [],
}
const GRANT = { id: 'g', permission: 'network', rule: 'a.test', effect: 'allow', life: 'always' }

type Told = Record<'component' | 'digest' | 'effects', string>

function scripted() {
  const told = new Map<string, Told>()
  const exec = (query: string, ...[component = '', digest = '', effects = '']: string[]) => {
    if (query.startsWith('INSERT')) told.set(component, { component, digest, effects })
    return { toArray: () => (query.startsWith('SELECT') ? [...told.values()] : []) }
  }
  const reads: PromiseWithResolvers<unknown>[] = []
  const held = (): Promise<unknown> => {
    const read = Promise.withResolvers<unknown>()
    reads.push(read)
    return read.promise
  }
  const state = (grants: readonly unknown[]) => ({
    installs: [INSTALL],
    tools: [],
    waiting: [],
    icons: [],
    grants,
  })
  const heard = { times: 0, live: true }
  const works: Promise<unknown>[] = []
  const list = new ToolList({
    holdings: { held },
    sql: { exec },
    sessions: {
      isAny: () => heard.live,
      announceHints: async () => {
        heard.times += 1
      },
    },
    authorities: {
      shown: ({ grants }: { readonly grants: readonly unknown[] }) => grants,
      ceilings: async () => [],
    },
    labelling: { of: () => ({ atMost: [], declared: [] }) },
    goOn: (work: Promise<unknown>) => works.push(work),
  } as unknown as ConstructorParameters<typeof ToolList>[0])
  /** The `n`th read that was asked for finds these grants. */
  const found = (n: number, grants: readonly unknown[]) => reads[n]?.resolve(state(grants))
  return { list, heard, found, ended: () => Promise.all(works) }
}

it('a list that is read between two looks tells all others of what it found', async () => {
  const { list, heard, found, ended } = scripted()
  const first = list.all(0)
  found(0, [])
  await first
  const look = list.look(Date.now)
  const listed = list.all(0)
  // A write that came meanwhile: the list finds the grant before the look that is due for it.
  found(2, [GRANT])
  await listed
  found(1, [GRANT])
  await look
  await ended()
  expect(heard.times).toBe(1)
})

it('nobody is told where nobody listens, and nothing where nothing has changed', async () => {
  const { list, heard, found, ended } = scripted()
  for (const [n, grants] of [[], []].entries()) {
    const listed = list.all(0)
    found(n, grants)
    await listed
  }
  heard.live = false
  const listed = list.all(0)
  found(2, [GRANT])
  await listed
  await ended()
  expect(heard.times).toBe(0)
})
