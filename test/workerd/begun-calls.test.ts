// Calls that have begun and that nobody says the end of: on the record once they cannot be under way any more.

import {
  applyD1Migrations,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BegunCall } from '../../src/account/begun-calls.ts'
import type { Receipt } from '../../src/account/record.ts'
import { chainOf } from '../../src/audit/record.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { AuditStore } from '../../src/store/audit.ts'
import { callsOf } from './support/calls.ts'

const AT = 1_800_000_000_000

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

const stubOf = (person: string) => env.ACCOUNT.getByName(person)
// What crosses is plain data, which the stub's mapped types obscure.
const account = (person: string) => stubOf(person) as unknown as AccountVerbs

const begun = (id: string): BegunCall => ({
  id,
  client: 'c',
  client_name: 'Client',
  session: null,
  tool: 'analyze',
  component: 'stats',
  source: 'upload:stats',
  digest: null,
  arguments_digest: null,
  started_at: AT,
})
const answered = (id: string): Receipt => ({
  ...begun(id),
  outcome: 'answered',
  reason: null,
  policy_digest: null,
  variables: [],
  ms: 5,
  fuel: 7,
  host_calls: [],
  usage: null,
})

/** The time that calls may take is over. */
async function wait(person: string): Promise<void> {
  await runInDurableObject(stubOf(person), (_, { storage }) => {
    storage.sql.exec('UPDATE begun_calls SET over_at = 0')
  })
}

const underWay = async (person: string) =>
  await runInDurableObject(stubOf(person), (_, { storage }) =>
    storage.sql.exec('SELECT id FROM begun_calls').toArray(),
  )

/** Outcomes of the calls on the chain, oldest first. */
async function chained(person: string): Promise<unknown[]> {
  const head = await account(person).auditHead()
  const records = await new AuditStore(env.DB).page(await chainOf(person), 1, head)
  return records.map(({ body, private: kept }) => [body.facts['outcome'], kept?.texts['tool']])
}

describe('a call that has begun', () => {
  it('is not on the record while it may still run, also in the next life of the object', async () => {
    await account('b1').begin(begun('1'), 1_000)
    await evictDurableObject(stubOf('b1'))
    await runDurableObjectAlarm(stubOf('b1'))
    expect(await chained('b1')).toEqual([])
    expect(await underWay('b1')).toEqual([{ id: '1' }])
  })

  it('is on the record once, as it ended', async () => {
    await account('b2').begin(begun('2'), 1_000)
    await account('b2').record(answered('2'))
    expect(await underWay('b2')).toEqual([])
    await wait('b2')
    expect(await chained('b2')).toEqual([['answered', 'analyze']])
  })

  it('wakes the object by itself, and is interrupted when nobody has said its end', async () => {
    await account('b3').begin(begun('3'), 1_000)
    await wait('b3')
    await evictDurableObject(stubOf('b3'))
    expect(await runDurableObjectAlarm(stubOf('b3'))).toBe(true)
    expect(await chained('b3')).toEqual([['interrupted', 'analyze']])
    expect(await callsOf('b3')).toMatchObject([
      { id: '3', outcome: 'interrupted', started_at: AT, component: 'stats', fuel: null },
    ])
  })

  it('is interrupted once, however many look', async () => {
    for (const id of ['4', '5']) await account('b4').begin(begun(id), 1_000)
    await wait('b4')
    await Promise.all(Array.from({ length: 5 }, () => account('b4').auditHead()))
    expect(await chained('b4')).toHaveLength(2)
  })

  it('is as it ended when its end comes after all', async () => {
    await account('b5').begin(begun('6'), 1_000)
    await wait('b5')
    expect(await callsOf('b5')).toMatchObject([{ outcome: 'interrupted' }])
    await account('b5').record(answered('6'))
    expect(await callsOf('b5')).toMatchObject([{ id: '6', outcome: 'answered', ms: 5, fuel: 7 }])
    expect(await chained('b5')).toEqual([
      ['interrupted', 'analyze'],
      ['answered', 'analyze'],
    ])
  })
})
