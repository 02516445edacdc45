// What ends by itself is on the chain: grants that are spent, whose session or whose time is over. And sign-ins of
// people who are not let in, however often they knock.

import {
  applyD1Migrations,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { SAID_AN_HOUR } from '../../src/account/refused-sign-ins.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { chainOf } from '../../src/audit/record.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import type { Terms } from '../../src/policy/life.ts'
import { ALWAYS, HOUR_MS, requestOf } from '../../src/policy/life.ts'
import { AuditStore } from '../../src/store/audit.ts'
import { asked } from '../support/asked.ts'
import { begin } from './support/begin.ts'
import { letIn } from './support/let-in.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const SOURCE = 'catalogue:stats'

let tools: readonly ToolModel[] = []
let person = ''
let people = 0
beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
  if (!compiled.ok) throw new Error(compiled.error.reason)
  tools = compiled.value.tools
})
beforeEach(() => {
  people += 1
  person = `x${people}`
})

const stub = () => env.ACCOUNT.getByName(person)
// What crosses is plain data, which the stub's mapped types obscure.
const account = () => stub() as unknown as AccountVerbs

async function records(): Promise<AuditRecord[]> {
  const head = await account().auditHead()
  return await new AuditStore(env.DB).page(await chainOf(person), 1, head)
}

describe('a grant that is over by itself', () => {
  beforeEach(async () => {
    const columns = {
      source: SOURCE,
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

  /** A grant for `a.test` that lives so, to a session. */
  async function grant(terms: Partial<Terms>, owner = 'client c'): Promise<string> {
    const who = { client: 'c', clientName: 'C', owner, tool: 't', component: 'stats' }
    const question = { ...who, permission: 'network', rule: 'a.test' } as const
    const { id } = asked(await account().ask(question, Date.now()))
    const given = { ...ALWAYS, ...terms }
    const decided = await account().decide(id, 'allow', Date.now(), null, given)
    if (!decided.ok) throw new Error(decided.error)
    const row = await env.DB.prepare('SELECT id FROM grants WHERE approval = ?1').bind(id).first()
    return String(row?.['id'])
  }

  async function expiries() {
    const all = (await records()).filter(({ body }) => body.kind === 'expiry')
    return all.map(({ body, private: kept }) => ({ ...body.facts, ...kept?.texts }))
  }

  const expected = (id: string, reason: string) => [
    {
      outcome: 'done',
      reason,
      grant: id,
      permission: 'network',
      digest: DIGEST,
      source: SOURCE,
      rule: 'a.test',
    },
  ]

  it('as its time is over: noticed by the object itself, also after it was evicted', async () => {
    const id = await grant({ life: 'until', until: Date.now() + HOUR_MS })
    await runDurableObjectAlarm(stub())
    const alarm = await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm())
    expect(alarm).toBeLessThanOrEqual(Date.now() + HOUR_MS)
    expect(await expiries()).toEqual([])
    await env.DB.prepare('UPDATE grants SET until = 1 WHERE id = ?1').bind(id).run()
    await evictDurableObject(stub())
    await runDurableObjectAlarm(stub())
    expect(await expiries()).toEqual(expected(id, 'time-over'))
  })

  it('as its time is over: noticed by the next call', async () => {
    const id = await grant({ life: 'until', until: Date.now() + HOUR_MS })
    await env.DB.prepare('UPDATE grants SET until = 1 WHERE id = ?1').bind(id).run()
    await evictDurableObject(stub())
    const admitted = await account().admit('analyze', 'one', 'client c')
    expect(JSON.stringify(admitted)).not.toContain('a.test')
    expect(await expiries()).toEqual(expected(id, 'time-over'))
  })

  const running = {
    call: 'call',
    id: 'call',
    source: SOURCE,
    digest: DIGEST,
    owner: 'client c',
    request: requestOf('c', 't', 'sha256:some'),
  }

  it('as it is spent', async () => {
    const id = await grant({ life: 'once' })
    await begin(account(), running)
    expect(await account().claim(running, id)).toEqual({ bytes: null })
    await account().giveUp('call')
    expect(await expiries()).toEqual(expected(id, 'spent'))
  })

  it('as it is spent, also where D1 does not take it then', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const id = await grant({ life: 'once' })
    await env.DB.prepare(
      `CREATE TRIGGER reads_alone BEFORE UPDATE ON grants WHEN NEW.id = '${id}'
       BEGIN SELECT RAISE(ABORT, 'it reads, and does not write'); END`,
    ).run()
    await begin(account(), running)
    expect(await account().claim(running, id)).toEqual({ bytes: null })
    // From here on there is no alarm but that which a failure sets.
    await runDurableObjectAlarm(stub())
    await account().giveUp('call')
    expect(logged).toHaveBeenCalled()
    await runDurableObjectAlarm(stub())
    await env.DB.prepare('DROP TRIGGER reads_alone').run()
    await evictDurableObject(stub())
    await runDurableObjectAlarm(stub())
    const why = env.DB.prepare('SELECT revoked_because AS why FROM grants WHERE id = ?1').bind(id)
    await expect.poll(() => why.first('why')).toBe('spent')
    expect((await expiries()).length).toBeGreaterThan(0)
  })

  it('once, however often D1 does not take that it is', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const id = await grant({ life: 'until', until: Date.now() + HOUR_MS })
    await env.DB.prepare('UPDATE grants SET until = 1 WHERE id = ?1').bind(id).run()
    await env.DB.prepare(
      `CREATE TRIGGER reads_alone BEFORE UPDATE ON grants WHEN NEW.id = '${id}'
       BEGIN SELECT RAISE(ABORT, 'it reads, and does not write'); END`,
    ).run()
    await evictDurableObject(stub())
    const admit = async () => await account().admit('analyze', 'one', 'client c')
    for (let n = 0; n < 3; n += 1) {
      await runDurableObjectAlarm(stub())
      await expect(admit()).rejects.toThrow('does not write')
    }
    await env.DB.prepare('DROP TRIGGER reads_alone').run()
    expect(JSON.stringify(await admit())).not.toContain('a.test')
    expect(await expiries()).toEqual(expected(id, 'time-over'))
  })

  it('as its session has ended', async () => {
    await letIn(person, 'c')
    await account().openSession('s', { client: 'c', since: 1 }, Date.now())
    const id = await grant({ life: 'session' }, 'session s')
    await account().closeSession('s')
    await account().closeSession('s')
    expect(await expiries()).toEqual(expected(id, 'session-ended'))
  })
})

describe('a mute', () => {
  it('is an act of the person, and so is its end', async () => {
    expect(await account().mute('no such question', null, Date.now())).toBeNull()
    expect(await account().unmute('upload:nothing')).toBe(false)
    const [record, ...more] = await records()
    expect(more).toEqual([])
    expect(record?.body).toMatchObject({
      kind: 'unmute',
      facts: { outcome: 'refused', reason: 'nothing-there' },
    })
  })
})

describe('sign-ins of people who are not let in', () => {
  const knock = (subject: string) =>
    account().noteRefusedSignIn({ issuer: 'https://i.test', subject, name: 'N'.repeat(10_000) })

  it('are on the chain one by one, and counted where there are too many in an hour', async () => {
    for (let n = 0; n < SAID_AN_HOUR + 7; n += 1) await knock(`s${n}`)
    const said = await records()
    expect(said.map(({ private: kept }) => kept?.texts['subject'])).toEqual(
      Array.from({ length: SAID_AN_HOUR }, (_, n) => `s${n}`),
    )
    expect(JSON.stringify(said[0]).length).toBeLessThan(2_000)
    await runDurableObjectAlarm(stub())
    const alarm = await runInDurableObject(stub(), (_, { storage }) => storage.getAlarm())
    expect(alarm).toBeLessThanOrEqual(Date.now() + HOUR_MS)
    await runInDurableObject(stub(), (_, { storage }) => {
      storage.sql.exec('UPDATE refused_sign_ins SET hour = hour - 1')
    })
    await evictDurableObject(stub())
    await runDurableObjectAlarm(stub())
    const [counted, ...more] = (await records()).slice(SAID_AN_HOUR)
    expect(more).toEqual([])
    expect(counted).toMatchObject({
      body: {
        kind: 'sign-in-refused',
        facts: { outcome: 'refused', reason: 'too-many', times: 7 },
      },
      private: { texts: { issuer: null, subject: null, name: null } },
    })
    await knock('again')
    expect((await records()).at(-1)?.private?.texts).toMatchObject({ subject: 'again' })
  })

  it('bring the chain among those that hosts read', async () => {
    await knock('somebody')
    await records()
    expect(await new AuditStore(env.DB).administrators()).toContain(person)
  })
})
