// What sessions have done, in the real object: who is stopped when many come at once, what an eviction, a reset
// and eight idle hours leave, and how many sessions there are.

import { applyD1Migrations, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LabelledCall } from '../../src/account/labelling.ts'
import type { Receipt } from '../../src/account/record.ts'
import { MAX_LABELLED_SESSIONS } from '../../src/account/session-labels.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import type { LabelSet } from '../../src/policy/labels.ts'
import type { Terms } from '../../src/policy/life.ts'
import { ALWAYS, ownerOf, requestOf, SESSION_IDLE_MS } from '../../src/policy/life.ts'
import { asked } from '../support/asked.ts'
import { begin } from './support/begin.ts'
import { letIn } from './support/let-in.ts'

const DIGEST = `sha256:${'b'.repeat(64)}` as Digest
const SOURCE = 'catalogue:stats'
const CLIENT = ownerOf('c', null)
const SESSION = ownerOf('c', 's1')
const ONLINE = ['untrusted', 'outward'] as const

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
  vi.useRealTimers()
  people += 1
  person = `labels${people}`
  await install()
})

const stub = () => env.ACCOUNT.getByName(person)
// What crosses is plain data, which the stub's mapped types obscure.
const account = () => stub() as unknown as AccountVerbs

async function install(): Promise<void> {
  const columns = {
    source: SOURCE,
    digest: DIGEST,
    wit: null,
    bytes: 1,
    compiler: 'c',
    artifact: DIGEST,
    imports: ['wasi:keyvalue/store@0.2.0-draft'],
    skipped: [],
    labels: [],
    loaded_at: Date.now(),
  }
  await account().install({ wish: 'stats', ...columns }, tools, [])
}

async function openSession(id: string): Promise<void> {
  await letIn(person, 'c')
  expect(await account().openSession(id, { client: 'c', since: 1 }, Date.now())).toBe(true)
}

function calling(id: string, owner = CLIENT): LabelledCall {
  const by = { owner, client: 'c', clientName: 'C', tool: 't', component: 'stats' }
  return {
    by,
    running: {
      call: id,
      id,
      source: SOURCE,
      digest: DIGEST,
      owner,
      request: requestOf('c', 't', 'arguments'),
    },
  }
}

async function bring(labels: LabelSet, owner = CLIENT, id = 'a call', brought: LabelSet = []) {
  const call = calling(id, owner)
  if (call.running !== null) await begin(account(), call.running)
  return await account().bring(call, labels, brought)
}

const has = async (owner = CLIENT) =>
  (await account().labelledSession(owner))?.entries.map(({ label }) => label) ?? []

async function permit(labels: string, terms: Partial<Terms>): Promise<void> {
  const wanted = { client: 'c', clientName: 'C', owner: CLIENT, tool: 't', component: 'stats' }
  const question = { ...wanted, permission: 'labels', rule: labels } as const
  const { id } = asked(await account().ask(question, Date.now()))
  const decided = await account().decide(id, 'allow', Date.now(), null, { ...ALWAYS, ...terms })
  if (!decided.ok) throw new Error(decided.error)
}

function receipt(id: string, session: string | null = null): Receipt {
  return {
    id,
    client: 'c',
    client_name: 'C',
    session,
    tool: 't',
    component: 'stats',
    source: SOURCE,
    digest: DIGEST,
    arguments_digest: null,
    policy_digest: null,
    variables: [],
    outcome: 'answered',
    reason: null,
    started_at: Date.now(),
    ms: 1,
    fuel: null,
    host_calls: [],
    usage: null,
  }
}

const after = (labels: LabelSet) => ({
  claimant: null,
  goesOn: false,
  moved: {},
  denials: [],
  labels,
})

describe('bring', () => {
  it('lets two labels through and stops the third, of a hundred calls that come at once', async () => {
    const each = ['private', 'untrusted', 'outward'] as const
    const labels = Array.from({ length: 99 }, (_, n) => each[n % 3] ?? 'private')
    const answers = await Promise.all(labels.map((label, n) => bring([label], CLIENT, `call ${n}`)))
    const through = new Set(labels.filter((_, n) => answers[n]?.ok === true))
    expect(through.size).toBe(2)
    expect([...through].sort()).toEqual((await has()).toSorted())
    for (const [n, answer] of answers.entries()) {
      expect(answer.ok, `call ${n}`).toBe(through.has(labels[n] ?? 'private'))
    }
  })

  it('is permitted once to whoever claims it first, and to them again', async () => {
    await bring(['private'])
    await permit('untrusted,outward', { life: 'once' })
    const ids = Array.from({ length: 40 }, (_, n) => `call ${n}`)
    const answers = await Promise.all(ids.map((id) => bring(ONLINE, CLIENT, id)))
    const winners = ids.filter((_, n) => answers[n]?.ok === true)
    expect(winners).toHaveLength(1)
    expect(await bring(ONLINE, CLIENT, winners[0])).toMatchObject({ ok: true })
    // What it was permitted does not stretch to another label.
    expect(await bring(['private'], CLIENT, winners[0])).toMatchObject({ ok: false })
  })

  it('takes together what several permissions let it, for its own session', async () => {
    await bring(['private'])
    await permit('untrusted', { life: 'session' })
    expect(await bring(ONLINE)).toMatchObject({ ok: false, error: { reason: 'not-granted' } })
    await permit('outward', { uses: 1 })
    expect(await bring(ONLINE)).toEqual({
      ok: true,
      value: { has: ['private', 'untrusted', 'outward'], permitted: true },
    })
    expect(await bring(ONLINE, CLIENT, 'another call')).toMatchObject({ ok: false })
    await bring(['private'], SESSION)
    expect(await bring(['untrusted', 'outward'], SESSION)).toMatchObject({ ok: false })
  })

  it('uses up no permission where all of them are not enough', async () => {
    await bring(['private'])
    await permit('outward', { uses: 1 })
    expect(await bring(ONLINE)).toMatchObject({ ok: false, error: { reason: 'not-granted' } })
    await permit('untrusted', { life: 'session' })
    expect(await bring(ONLINE, CLIENT, 'another call')).toMatchObject({ ok: true })
    expect(await bring(ONLINE, CLIENT, 'a third call')).toMatchObject({ ok: false })
  })

  it('refuses a call of the server itself, and one whose component is gone', async () => {
    await bring(['private'])
    await permit('untrusted,outward', {})
    const { by } = calling('x')
    expect(await account().bring({ by, running: null }, ONLINE, [])).toMatchObject({ ok: false })
    expect(await bring(ONLINE)).toMatchObject({ ok: true })
    await account().uninstall('stats', Date.now())
    expect(await bring(ONLINE)).toMatchObject({ ok: false })
  })

  it('counts what the call itself has brought, whatever was said of its session meanwhile', async () => {
    await bring(['private'], CLIENT, 'long')
    expect(await account().resetLabels(CLIENT)).toBe(true)
    expect(await bring(ONLINE, CLIENT, 'long', ['private'])).toMatchObject({ ok: false })
    expect(await has()).toEqual([])
    await account().record(receipt('long'), after(['private']))
    expect(await has()).toEqual(['private'])
  })

  it('has no room for more sessions than are kept, and forgets none of them', async () => {
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO session_labels SELECT 'session x' || i, 'private', 'c', 'C', 't', NULL, 0 FROM n`,
        MAX_LABELLED_SESSIONS,
      )
      storage.sql.exec(
        `INSERT INTO sessions (id, opened_at) SELECT substr(owner, length('session ') + 1), 0 FROM session_labels`,
      )
    })
    expect(await bring(['private'])).toMatchObject({
      ok: false,
      error: { reason: 'too-many-sessions' },
    })
    expect(await bring(['private', 'untrusted'], 'session x1')).toMatchObject({ ok: true })
    await account().closeSession('x2')
    expect(await bring(['private'])).toMatchObject({ ok: true })
  })
})

describe('what a session has done', () => {
  it('is known after an eviction: who brought it, first', async () => {
    await bring(['private'], CLIENT, 'first')
    await bring(['private', 'untrusted'], CLIENT, 'second')
    await evictDurableObject(stub())
    expect((await account().labelledSession(CLIENT))?.entries).toMatchObject([
      { label: 'private', tool: 't', component: 'stats', client: 'c' },
      { label: 'untrusted' },
    ])
    expect(await bring(['outward'])).toMatchObject({ ok: false })
  })

  it('is over for a client that was idle for eight hours, and for a session when that ends', async () => {
    const start = Date.now()
    await openSession('s1')
    for (const owner of [CLIENT, SESSION]) {
      await account().admit('analyze', `begin ${owner}`, owner)
      await account().record(receipt(`begin ${owner}`))
      await bring(['private'], owner)
    }
    const labelsAt = async (at: number, owner: string, id: string) => {
      vi.useFakeTimers({ now: at, toFake: ['Date'] })
      const admitted = await account().admit('analyze', id, owner)
      await account().record(receipt(id))
      return admitted === null || admitted === 'too-many-calls' ? null : admitted.labels.has
    }
    const late = start + SESSION_IDLE_MS + 120_000
    expect(await labelsAt(start + SESSION_IDLE_MS - 120_000, CLIENT, 'in time')).toEqual([
      'private',
    ])
    expect(await labelsAt(late, CLIENT, 'still')).toEqual(['private'])
    expect(await labelsAt(late + SESSION_IDLE_MS + 120_000, CLIENT, 'late')).toEqual([])
    expect(await labelsAt(late + SESSION_IDLE_MS + 120_000, SESSION, 'session')).toEqual([
      'private',
    ])
    await account().closeSession('s1')
    expect(await has(SESSION)).toEqual([])
    // Whatever still ran in it leaves nothing.
    await account().record(receipt('last', 's1'), after(['private']))
    expect(await has(SESSION)).toEqual([])
  })

  it('goes with the person', async () => {
    await bring(['private'])
    await account().switchLabels('c', 'C', 'refuse')
    await account().forget()
    expect(await account().labels()).toMatchObject({ sessions: [], modes: [] })
  })
})

describe('what the person says', () => {
  it('of what a component keeps ends with it', async () => {
    const kept = { component: 'stats', place: 'keyvalue', labels: [] }
    expect(await account().chooseLabels(kept)).toEqual({ ok: true, value: null })
    expect((await account().component('stats'))?.labels.chosen).toEqual({ keyvalue: [] })
    await account().uninstall('stats', Date.now())
    await install()
    expect((await account().component('stats'))?.labels.chosen).toEqual({})
  })

  it('ends with it also where the unload was cut off behind its batch', async () => {
    const kept = { component: 'stats', place: 'keyvalue', labels: [] }
    expect(await account().chooseLabels(kept)).toEqual({ ok: true, value: null })
    await env.DB.prepare('DELETE FROM installs WHERE person = ?1').bind(person).run()
    await evictDurableObject(stub())
    await install()
    expect((await account().component('stats'))?.labels.chosen).toEqual({})
  })

  it('is no milder than the host', async () => {
    expect(await account().switchLabels('c', 'C', 'off')).toEqual({
      ok: false,
      error: 'not-allowed',
    })
    await bring(['private'])
    await account().switchLabels('c', 'C', 'refuse')
    await permit('untrusted,outward', {})
    expect(await bring(ONLINE)).toMatchObject({ ok: false, error: { reason: 'denied' } })
    await account().switchLabels('c', 'C', null)
    expect(await bring(ONLINE)).toMatchObject({ ok: true })
  })
})
