// What a component was granted for one client ends with that client: let in again, it begins from nothing.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCompile } from '../../src/compiler/compile.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import type { Terms } from '../../src/policy/life.ts'
import { ALWAYS, ownerOf, requestOf } from '../../src/policy/life.ts'
import { asked } from '../support/asked.ts'
import { letIn } from './support/let-in.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const ARGUMENTS = { arguments: '{}', digest: `sha256:${'e'.repeat(64)}` }

let tools: readonly ToolModel[] = []
let person = ''
let people = 0
beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
  if (!compiled.ok) throw new Error(compiled.error.reason)
  tools = compiled.value.tools
})

// What crosses is plain data, which the stub's mapped types obscure.
const account = () => env.ACCOUNT.getByName(person) as unknown as AccountVerbs

async function ask(rule: string, client: string, call: typeof ARGUMENTS | null): Promise<string> {
  const who = { client, clientName: client, owner: ownerOf(client, null), component: 'stats' }
  const question = { ...who, tool: 'analyze', permission: 'network', rule, call } as const
  return asked(await account().ask(question, Date.now())).id
}

async function allow(
  rule: string,
  life: Terms['life'],
  client = 'c',
  call: typeof ARGUMENTS | null = null,
): Promise<void> {
  const id = await ask(rule, client, call)
  const decided = await account().decide(id, 'allow', Date.now(), null, { ...ALWAYS, life })
  expect(decided).toMatchObject({ ok: true })
}

/** What the call of these arguments could rely on, through the client. */
async function rules(client: string): Promise<string[]> {
  const request = requestOf(client, 'analyze', ARGUMENTS.digest)
  const id = crypto.randomUUID()
  const found = await account().admit('analyze', id, ownerOf(client, null), id, request)
  if (found === null || found === 'too-many-calls') throw new Error('not admitted')
  const { authority } = found
  if (typeof authority === 'string') throw new Error(authority)
  const granted = authority.network?.layers.find(({ of }) => of === 'grants')
  return (granted?.allow.map(({ rule }) => rule.text) ?? []).toSorted()
}

describe('a client that is ended', () => {
  let grant = ''
  beforeEach(async () => {
    people += 1
    person = `ended ${people}`
    const columns = { source: 'catalogue:stats', digest: DIGEST, wit: null, bytes: 1, labels: [] }
    const made = { compiler: 'c', artifact: DIGEST, skipped: [], loaded_at: Date.now() }
    const imports = ['wasi:http/outgoing-handler@0.2.4']
    await account().install({ wish: 'stats', ...columns, ...made, imports }, tools, [])
    grant = await letIn(person, 'c')
    await letIn(person, 'other')
    await allow('session.test', 'session')
    await allow('next.test', 'once')
    await allow('this.test', 'once', 'c', ARGUMENTS)
    await allow('always.test', 'always')
    await allow('session.test', 'session', 'other')
    await allow('next.test', 'once', 'other')
    expect(await rules('c')).toEqual(['always.test', 'next.test', 'session.test', 'this.test'])
  })

  const spend = async (id: string) => {
    const code = { kind: 'code', grant: id, digest: `code of ${id}` } as const
    expect(await account().credentialUsed(code, [`token of ${id}`])).toBe(true)
  }
  const giveBack = async (id: string) =>
    expect(await account().tokenGivenBack(id, `token of ${id}`)).toBe(true)

  it.each([
    ['by its person', async () => await account().endClient('c', 'c', Date.now())],
    [
      'by giving its token back',
      async () => {
        await spend(grant)
        await giveBack(grant)
      },
    ],
  ])('%s has nothing of what was for it alone, and others have theirs', async (_, end) => {
    const open = await ask('later.test', 'c', null)
    const others = await ask('later.test', 'other', null)
    const word = account().word(open, 60_000)
    await end()
    expect(await word).toBe('over')
    await letIn(person, 'c')
    expect(await rules('c')).toEqual(['always.test'])
    expect(await account().decide(open, 'allow', Date.now())).toEqual({
      ok: false,
      error: 'expired',
    })
    expect(await rules('other')).toEqual(['always.test', 'next.test', 'session.test'])
    expect(await account().decide(others, 'allow', Date.now())).toMatchObject({ ok: true })
  })

  it('is there to be ended again where a store fails', async () => {
    await env.DB.prepare(
      `CREATE TRIGGER reads_alone BEFORE UPDATE ON grants WHEN NEW.person = '${person}'
       BEGIN SELECT RAISE(ABORT, 'it reads, and does not write'); END`,
    ).run()
    const end = async () => await account().endClient('c', 'c', Date.now())
    await expect(end()).rejects.toThrow('does not write')
    await env.DB.prepare('DROP TRIGGER reads_alone').run()
    const left = await account().oauthGrants(Date.now())
    expect(left.map(({ client }) => client)).toContain('c')
    await end()
    expect(await rules('c')).toEqual(['always.test'])
  })

  describe('that was let in at two addresses', () => {
    const TWICE = 'https://client.example/metadata'
    const consents = [1, 2].map((port) => `at ${port}`)
    beforeEach(async () => {
      for (const id of consents) {
        const consent = { client: TWICE, client_name: 'D', scopes: ['tools:call'], id }
        const times = { granted_at: Date.now(), ends_at: Date.now() + 3_600_000 }
        // oxlint-disable-next-line no-await-in-loop -- one after the other, as its person does
        await account().addOAuthGrant({ ...consent, ...times, redirect_uri: `http://${id}/` })
        // oxlint-disable-next-line no-await-in-loop
        await spend(id)
      }
      await allow('session.test', 'session', TWICE)
    })

    it('has nothing of it with the last of them', async () => {
      await giveBack('at 1')
      expect(await rules(TWICE)).toEqual(['always.test', 'session.test'])
      await giveBack('at 2')
      expect(await rules(TWICE)).toEqual(['always.test'])
    })

    it('nor where both end at once', async () => {
      await Promise.all(consents.map(giveBack))
      expect(await rules(TWICE)).toEqual(['always.test'])
    })
  })
})
