// How long the account keeps what a call has been told for the answer that it waits for.

import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
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
