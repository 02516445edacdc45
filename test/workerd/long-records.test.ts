// Records as long as they can be, from the object of their person to D1 and out of it: each arrives whole, and no
// store or reader holds many of them at once.

import { applyD1Migrations, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { AuditChain } from '../../src/account/audit-chain.ts'
import type { Receipt } from '../../src/account/record.ts'
import { RecordLog } from '../../src/account/record.ts'
import { readSigningKey, readVerifyingKey } from '../../src/audit/key.ts'
import { verifyExport } from '../../src/audit/verify.ts'
import { MAX_LISTED } from '../../src/capabilities/meter.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { exportCalls } from '../../src/http/call-export.ts'
import { NOTHING_USED } from '../../src/policy/usage.ts'
import { Activity } from '../../src/store/activity.ts'
import { AuditStore } from '../../src/store/audit.ts'
import { exportLines } from '../../src/store/audit-export.ts'
import { EVERY_CALL } from '../../src/store/call-filter.ts'
import { Checkpoints } from '../../src/store/checkpoints.ts'
import { Usages } from '../../src/store/usages.ts'

const AT = 1_800_000_000_000
const MIB = 1024 * 1024
/** Milliseconds: none of them is forgotten. */
const KEPT_MS = 365 * 86_400_000
const activity = new Activity(env.DB)

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

const stubOf = (person: string) => env.ACCOUNT.getByName(person)
// What crosses is plain data, which the stub's mapped types obscure.
const account = (person: string) => stubOf(person) as unknown as AccountVerbs

const HOST_CALL = {
  kind: 'network',
  port: 443,
  method: 'POST',
  outcome: 'answered',
  status: 200,
  bytes_out: 1,
  bytes_in: 2,
  started_at: AT,
  ms: 3,
} as const

/** 1.6 MB. */
function long(n: number): Receipt {
  const host = (at: number) => `${at}`.padStart(250, 'h')
  const asked = { kind: 'lookup', host: 'x'.repeat(1_000) } as const
  const decision = { asked, verdict: 'allowed', times: 1, grants: [], namings: [] } as const
  return {
    id: `${n}`.padStart(3, '0'),
    client: 'c',
    client_name: 'Client',
    session: null,
    tool: 't',
    component: 'c',
    source: 'upload:c',
    digest: null,
    arguments_digest: null,
    policy_digest: null,
    variables: [],
    outcome: 'answered',
    reason: null,
    started_at: AT + n,
    ms: 1,
    fuel: 1,
    host_calls: Array.from({ length: MAX_LISTED }, (_, at) => ({
      ...HOST_CALL,
      host: host(at),
      ...(at === 0 ? { secrets: ['one', 'other'] } : {}),
    })),
    usage: {
      ...NOTHING_USED,
      unlisted: 7,
      decisions: Array.from({ length: 800 }, () => ({ ...decision, grants: [], namings: [] })),
    },
    refusals: [],
  }
}

describe('records as long as they can be', () => {
  const person = 'long'
  const ids = Array.from({ length: 12 }, (_, n) => `${n}`.padStart(3, '0'))
  beforeAll(async () => {
    for (const [n] of ids.entries()) await account(person).record(long(n))
  }, 60_000)

  it('wait in their object, and a few of them go at once', async () => {
    await runInDurableObject(stubOf('waits'), async (_, { storage }) => {
      storage.sql.exec('DELETE FROM records')
      const log = new RecordLog(storage.sql)
      for (let n = 0; n < 6; n += 1) log.append(long(n))
      const bytes = JSON.stringify(long(0)).length
      expect(bytes).toBeGreaterThan(1.4 * MIB)
      const taken: string[][] = []
      for (let rows = log.pending(); rows.length > 0; rows = log.pending()) {
        taken.push(rows.map(({ id }) => id))
        log.forget(rows.at(-1)?.seq ?? Infinity)
      }
      expect(taken).toEqual([
        ['000', '001', '002'],
        ['003', '004', '005'],
      ])
      const chain = new AuditChain(storage, 'waits', async () => {})
      const name = 'x'.repeat(MIB)
      const about = { kind: 'sign-in', facts: { outcome: 'done', reason: null } } as const
      for (let n = 0; n < 9; n += 1) {
        await chain.append({ ...about, texts: { issuer: 'i', subject: `${n}`, name } }, AT)
      }
      expect(chain.pending()).toHaveLength(4)
    })
  })

  it('are in D1 with all their host calls', async () => {
    await account(person).callsCopied()
    const call = await activity.call(person, '003')
    expect(call?.host_calls).toEqual(long(3).host_calls)
    expect(call?.unlisted).toBe(7)
    const hosts = env.DB.prepare('SELECT count(*) AS n FROM call_hosts WHERE person = ?1')
    expect(await hosts.bind(person).first('n')).toBe(ids.length * MAX_LISTED)
  })

  it('come in shorter pages, and each once', async () => {
    await account(person).callsCopied()
    const first = await activity.page(person, EVERY_CALL, {
      limit: 50,
      after: null,
      hostCalls: null,
    })
    expect(first.calls.length).toBeLessThan(5)
    expect(first.more).toBe(true)
    const found: string[] = []
    for await (const text of exportCalls('jsonl', activity, person, EVERY_CALL, null)) {
      const calls = text
        .trimEnd()
        .split('\n')
        .map((line): { id: string; host_calls: unknown[]; unlisted: number } => JSON.parse(line))
      expect(calls.length).toBeLessThan(5)
      for (const { id, host_calls: made, unlisted } of calls) {
        expect([made.length, unlisted]).toEqual([MAX_LISTED, 7])
        found.push(id)
      }
    }
    expect(found).toEqual(ids.toReversed())
  })

  it('are looked back at a few at a time, and each once', async () => {
    await account(person).callsCopied()
    const found: string[] = []
    for await (const { id, usage } of new Usages(env.DB, person, KEPT_MS).of('upload:c', AT, 100)) {
      expect(usage?.decisions).toHaveLength(800)
      found.push(id)
    }
    expect(found).toEqual(ids.toReversed())
    const some: string[] = []
    for await (const { id } of new Usages(env.DB, person, KEPT_MS).of('upload:c', AT, 7))
      some.push(id)
    expect(some).toEqual(ids.toReversed().slice(0, 7))
  })

  it('are in an export of the audit, which is read a few at a time and verifies', async () => {
    const signed = await account(person).openAudit({
      id: crypto.randomUUID(),
      from: 1,
      texts: 'all',
      part: 1,
      parts: 1,
    })
    if (signed === null) throw new Error('no statement')
    const store = new AuditStore(env.DB)
    const pages: number[] = []
    const lines: string[] = []
    for await (const text of exportLines(signed, store, new Checkpoints(env.STORE))) {
      pages.push(text.length)
      lines.push(...text.trimEnd().split('\n'))
    }
    expect(pages.length).toBeGreaterThan(3)
    expect(Math.max(...pages)).toBeLessThan(7 * MIB)
    const key = await readSigningKey(env.AUDIT_KEY)
    if (!key.ok) throw new Error(key.error)
    const verified = await verifyExport(lines, [await readVerifyingKey(key.value.jwk)])
    expect(verified).toMatchObject({ ok: true })
    expect(lines.filter((line) => line.includes('"unlisted":7'))).toHaveLength(ids.length)
  })
})
