// The drive, driven the way a person's agent does: through the filesystem component, after the person said so.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, textOf } from '../support/agent.ts'
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
})
