// The drive, driven the way a person's agent does: through the filesystem component, after the person said so.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, denialsOf, textOf } from '../support/agent.ts'
import { read } from '../support/components.ts'

const { url } = inject('server')
const FILESYSTEM = read('components/filesystem/filesystem.wasm')
const MEMORY = read('components/memory/memory.wasm')

let agent: Agent
let person: Browser
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  person = await consoleOf(url, 'alice')
  await agent.startFresh()
  await agent.upload('filesystem', FILESYSTEM)
  await agent.upload('memory', MEMORY)
})
beforeEach(async () => {
  for (const component_id of ['filesystem', 'memory']) {
    await agent.value('reset-permission', { component_id })
  }
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

/** The agent asks, the person presses allow on the page behind the link. */
async function allow(uri: string, access: string[], component_id = 'filesystem'): Promise<void> {
  const details = { uri, access }
  const asked = await agent.value('grant-storage-permission', { component_id, details })
  const page = await person.open(String(asked['approval_url']))
  const decided = await person.press(page, 'decision', 'allow', { life: 'always' })
  if (decided.status !== 200) throw new Error(`the decision was answered with ${decided.status}`)
}

const ok = (value: unknown) => ({ ok: value })
/** Of a call that may answer with the error of its function. */
const answer = async (name: string, args: Record<string, unknown>) =>
  ((await agent.call(name, args)).structuredContent as { result?: unknown } | undefined)?.result
const write = (path: string, content: string) => agent.result('write-file', { path, content })

describe('the filesystem component', () => {
  it('is refused by default: which path, for what, and where the person decides', async () => {
    const refused = await agent.call('write-file', { path: '/notes/a.txt', content: 'x' })
    expect(refused.isError).toBe(true)
    expect(refused._meta?.['wassette-edge/denials']).toMatchObject({
      denials: [{ permission: 'storage', access: 'write', rule: 'write fs://notes/a.txt' }],
    })
    expect(textOf(refused)).toContain(`${url}/approvals/`)
  })

  it('writes, reads, lists, moves and removes within what was granted', async () => {
    await allow('fs://notes', ['read', 'write'])
    expect(await agent.result('create-directory', { path: '/notes' })).toEqual(ok(null))
    expect(await write('/notes/a.txt', 'one')).toEqual(ok(null))
    const more = { path: '/notes/a.txt', content: ' two' }
    expect(await agent.result('append-file', more)).toEqual(ok(null))
    expect(await agent.result('read-file', { path: '/notes/a.txt' })).toEqual(ok('one two'))
    const moved = { source: '/notes/a.txt', destination: '/notes/b.txt' }
    expect(await agent.result('move-path', moved)).toEqual(ok(null))
    expect(await agent.result('file-exists', { path: '/notes/a.txt' })).toBe(false)
    expect(await agent.result('list-directory', { path: '/notes' })).toMatchObject({
      ok: [{ name: 'b.txt', size: 7 }],
    })
    expect(await agent.result('delete-file', { path: '/notes/b.txt' })).toEqual(ok(null))
  })

  it('carries bytes, tells of a path, draws a tree, searches names and text, and removes all of it', async () => {
    await allow('fs://shelf', ['read', 'write'])
    await agent.result('create-directory', { path: 'shelf/old/older' })
    const bytes = Buffer.from([0, 255, 10, 128]).toString('base64')
    const written = { path: 'shelf/raw.bin', content: bytes }
    expect(await agent.result('write-bytes', written)).toEqual(ok(null))
    expect(await agent.result('read-bytes', { path: '/shelf/raw.bin' })).toEqual(ok(bytes))
    expect(await answer('read-file', { path: '/shelf/raw.bin' })).toMatchObject({
      err: expect.stringContaining('/shelf/raw.bin'),
    })
    await write('/shelf/a.md', 'first\nthe needle\n')
    await write('/shelf/old/older/b.md', 'needle, and needle again')
    expect(await agent.result('get-file-info', { path: 'shelf/a.md' })).toMatchObject({
      ok: { path: '/shelf/a.md', kind: 'file', size: 17, modified: expect.stringContaining('20') },
    })
    expect(await agent.result('get-directory-tree', { path: '/shelf', 'max-depth': 3 })).toEqual(
      ok(
        [
          '/shelf/',
          '├── a.md (17 bytes)',
          '├── old/',
          '│   └── older/',
          '│       └── b.md (24 bytes)',
          '└── raw.bin (4 bytes)',
          '',
        ].join('\n'),
      ),
    )
    const found = { path: '/shelf', pattern: '*.md' }
    expect(await agent.result('search-files', found)).toEqual(
      ok({ paths: ['/shelf/a.md', '/shelf/old/older/b.md'], more: false }),
    )
    const wanted = { path: '/shelf', text: 'needle' }
    expect(await agent.result('search-text', wanted)).toEqual(
      ok({
        lines: [
          { path: '/shelf/a.md', number: 2, text: 'the needle' },
          { path: '/shelf/old/older/b.md', number: 1, text: 'needle, and needle again' },
        ],
        more: false,
      }),
    )
    expect(await agent.result('search-text', { ...wanted, limit: 1 })).toMatchObject({
      ok: { more: true },
    })
    const shelf = { path: '/shelf' }
    expect(await answer('delete-directory', shelf)).toMatchObject({
      err: expect.stringContaining('/shelf'),
    })
    const all = { ...shelf, recursive: true }
    expect(await agent.result('delete-directory', all)).toEqual(ok(null))
    expect(await agent.result('file-exists', shelf)).toBe(false)
  })

  it('reaches nothing beside it, and nothing at all once the grant has ended', async () => {
    await allow('fs://notes', ['read', 'write'])
    for (const path of ['/other', '/', '/notes2/x']) {
      expect((await agent.call('list-directory', { path })).isError, path).toBe(true)
    }
    const details = { uri: 'fs://notes' }
    await agent.value('revoke-storage-permission', { component_id: 'filesystem', details })
    const refused = await agent.call('write-file', { path: '/notes/c', content: 'x' })
    expect(refused.isError).toBe(true)
  })

  it('may put things where it may not look', async () => {
    await allow('fs://notes', ['write'])
    expect(await write('/notes/in.txt', 'x')).toEqual(ok(null))
    expect((await agent.call('read-file', { path: '/notes/in.txt' })).isError).toBe(true)
    expect((await agent.call('list-directory', { path: '/notes' })).isError).toBe(true)
  })

  it('shows the person in words what is asked', async () => {
    const asked = await agent.value('grant-storage-permission', {
      component_id: 'filesystem',
      details: { uri: 'fs://**', access: ['read', 'write'] },
    })
    const { html } = await person.open(String(asked['approval_url']))
    expect(html).toContain('fs://**')
    expect(html).toContain('create, change, rename and remove')
    expect(html).toContain('This is broad')
  })

  it.each(['notes', 'fs://a/../b', 'file:///etc', 'fs://a**'])(
    'does not ask the person for %s',
    async (uri) => {
      const wanted = { component_id: 'filesystem', details: { uri, access: ['read'] } }
      expect((await agent.call('grant-storage-permission', wanted)).isError).toBe(true)
    },
  )

  it('does not see the files of another person', async () => {
    await allow('fs:///', ['read', 'write'])
    await write('/only-hers.txt', 'alice')
    const bob = await Agent.of(url, 'bob')
    const bobs = await consoleOf(url, 'bob')
    await bob.upload('filesystem', FILESYSTEM)
    const asked = await bob.value('grant-storage-permission', {
      component_id: 'filesystem',
      details: { uri: 'fs:///', access: ['read'] },
    })
    await bobs.press(await bobs.open(String(asked['approval_url'])), 'decision', 'allow', {
      life: 'always',
    })
    const { ok: his } = (await bob.result('list-directory', { path: '/' })) as {
      ok: { name: string }[]
    }
    expect(his.map(({ name }) => name)).not.toContain('only-hers.txt')
    expect(await bob.call('read-file', { path: '/only-hers.txt' })).toMatchObject({ isError: true })
    await bob.startFresh()
    await bob.close()
  })

  it('leaves a row for each file it opened, with its bytes', async () => {
    await allow('fs://notes', ['read', 'write'])
    await write('/notes/row.txt', 'twelve bytes')
    const answer = await person.fetch(`${url}/api/calls?limit=1`)
    const { calls } = (await answer.json()) as { calls: { host_calls: unknown[] }[] }
    expect(calls[0]?.host_calls).toContainEqual(
      expect.objectContaining({ kind: 'storage', host: '/notes/row.txt', bytes_out: 12 }),
    )
  })
})

describe('the io component', () => {
  beforeAll(async () => {
    await agent.upload('io', read('test/fixtures/io/io.wasm'))
  })

  it('streams a file of 50 MB in and out', async () => {
    await allow('fs:///', ['read', 'write'], 'io')
    const bytes = 50 * 1024 * 1024
    expect(await agent.result('fill', { path: 'large', bytes, seed: 5 })).toEqual(ok(null))
    expect(await agent.result('verify', { path: 'large', seed: 5 })).toEqual(ok(bytes))
    await agent.result('files', { steps: ['unlink|0|large'] })
  }, 120_000)

  it('appends in two calls at once, and both are there', async () => {
    await allow('fs:///', ['read', 'write'], 'io')
    const append = (text: string) =>
      agent.result('files', {
        steps: ['open|0|log|create|write', ...Array.from({ length: 20 }, () => `append|1|${text}`)],
      })
    await Promise.all([append('a'), append('b'), append('c')])
    const [, log = ''] = (await agent.result('files', {
      steps: ['open|0|log||read', 'cat|1|0', 'unlink|0|log'],
    })) as string[]
    expect([...log].toSorted().join('')).toBe('a'.repeat(20) + 'b'.repeat(20) + 'c'.repeat(20))
    expect(log).toMatch(/^(?:a{20}|b{20}|c{20}){3}$/)
  })
})

describe('the memory component', () => {
  it('asks for its folder, not for each of its files', async () => {
    const create = async () => {
      const entities = [{ name: 'Ada', 'entity-type': 'person', observations: [] }]
      const tools = await agent.toolNames()
      const tool = tools.find((name) => name.endsWith('create-entities')) ?? ''
      return denialsOf(await agent.call(tool, { entities })).approvals.map(({ rule }) => rule)
    }
    expect(await create()).toEqual(['write fs://memory'])
    await allow('fs://memory', ['write'], 'memory')
    expect(await create()).toEqual(['read fs://memory'])
  })

  it('remembers from call to call, on the drive', async () => {
    await allow('fs://memory', ['read', 'write'], 'memory')
    const tools = await agent.toolNames()
    const named = (ending: string) => tools.find((name) => name.endsWith(ending)) ?? ending
    const observations = ['wrote the first program']
    const entities = [{ name: 'Ada', 'entity-type': 'person', observations }]
    const made = await agent.call(named('create-entities'), { entities })
    expect(made.isError, textOf(made)).not.toBe(true)
    expect(textOf(await agent.call(named('read-graph')))).toContain('wrote the first program')
  })

  it('relates, adds, finds and forgets', async () => {
    await allow('fs://memory', ['read', 'write'], 'memory')
    const tools = await agent.toolNames()
    const tool = async (ending: string, args: Record<string, unknown> = {}) =>
      await answer(tools.find((name) => name.endsWith(ending)) ?? ending, args)
    const entity = (name: string) => ({ name, 'entity-type': 'thing', observations: [] })
    const names = ['Engine', 'Loom', 'Card', 'Wheel']
    expect(await tool('create-entities', { entities: names.map(entity) })).toEqual(
      ok(names.map(entity)),
    )
    const relations = [{ from: 'Engine', to: 'Card', 'relation-type': 'reads' }]
    expect(await tool('create-relations', { relations })).toEqual(ok(relations))
    expect(await tool('create-relations', { relations })).toEqual(ok([]))
    const additions = [{ 'entity-name': 'Engine', contents: ['has a mill', 'has a store'] }]
    expect(await tool('add-observations', { additions })).toEqual(ok(additions))
    const engine = { ...entity('Engine'), observations: ['has a mill', 'has a store'] }
    expect(await tool('search-nodes', { query: 'MILL thing' })).toEqual(
      ok({ entities: [engine], relations }),
    )
    expect(await tool('open-nodes', { names: ['Loom', 'Card'] })).toMatchObject({
      ok: { entities: [{ name: 'Loom' }, { name: 'Card' }] },
    })
    const deletions = [{ 'entity-name': 'Engine', contents: ['has a mill'] }]
    expect(await tool('delete-observations', { deletions })).toEqual(ok(null))
    expect(await tool('search-nodes', { query: 'mill' })).toEqual(
      ok({ entities: [], relations: [] }),
    )
    expect(await tool('delete-relations', { relations })).toEqual(ok(null))
    expect(await tool('create-relations', { relations })).toEqual(ok(relations))
    // Who goes takes its relations along.
    expect(await tool('delete-entities', { names })).toEqual(ok(null))
    expect(await tool('read-graph')).toMatchObject({ ok: { relations: [] } })
    const unknown = [{ 'entity-name': 'Engine', contents: ['is gone'] }]
    expect(await tool('add-observations', { additions: unknown })).toMatchObject({
      err: expect.stringContaining('Engine'),
    })
  })
})
