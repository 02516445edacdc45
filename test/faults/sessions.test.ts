// Sessions that end while D1 fails or hangs: each is over at once, and what was granted for it ends as soon as D1
// answers again, whoever ended it.

import {
  applyD1Migrations,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { SESSION_LIMITS } from '../../src/account/sessions.ts'
import { chainOf } from '../../src/audit/record.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { accountOf, composeLoad } from '../../src/compose.ts'
import { loadUpload } from '../../src/load.ts'
import { ALWAYS, sessionOwner } from '../../src/policy/life.ts'
import type { Principal } from '../../src/principal.ts'
import { AuditStore } from '../../src/store/audit.ts'
import { asked } from '../support/asked.ts'
import type { Plan } from './support/faulty.ts'
import { letIn } from '../workerd/support/let-in.ts'
import { heal, strike } from './support/faulty.ts'

/** More than the end of a session takes, for an account that knows what its person has. */
const MAX_STEPS = 10
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'a client', version: '1.0.0' },
  },
})
const PING = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' })

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})

/** The same for everybody. */
let compiled: ReturnType<ReturnType<typeof composeLoad>['compile']> | null = null

class Opened {
  readonly principal: Principal
  readonly account: AccountVerbs
  readonly object: ReturnType<Env['SESSION']['get']>
  readonly id: string

  /** A session of a person of its own, with a grant that lives as long as it does. */
  static async of(person: string): Promise<Opened> {
    const opened = new Opened(person)
    await letIn(person, opened.principal.client)
    expect((await opened.send('POST', INITIALIZE, false)).status).toBe(200)
    const bytes = new Uint8Array(env.TEXT_STATS_WASM)
    const load = composeLoad(env, person)
    const compile: typeof load.compile = (...args) => (compiled ??= load.compile(...args))
    expect((await loadUpload('stats', bytes, { ...load, compile })).ok).toBe(true)
    const owner = sessionOwner(opened.id)
    const who = { client: 'c', clientName: 'C', owner, tool: 't', component: 'stats' }
    const question = { ...who, permission: 'network', rule: 'a.test' } as const
    const { id } = asked(await opened.account.ask(question, Date.now()))
    const terms = { ...ALWAYS, life: 'session' } as const
    const decided = await opened.account.decide(id, 'allow', Date.now(), null, terms)
    expect(decided.ok).toBe(true)
    return opened
  }

  private constructor(person: string) {
    this.principal = { person, client: 'c', clientName: 'C', since: 1, scopes: ['tools:call'] }
    this.account = accountOf(env, person)
    const id = env.SESSION.newUniqueId()
    this.id = id.toString()
    this.object = env.SESSION.get(id)
  }

  async send(method: string, body: string | null = null, named = true): Promise<Response> {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(named ? { 'mcp-session-id': this.id } : {}),
    }
    const request = new Request('https://edge.test/mcp', { method, headers })
    const answer = await this.object.serve(request, body, this.principal)
    await answer.text()
    return answer
  }

  async alarmAt(): Promise<number | null> {
    return await runInDurableObject(this.object, (_, { storage }) => storage.getAlarm())
  }

  /** Nothing of it is left, and its grant has ended on the record. */
  async expectGone(said: string): Promise<void> {
    expect(await this.alarmAt(), said).toBeNull()
    await runInDurableObject(this.object, async (_, { storage }) => {
      expect((await storage.list()).size, said).toBe(0)
    })
    await runInDurableObject(env.ACCOUNT.getByName(this.principal.person), (_, { storage }) => {
      const rows = storage.sql.exec('SELECT 1 FROM sessions WHERE id = ?1', this.id).toArray()
      expect(rows, said).toEqual([])
    })
    const sql = "SELECT COUNT(*) AS n FROM grants WHERE person = ?1 AND life = 'session'"
    const live = env.DB.prepare(`${sql} AND revoked_at IS NULL`).bind(this.principal.person)
    expect(await live.first('n'), said).toBe(0)
    // A copy that hung when D1 was healed is given up first.
    const settled = async () =>
      await this.account.auditHead().then(
        () => true,
        () => false,
      )
    await expect.poll(settled).toBe(true)
    const chain = await chainOf(this.principal.person)
    const records = await new AuditStore(env.DB).page(chain, 1, await this.account.auditHead())
    const reasons = records.map(({ body }) => [body.kind, body.facts['reason']])
    expect(reasons, said).toContainEqual(['expiry', 'session-ended'])
  }
}

const ENDS: readonly (readonly [string, (session: Opened) => Promise<unknown>])[] = [
  ['by its client', async (session) => await session.send('DELETE')],
  ['by its alarm', async ({ object }) => await runDurableObjectAlarm(object)],
  [
    'as there is no room for it',
    async ({ account, principal }) => {
      const later = Date.now() + 1_000
      await runInDurableObject(env.ACCOUNT.getByName(principal.person), (_, { storage }) => {
        for (let n = 1; n < SESSION_LIMITS.OF_CLIENT; n += 1) {
          const id = env.SESSION.newUniqueId().toString()
          const sql =
            'INSERT INTO sessions (id, opened_at, client, used_at) VALUES (?1, ?2, ?3, ?2)'
          storage.sql.exec(sql, id, later, principal.client)
        }
      })
      await account.openSession(env.SESSION.newUniqueId().toString(), principal, later)
    },
  ],
]

/** What goes wrong, and whether it did: the session is over whatever comes, and gone when D1 is there again. */
async function tried(
  person: string,
  plan: Plan,
  knows: boolean,
  end: (session: Opened) => Promise<unknown>,
): Promise<boolean> {
  const session = await Opened.of(person)
  if (knows) await session.account.tools()
  else await evictDurableObject(env.ACCOUNT.getByName(person))
  strike(person, plan)
  await end(session).catch(() => {})
  const met = heal(person)
  // As when the process is killed.
  await evictDurableObject(session.object)
  expect((await session.send('POST', PING)).status, person).toBe(404)
  // What hung when D1 was healed may be given up only now: then it is tried again.
  const rings = async () => {
    if ((await session.alarmAt()) !== null) await runDurableObjectAlarm(session.object)
    return await session.alarmAt()
  }
  await expect.poll(rings, { timeout: 20_000 }).toBeNull()
  await session.expectGone(person)
  return met
}

describe.each(['fail', 'hang'] as const)('d1 that %ss', (how) => {
  it.each(ENDS)(
    'at any step while a session ends %s: it is over, and ends later',
    async (by, end) => {
      vi.spyOn(console, 'error').mockImplementation(() => {})
      const first: Plan = { target: 'd1', step: 0, how, when: 'before', lasts: true }
      expect(await tried(`${by}: d1 ${how} as it is read`, first, false, end)).toBe(true)
      let met = true
      for (let step = 0; met; step += 1) {
        expect(step).toBeLessThan(MAX_STEPS)
        // What hangs for ever was done or was not: what fails shows both.
        for (const when of how === 'hang'
          ? (['before'] as const)
          : (['before', 'after'] as const)) {
          const plan: Plan = { target: 'd1', step, how, when, lasts: true }
          met = await tried(`${by}: d1 ${how} ${when} step ${step}`, plan, true, end)
        }
        if (step === 0) expect(met).toBe(true)
      }
    },
  )
})
