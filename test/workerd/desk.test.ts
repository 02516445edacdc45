// Calls at a person's desk, as the Worker puts it together: of a component that the compiler of today has to make anew,
// and of one that is handed a word of ours.

import { applyD1Migrations, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { beforeAll, describe, expect, it } from 'vitest'
import type { CompileFault } from '../../src/compiler/artifact.ts'
import { COMPILER_VERSION } from '../../src/compiler/compile.ts'
import { accountOf, composeDesk, composeLoad } from '../../src/compose.ts'
import { loadUpload } from '../../src/load.ts'
import { ALWAYS } from '../../src/policy/life.ts'
import { callsOf } from './support/calls.ts'

const SILENT = {
  notify: null,
  shows: { forms: false, pages: false },
  abilities: [],
  push: null,
  isPatient: false,
  state: null,
  responses: {},
  cancelled: null,
}

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

async function load(person: string, name: string, bytes: ArrayBuffer): Promise<void> {
  const loaded = await loadUpload(name, new Uint8Array(bytes), composeLoad(env, person))
  if (!loaded.ok) throw new Error(loaded.error.reason)
}

async function call(
  person: string,
  tool: string,
  args: object,
  world: Env = env,
): Promise<CallToolResult> {
  const scopes = ['tools:call'] as const
  const principal = { person, client: 'c', clientName: 'C', since: 1, scopes }
  const origin = { id: 1, protocol: null, traceparent: { message: null, http: null } }
  const answer = await composeDesk(world, principal, null, origin).call(tool, args, SILENT)
  if (answer === 'unknown-tool' || 'inputRequests' in answer) throw new Error('not a result')
  return answer as CallToolResult
}

describe('a component that another compiler has made', () => {
  const SAID = { text: 'one two' }

  /** It is as it was before this compiler, and the object knows nothing else by heart. */
  async function age(person: string): Promise<void> {
    await load(person, 'stats', env.TEXT_STATS_WASM)
    await env.DB.prepare(`UPDATE installs SET compiler = 'before' WHERE person = ?1`)
      .bind(person)
      .run()
    await evictDurableObject(env.ACCOUNT.getByName(person))
  }

  /** A host whose compiler answers with this; `opened`: the isolates of components, however often. */
  function refusing(error: CompileFault): { world: Env; opened: string[] } {
    const opened: string[] = []
    const answers = { getEntrypoint: () => ({ compile: async () => ({ ok: false, error }) }) }
    const LOADER = {
      get(id: string, code: Parameters<WorkerLoader['get']>[1]) {
        if (id.startsWith('compiler-')) return answers
        opened.push(id)
        return env.LOADER.get(id, code)
      },
    }
    return { world: { ...env, LOADER: LOADER as unknown as WorkerLoader }, opened }
  }

  it('is made anew, and answers', async () => {
    await age('ages')
    expect((await call('ages', 'analyze', SAID)).isError).not.toBe(true)
    const view = await accountOf(env, 'ages').component('stats')
    expect(view?.install.compiler).toBe(COMPILER_VERSION)
  })

  it('does not run when this one refuses it, as often as it is called', async () => {
    await age('refused')
    const { world, opened } = refusing({ reason: 'not-transpilable', detail: 'a hole of before' })
    for (let times = 1; times <= 2; times += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { isError, content, _meta } = await call('refused', 'analyze', SAID, world)
      expect(isError).toBe(true)
      expect(_meta?.['wassette-edge/error']).toEqual({ code: 'outdated', why: 'not-transpilable' })
      expect(JSON.stringify(content)).toContain('load a version of the component')
      expect(JSON.stringify(content)).not.toContain('a hole of before')
    }
    expect(opened).toEqual([])
    const refused = { outcome: 'outdated', reason: 'not-transpilable', component: 'stats' }
    expect(await callsOf('refused')).toMatchObject([refused, refused])
    // The host mends its compiler.
    expect((await call('refused', 'analyze', SAID)).isError).not.toBe(true)
  })
})

describe('a component that is handed a word of ours', () => {
  it('has its answer, and the call its record', async () => {
    const person = 'handed a word'
    const account = accountOf(env, person)
    await load(person, 'probe', env.PROBE_WASM)
    const view = await account.component('probe')
    if (view === null) throw new Error('no such component')
    const question = await account.propose(view.install, 'environment', 'KEY', Date.now())
    if (question === null) throw new Error('nothing was asked')
    const decided = await account.decide(question.id, 'allow', Date.now(), 'variable', ALWAYS)
    if (!decided.ok) throw new Error(decided.error)
    const answer = await call(person, 'environment', {})
    expect(answer.structuredContent).toEqual({ result: [['KEY', '[redacted]']] })
    expect(await callsOf(person)).toMatchObject([
      { tool: 'environment', outcome: 'answered', variables: ['KEY'] },
    ])
  })
})
