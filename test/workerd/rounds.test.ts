// How long the account keeps what a call has been told for the answer that it waits for.

import { applyD1Migrations, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import type { LabelledCall } from '../../src/account/labelling.ts'
import type { Round } from '../../src/account/rounds.ts'
import { accountOf } from '../../src/compose.ts'

const LIFE_MS = 15 * 60_000
const CALL = { client: 'c', session: null, tool: 't', argumentsDigest: 'd' }
const ROUND: Round = {
  kind: 'form',
  call: CALL,
  answers: [],
  claimant: 'first run',
  asked: 'digest',
  names: ['name'],
}

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

it('a round has a refusal in it of whatever length', async () => {
  const account = accountOf(env, 'long rounds')
  const path = `/${'x'.repeat(8_000)}`
  const about = { permission: 'storage', access: 'read', path, rule: `read fs:/${path}` } as const
  const { kind: _kind, asked: _asked, names: _names, ...so } = ROUND
  const round: Round = {
    ...so,
    kind: 'page',
    mode: 'url',
    component: 'c',
    denied: { denials: [{ ...about, reason: 'not-granted' }], approvals: [] },
    granted: [],
  }
  await account.keepRound('long', round, 1_000)
  expect(await account.takeRound('long', CALL, 1_000)).toEqual(round)
})

it('a round is there for 15 minutes, once, for the call that it belongs to', async () => {
  const account = accountOf(env, 'rounds')
  for (const id of ['in time', 'late']) await account.keepRound(id, ROUND, 1_000)
  expect(await account.takeRound('in time', { ...CALL, client: 'another' }, 1_000)).toBeNull()
  expect(await account.takeRound('in time', CALL, 1_000 + LIFE_MS - 1)).toEqual(ROUND)
  expect(await account.takeRound('in time', CALL, 1_000)).toBeNull()
  expect(await account.takeRound('late', CALL, 1_000 + LIFE_MS)).toBeNull()
})

it('of who was forgotten no round is kept and nothing is brought, and what crossed that goes with the alarm', async () => {
  const stub = env.ACCOUNT.getByName('forgotten while a call ran')
  const tables = ['rounds', 'paused_claims', 'session_labels']
  const rows = () =>
    runInDurableObject(stub, (_, { storage }) =>
      tables.map((table) => storage.sql.exec(`SELECT * FROM ${table}`).toArray().length),
    )
  const crossing = async () => {
    await runInDurableObject(stub, async (_, { storage }) => {
      storage.sql.exec(
        "INSERT INTO rounds (id, body, expires_at) VALUES ('crossing', '{}', ?1)",
        Date.now() + LIFE_MS,
      )
      await storage.setAlarm(Date.now() + LIFE_MS)
    })
  }
  const account = accountOf(env, 'forgotten while a call ran')
  await account.forget()
  await account.keepRound('late', ROUND, Date.now())
  const by = { owner: 'o', client: 'c', clientName: 'C', tool: 't', component: 'c' }
  const call: LabelledCall = { by, running: null }
  await runInDurableObject(stub, async (object) => {
    await expect(object.bring(call, ['private'], [])).rejects.toThrow('forgotten')
  })
  expect(await rows()).toEqual([0, 0, 0])
  await crossing()
  expect(await rows()).toEqual([1, 0, 0])
  expect(await runDurableObjectAlarm(stub)).toBe(true)
  expect(await rows()).toEqual([0, 0, 0])
})
