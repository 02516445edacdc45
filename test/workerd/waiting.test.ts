// Waiting for a person's word in the real object with real D1: who is told, when, and what an eviction or a
// crowd changes.

import { applyD1Migrations, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCompile } from '../../src/compiler/compile.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import { asked } from '../support/asked.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
/** Longer than any test: whoever is not told fails by it. */
const LONG_MS = 60_000

let tools: readonly ToolModel[] = []
let person = ''
let people = 0
beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
  if (!compiled.ok) throw new Error(compiled.error.reason)
  tools = compiled.value.tools
})
beforeEach(async () => {
  people += 1
  person = `w${people}`
  const columns = {
    source: 'catalogue:stats',
    digest: DIGEST,
    wit: null,
    bytes: 1,
    compiler: 'c',
    artifact: DIGEST,
    imports: ['wasi:http/outgoing-handler@0.2.4'],
    skipped: [],
    labels: [],
    loaded_at: Date.now(),
  }
  await account().install({ wish: 'stats', ...columns }, tools, [])
})

const stub = () => env.ACCOUNT.getByName(person)
// What crosses is plain data, which the stub's mapped types obscure.
const account = () => stub() as unknown as AccountVerbs

async function ask(rule = 'a.test'): Promise<string> {
  const who = { client: 'c', clientName: 'C', owner: 'client c', tool: 't', component: 'stats' }
  return asked(await account().ask({ ...who, permission: 'network', rule }, Date.now())).id
}

describe('whoever waits for a question', () => {
  it.each(['allow', 'deny'] as const)('is told at once when the person says %s', async (word) => {
    const id = await ask()
    const waiting = [account().word(id, LONG_MS), account().word(id, LONG_MS)]
    expect(await account().word(id, 0)).toBe('open')
    await account().decide(id, word, Date.now())
    expect(await Promise.all(waiting)).toEqual([word, word])
    // And whoever comes later.
    expect(await account().word(id, LONG_MS)).toBe(word)
  })

  it('is told when the person mutes the component, of every question of it', async () => {
    const [one, other] = [await ask(), await ask('b.test')]
    const waiting = [account().word(one, LONG_MS), account().word(other, LONG_MS)]
    expect(await account().word(one, 0)).toBe('open')
    expect(await account().mute(one, null, Date.now())).toBe(true)
    expect(await Promise.all(waiting)).toEqual(['deny', 'deny'])
  })

  it('hears nothing of other questions', async () => {
    const [mine, other] = [await ask(), await ask('b.test')]
    const waiting = account().word(mine, 200)
    await account().decide(other, 'allow', Date.now())
    expect(await waiting).toBe('open')
  })

  it('learns the word from D1 after the object was evicted', async () => {
    const id = await ask()
    expect(await account().word(id, 1)).toBe('open')
    await evictDurableObject(stub())
    await account().decide(id, 'allow', Date.now())
    await evictDurableObject(stub())
    expect(await account().word(id, LONG_MS)).toBe('allow')
  })

  it.each([
    ['that is not theirs', () => '00000000-0000-4000-8000-000000000000'],
    ['of nobody', () => ''],
  ])('has nothing to wait for with an id %s', async (_, id) => {
    expect(await account().word(id(), LONG_MS)).toBe('over')
  })

  it('is one of so many: the next is told so, until one has ended', async () => {
    const id = await ask()
    const crowd = Array.from({ length: 32 }, () => account().word(id, LONG_MS))
    expect(await account().word(id, LONG_MS)).toBe('too-many-waiting')
    await account().decide(id, 'deny', Date.now())
    expect(new Set(await Promise.all(crowd))).toEqual(new Set(['deny']))
    expect(await account().word(id, LONG_MS)).toBe('deny')
  })
})
