// A drive that fails as a person is deleted: nobody is there any more who could say it again, and the rest goes by
// itself.

import { applyD1Migrations, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { heal, strike } from './support/faulty.ts'
import { account, load } from './support/people.ts'

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

it('goes on for as long as it takes', async () => {
  const person = 'leaves for good'
  const stub = env.ACCOUNT.getByName(person)
  const alarmAt = () => runInDurableObject(stub, (_, { storage }) => storage.getAlarm())
  const closed = () =>
    runInDurableObject(
      stub,
      (_, { storage }) => storage.sql.exec('SELECT closed FROM audit_head').one()['closed'],
    )
  const bodies = async () => (await env.STORE.list({ prefix: `drive/${person}/` })).objects
  await load(person, 'stats', env.TEXT_STATS_WASM)
  await env.STORE.put(`drive/${person}/chunk`, 'what they wrote')
  strike(person, { target: 'r2', step: 0, how: 'fail', when: 'before', lasts: true })
  const forget = async () => await account(person).forget()
  await expect(forget()).rejects.toThrow('r2 is broken')
  // More often than the platform tries by itself.
  for (let n = 0; n < 8; n += 1) {
    await runDurableObjectAlarm(stub)
    await expect.poll(alarmAt, { timeout: 20_000 }).not.toBeNull()
  }
  expect(await closed()).toBe(1)
  expect(await bodies()).toHaveLength(1)
  expect(heal(person)).toBe(true)
  await runDurableObjectAlarm(stub)
  await expect.poll(closed, { timeout: 20_000 }).toBe(2)
  expect(await bodies()).toEqual([])
})
