// The chain of an account in the real runtime: sealed with the act, copied, signed, forgotten, and found out
// when somebody writes beside it.

import {
  applyD1Migrations,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Calls } from '../../src/store/calls.ts'
import { LATER } from '../support/later.ts'
import { openParts } from '../../src/account/parts.ts'
import type { Receipt } from '../../src/account/record.ts'
import { AuditVerbs } from '../../src/account/verbs/audit.ts'
import { CallVerbs } from '../../src/account/verbs/calls.ts'
import type { DriveVerbs } from '../../src/capabilities/drive.ts'
import { DriveAccess } from '../../src/capabilities/drive.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import type { DrivePath } from '../../src/policy/drive-path.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { parseStorageRule } from '../../src/policy/storage-rule.ts'
import type { AuditAct, AuditEvent } from '../../src/audit/event.ts'
import { ended } from '../../src/audit/event.ts'
import { readSigningKey, readVerifyingKey } from '../../src/audit/key.ts'
import { printLine } from '../../src/audit/lines.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { chainOf } from '../../src/audit/record.ts'
import type { Signed } from '../../src/audit/statement.ts'
import { verifyExport } from '../../src/audit/verify.ts'
import type { NewInstall } from '../../src/account/components.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { readConfig } from '../../src/config.ts'
import { AuditStore } from '../../src/store/audit.ts'
import { Checkpoints } from '../../src/store/checkpoints.ts'
import { asked } from '../support/asked.ts'
import { callsOf } from './support/calls.ts'
import { chunksOf } from './support/io.ts'
import { lasting } from './support/lease.ts'

const AT = 1_800_000_000_000
const EXPORT = { id: crypto.randomUUID(), from: 1, texts: 'all', part: 1, parts: 1 } as const

afterEach(() => vi.restoreAllMocks())
beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

const stubOf = (person: string) => env.ACCOUNT.getByName(person)
// What crosses is plain data, which the stub's mapped types obscure.
const account = (person: string) => stubOf(person) as unknown as AccountVerbs
const store = new AuditStore(env.DB)

function receipt(tool: string, more: Partial<Receipt> = {}): Receipt {
  return {
    id: crypto.randomUUID(),
    client: 'c',
    client_name: 'Client',
    session: null,
    tool,
    component: null,
    source: null,
    digest: null,
    arguments_digest: null,
    policy_digest: null,
    variables: [],
    outcome: 'answered',
    reason: null,
    started_at: AT,
    ms: 1,
    fuel: 1,
    host_calls: [],
    usage: null,
    ...more,
  }
}

const signOut: AuditEvent = {
  kind: 'sign-out',
  facts: { outcome: 'done', reason: null },
  texts: {},
}
const publish: AuditAct = {
  kind: 'catalogue',
  facts: { outcome: 'interrupted', reason: null, digest: null, wit: null },
  texts: { name: 'fetch' },
}

/** The export as its reader gets it. */
async function exported(person: string): Promise<{ lines: string[]; records: AuditRecord[] }> {
  const statement = await account(person).openAudit(EXPORT)
  if (statement?.statement.type !== 'export') throw new Error('no statement')
  const { chain, from, to } = statement.statement
  const marks = new Checkpoints(env.STORE)
  const signed = await marks.get(chain, await marks.between(chain, from, to))
  const records = await store.page(chain, from, to)
  const lines = [statement as Signed, ...records.flatMap((r) => [r, signed.get(r.body.seq) ?? []])]
  return { lines: lines.flat().map((line) => printLine(line).trimEnd()), records }
}

async function verified(person: string) {
  const key = await readSigningKey(env.AUDIT_KEY)
  if (!key.ok) throw new Error(key.error)
  const { lines } = await exported(person)
  return await verifyExport(lines, [await readVerifyingKey(key.value.jwk)])
}

const kinds = async (person: string) => (await exported(person)).records.map((r) => r.body.kind)

describe('the audit chain of an account', () => {
  it('is empty, signed as such, before anything was done', async () => {
    expect(await verified('a0')).toMatchObject({ ok: true, chains: [{ statement: { to: 0 } }] })
    expect(await account('a0').openAudit({ ...EXPORT, from: 2 })).toBeNull()
  })

  it('has every record in its order, also of calls that end at once', async () => {
    const tools = Array.from({ length: 120 }, (_, n) => `t${n}`)
    await Promise.all(tools.map((tool) => account('a1').record(receipt(tool))))
    const { records, lines } = await exported('a1')
    expect(records.map(({ body }) => body.seq)).toEqual(tools.map((_, n) => n + 1))
    expect(new Set(records.map((r) => r.private?.texts['tool']))).toEqual(new Set(tools))
    expect(lines.at(-1)).toContain('"type":"checkpoint"')
    expect(await verified('a1')).toMatchObject({ ok: true, chains: [{ withoutTexts: 0 }] })
  })

  it('holds names and arguments as commitments only', async () => {
    const secret = 'secret-tool'
    const hostCall = {
      kind: 'network',
      host: 'secret.test',
      port: 80,
      method: 'GET',
      outcome: 'answered',
      status: 200,
      bytes_out: 1,
      bytes_in: 2,
      started_at: AT,
      ms: 3,
    } as const
    const about = { session: 'secret-session', variables: ['SECRET'], host_calls: [hostCall] }
    await account('a2').record(receipt(secret, about))
    const [record] = (await exported('a2')).records
    expect(JSON.stringify(record?.body).toLowerCase()).not.toContain('secret')
    expect(record?.body.facts).toMatchObject({ host_calls: [{ status: 200, bytes_in: 2 }] })
    expect(record?.private?.texts).toMatchObject({
      tool: secret,
      variables: ['SECRET'],
      host_calls: [{ host: 'secret.test', port: 80, method: 'GET' }],
    })
  })

  it('goes on where it was after an eviction, also with what was not copied yet', async () => {
    await account('a3').record(receipt('one'))
    await evictDurableObject(stubOf('a3'))
    await account('a3').record(receipt('two'))
    expect((await exported('a3')).records.map((r) => r.private?.texts['tool'])).toEqual([
      'one',
      'two',
    ])
    expect((await verified('a3')).ok).toBe(true)
  })

  it('takes texts of strangers, whatever they are made of', async () => {
    await account('a4').record(receipt('\ud800 half of a pair', { reason: '\udfff' }))
    const [record] = (await exported('a4')).records
    expect(record?.private?.texts['tool']).toBe('\ufffd half of a pair')
    expect((await verified('a4')).ok).toBe(true)
  })
})

describe('an act', () => {
  it('is on the record when it is settled, with how it ended', async () => {
    const id = await account('b1').beginAct(publish)
    expect(await kinds('b1')).toEqual([])
    await account('b1').settleAct(id, ended(publish, 'too-large'))
    const [record] = (await exported('b1')).records
    expect(record?.body.facts).toMatchObject({ outcome: 'refused', reason: 'too-large' })
  })

  it('that nobody settles is on the record as interrupted', async () => {
    await account('b2').beginAct(publish)
    await runInDurableObject(stubOf('b2'), (_, { storage }) => {
      storage.sql.exec('UPDATE audit_acts SET begun_at = 0')
    })
    await runDurableObjectAlarm(stubOf('b2'))
    const [record] = (await exported('b2')).records
    expect(record?.body).toMatchObject({ kind: 'catalogue', facts: { outcome: 'interrupted' } })
    expect(await store.administrators()).toContain('b2')
  })

  it('of the person is recorded whether or not there was anything to do', async () => {
    expect(await account('b3').uninstall('nothing', AT)).toBe(false)
    await account('b3').reset('nothing', AT)
    const { records } = await exported('b3')
    expect(records.map(({ body }) => [body.kind, body.facts['reason']])).toEqual([
      ['uninstall', 'unknown-component'],
      ['revocation', 'unknown-component'],
    ])
  })
})

describe('a checkpoint', () => {
  const checkpoints = async (person: string) =>
    await new Checkpoints(env.STORE).between(await chainOf(person), 1, 1_000)

  it('is signed when a hundred records wait for one, and when one has waited for long', async () => {
    for (let n = 0; n < 99; n += 1) await account('c1').note(signOut)
    await runDurableObjectAlarm(stubOf('c1'))
    expect(await checkpoints('c1')).toEqual([])
    await account('c1').note(signOut)
    await runDurableObjectAlarm(stubOf('c1'))
    expect(await checkpoints('c1')).toEqual([100])
    await account('c1').note(signOut)
    await runInDurableObject(stubOf('c1'), (_, { storage }) => {
      storage.sql.exec('UPDATE audit_head SET unsigned_since = 0')
    })
    await runDurableObjectAlarm(stubOf('c1'))
    expect(await checkpoints('c1')).toEqual([100, 101])
    expect((await verified('c1')).ok).toBe(true)
  })
})

describe('rows that somebody wrote in D1', () => {
  it('are not changed and not dropped by a mistake of ours', async () => {
    await account('d1').note(signOut)
    await exported('d1')
    const chain = await chainOf('d1')
    for (const sql of [
      'UPDATE audit SET at = 0 WHERE chain = ?1',
      'DELETE FROM audit WHERE chain = ?1',
    ]) {
      await expect(env.DB.prepare(sql).bind(chain).run()).rejects.toThrow('never')
    }
  })

  it('are found out by the export, whose statement knows what the object sealed', async () => {
    await account('d2').record(receipt('one'))
    await account('d2').record(receipt('two'))
    await exported('d2')
    const chain = await chainOf('d2')
    await env.DB.prepare('DROP TRIGGER audit_is_never_changed').run()
    await env.DB.prepare(
      `UPDATE audit SET body = replace(body, 'answered', 'trapped') WHERE chain = ?1 AND seq = 1`,
    )
      .bind(chain)
      .run()
    expect(await verified('d2')).toMatchObject({ ok: false, fault: 'changed', line: 2 })
  })

  it('stop the copy when they stand where a record has to go', async () => {
    await account('d3').note(signOut)
    const [other] = (await exported('d1')).records
    const chain = await chainOf('d3')
    if (other === undefined) throw new Error('no record')
    const forged = { ...other, body: { ...other.body, chain } }
    await store.copy('d3', [forged])
    await runInDurableObject(stubOf('d3'), async (object, { storage }) => {
      await expect(object.openAudit(EXPORT)).rejects.toThrow('not the one of the account')
      await storage.deleteAlarm()
    })
  })
})

describe('texts that are too old', () => {
  it('are forgotten, on the record, and the chain verifies', async () => {
    const old = { started_at: 0 }
    for (const tool of ['one', 'two']) await account('e1').record(receipt(tool, old))
    await account('e1').record(receipt('three', { started_at: Date.now() }))
    expect(await callsOf('e1')).toHaveLength(3)
    await exported('e1')
    const chain = await chainOf('e1')
    await env.DB.prepare('UPDATE audit_texts SET at = 0 WHERE chain = ?1 AND seq <= 2')
      .bind(chain)
      .run()
    await evictDurableObject(stubOf('e1'))
    await account('e1').note(signOut)
    await runDurableObjectAlarm(stubOf('e1'))
    const { records } = await exported('e1')
    expect(records.map((r) => r.private?.texts['tool'])).toEqual([
      undefined,
      undefined,
      'three',
      undefined,
      undefined,
    ])
    const calls = await callsOf('e1')
    expect(calls.map(({ tool }) => tool)).toEqual(['three'])
    const redaction = { kind: 'redaction', facts: { through: 2, because: 'retention' } }
    expect(records.at(-1)?.body).toMatchObject(redaction)
    expect(await verified('e1')).toMatchObject({ ok: true, chains: [{ withoutTexts: 2 }] })
  })
})

describe('a person who is forgotten', () => {
  /** How many rows of each table of D1 are about a person. */
  async function rowsOf(person: string): Promise<Record<string, number>> {
    const tables = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%' || char(10) || '  person TEXT%'",
    ).all<{ name: string }>()
    const found: Record<string, number> = {}
    for (const { name } of tables.results) {
      const sql = `SELECT count(*) AS n FROM "${name}" WHERE person = ?1`
      found[name] = (await env.DB.prepare(sql).bind(person).first<number>('n')) ?? -1
    }
    return found
  }

  const WANTED = {
    wish: 'stats',
    source: 'upload:stats',
    digest: `sha256:${'a'.repeat(64)}`,
    wit: null,
    bytes: 1,
    compiler: 'c',
    artifact: `sha256:${'a'.repeat(64)}`,
    imports: ['wasi:http/outgoing-handler@0.2.4'],
    skipped: [],
    labels: [],
    loaded_at: AT,
  } as unknown as NewInstall

  const NOTE = '/note' as DrivePath

  /** What is on the drive of a person, and how many bodies of files. */
  async function driveOf(person: string): Promise<[note: string, bodies: number]> {
    const drive = env.DRIVE.getByName(person) as unknown as DriveVerbs
    const { objects } = await env.STORE.list({ prefix: `drive/${person}/` })
    const found = await drive.stat(NOTE)
    return [found.ok ? 'there' : found.error, objects.length]
  }

  async function busy(person: string): Promise<void> {
    const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
    if (!compiled.ok) throw new Error(compiled.error.reason)
    await account(person).install(WANTED, compiled.value.tools, [])
    const wanted = {
      client: 'c',
      clientName: 'C',
      owner: 'client c',
      component: 'stats',
      tool: 't',
    }
    for (const rule of ['a.test', 'b.test']) {
      const question = { ...wanted, permission: 'network', rule } as const
      const approval = asked(await account(person).ask(question, AT))
      await account(person).decide(approval.id, 'allow', AT)
    }
    await account(person).setVariable('stats', 'TOKEN', 'value', AT)
    await account(person).record(receipt('analyze'))
    await callsOf(person)
    const drive = env.DRIVE.getByName(person) as unknown as DriveVerbs
    await drive.create(NOTE, false, AT)
    await env.STORE.put(`drive/${person}/chunk`, 'text of theirs')
    await env.DB.batch([
      env.DB.prepare('INSERT INTO people VALUES (?1, ?2, ?1, ?1, 0, NULL, NULL)').bind(
        person,
        'https://i.test',
      ),
      env.DB.prepare(
        'INSERT INTO console_sessions (token_digest, person, created_at, expires_at) VALUES (?1, ?1, 0, 0)',
      ).bind(person),
    ])
  }

  it('has no row left but in the audit, which verifies and holds none of their words', async () => {
    for (const person of ['f1', 'f2']) await busy(person)
    const before = await rowsOf('f1')
    expect(before).toMatchObject({ installs: 1, grants: 2, variables: 1, calls: 1 })
    await account('f1').forget()
    const after = await rowsOf('f1')
    expect(after).toEqual(Object.fromEntries(Object.keys(before).map((table) => [table, 0])))
    expect(await env.DB.prepare('SELECT * FROM people WHERE id = ?1').bind('f1').first()).toBeNull()

    const { records } = await exported('f1')
    expect(records.every((record) => record.private === null)).toBe(true)
    expect(records.at(-1)?.body).toMatchObject({
      kind: 'redaction',
      facts: { because: 'forget', through: records.length - 1 },
    })
    expect(await verified('f1')).toMatchObject({ ok: true })
    expect(await driveOf('f1')).toEqual(['no-entry', 0])
    // Nobody else lost anything.
    expect(await driveOf('f2')).toEqual(['there', 1])
    expect(await rowsOf('f2')).toMatchObject({ installs: 1, grants: 2, variables: 1, calls: 1 })
    expect((await exported('f2')).records.every((record) => record.private !== null)).toBe(true)
  })

  it('leaves no words of calls that were under way, and begins nothing anew', async () => {
    await busy('f3')
    const late = account('f3').record(receipt('late-one'))
    await Promise.all([late, account('f3').forget()])
    await account('f3').record(receipt('later-one'))
    await runInDurableObject(stubOf('f3'), async (object) => {
      await expect(object.install(WANTED, [], [])).rejects.toThrow('forgotten')
    })
    const { records } = await exported('f3')
    expect(records.at(-1)?.body.kind).toBe('call')
    expect(records.every((record) => record.private === null)).toBe(true)
    expect((await rowsOf('f3'))['calls']).toBe(0)
    expect((await verified('f3')).ok).toBe(true)
    await runInDurableObject(stubOf('f3'), (_, { storage }) => {
      for (const table of ['records', 'sessions', 'entries', 'rounds', 'audit_acts']) {
        expect(storage.sql.exec(`SELECT * FROM ${table}`).toArray(), table).toEqual([])
      }
    })
  })

  it('has no call copied back while the rest of what is theirs goes', async () => {
    await busy('f5')
    await runInDurableObject(stubOf('f5'), async (_, state) => {
      const reached = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      const forget = async () => {
        reached.resolve()
        await released.promise
      }
      const drives = { getByName: () => ({ forget }) } as unknown as Env['DRIVE']
      const parts = openParts(state, { ...env, DRIVE: drives })
      const calls = new CallVerbs(parts)
      await calls.record(receipt('not copied yet'))
      await state.storage.deleteAlarm()
      const forgotten = new AuditVerbs(parts).forget()
      await reached.promise
      await calls.callsCopied()
      released.resolve()
      await forgotten
    })
    expect(Object.values(await rowsOf('f5')).every((n) => n === 0)).toBe(true)
  })

  it('is copied once more for all who ask while a copy is under way', async () => {
    await busy('f7')
    await runInDurableObject(stubOf('f7'), async (_, state) => {
      const released = Promise.withResolvers<void>()
      const copy = vi.spyOn(Calls.prototype, 'copy').mockImplementation(async () => {
        await released.promise
        throw new Error('D1 fails')
      })
      const parts = openParts(state, env)
      await new CallVerbs(parts).record(receipt('not copied'))
      await state.storage.deleteAlarm()
      const { recording } = parts
      const asked = [recording.copy()]
      await vi.waitFor(() => expect(copy).toHaveBeenCalledTimes(1), LATER)
      asked.push(recording.copy(), recording.copy(), recording.copy())
      released.resolve()
      for (const { status } of await Promise.allSettled(asked)) expect(status).toBe('rejected')
      expect(copy).toHaveBeenCalledTimes(2)
    })
  })

  it('has no drive any more, whatever a call that still runs would put there', async () => {
    await busy('f6')
    // By what it was told before its person was deleted.
    const rule = parseStorageRule('fs:///', ['read', 'write'])
    if (!rule.ok) throw new Error(rule.error)
    const layers = [layerOf('grants', [rule.value])]
    const access = new DriveAccess({
      drive: env.DRIVE.getByName('f6') as unknown as DriveVerbs,
      store: chunksOf('f6'),
      lease: lasting({ storage: { layers } }),
      meter: new CallMeter(CALL_LIMITS),
    })
    const how = { create: true, exclusive: false, truncate: false, directory: false }
    const opened = await access.open('note', { ...how, read: true, write: true })
    if (!opened.ok) throw new Error(opened.error)
    await access.write(opened.value.handle, 0, new Uint8Array(100))
    await account('f6').forget()
    for (const _ of ['at once', 'after an eviction']) {
      const late = await access.open('late', { ...how, read: true, write: true })
      expect(late).toEqual({ ok: false, error: 'no-entry' })
      expect((await access.createDirectory('late')).ok).toBe(false)
      expect(await access.save()).toBeNull()
      expect(await driveOf('f6')).toEqual(['no-entry', 0])
      await evictDurableObject(env.DRIVE.getByName('f6'))
    }
    await runInDurableObject(env.DRIVE.getByName('f6'), (_, { storage }) => {
      expect(storage.sql.exec('SELECT name FROM nodes').toArray()).toEqual([{ name: '' }])
    })
  })

  it('is forgotten to the end also when the server stops in between', async () => {
    await busy('f4')
    await runInDurableObject(stubOf('f4'), (_, { storage }) => {
      storage.sql.exec('UPDATE audit_head SET closed = 1, redacted = seq')
    })
    await evictDurableObject(stubOf('f4'))
    await runDurableObjectAlarm(stubOf('f4'))
    expect(Object.values(await rowsOf('f4')).every((n) => n === 0)).toBe(true)
    expect((await exported('f4')).records.every((record) => record.private === null)).toBe(true)
  })
})

describe('a server that cannot sign, or was not told for how long to keep texts', () => {
  it.each([
    [{ AUDIT_KEY: '' }, 'AUDIT_KEY is not set'],
    [{ AUDIT_KEY: 'a password' }, 'AUDIT_KEY is not base64 of 32 bytes'],
    [{ AUDIT_RETENTION_DAYS: '' }, 'AUDIT_RETENTION_DAYS is not a whole number'],
    [{ AUDIT_RETENTION_DAYS: '0' }, 'AUDIT_RETENTION_DAYS is not a whole number'],
    [{ AUDIT_RETENTION_DAYS: '1.5' }, 'AUDIT_RETENTION_DAYS is not a whole number'],
    [{ AUDIT_RETENTION_DAYS: '9999' }, 'AUDIT_RETENTION_DAYS is not a whole number'],
  ])('is not configured: %j', (lacking, told) => {
    expect(readConfig(env as Env)).toMatchObject({ publicUrl: env.PUBLIC_URL })
    expect(() => readConfig({ ...env, ...lacking } as Env)).toThrow(told)
  })
})
