// Which questions there are: none that would grant nothing, and none about another version than was looked at.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Digest } from '../../src/component/digest.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { Approvals } from '../../src/store/approvals.ts'
import { asked } from '../support/asked.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const OTHER = `sha256:${'b'.repeat(64)}` as Digest
const AT = 1_800_000_000_000
const DAY_MS = 24 * 3_600_000

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

/** Somebody who has a component. */
async function withStats(person: string): Promise<AccountVerbs> {
  const account = env.ACCOUNT.getByName(person) as unknown as AccountVerbs
  const version = { source: 'catalogue:stats', digest: DIGEST, wit: null, bytes: 1, labels: [] }
  const made = { compiler: 'c', artifact: DIGEST, imports: [], skipped: [], loaded_at: AT }
  await account.install({ wish: 'stats', ...version, ...made }, [], [])
  return account
}

describe('a question', () => {
  it('asks nobody for what is no rule, and gives none', async () => {
    const account = await withStats('q1')
    const wanted = {
      client: 'c',
      clientName: 'Client',
      owner: 'client c',
      component: 'stats',
      tool: 'analyze',
      permission: 'storage',
      rule: 'read fs://a\nb',
    } as const
    expect(await account.ask(wanted, AT)).toEqual({ ok: false, error: 'no-rule' })
    const view = await account.component('stats')
    if (view === null) throw new Error('no such component')
    expect(await account.propose(view.install, 'environment', '*', AT)).toBeNull()
    // One that was asked before it was known to be none.
    const mine = asked(await account.ask({ ...wanted, rule: 'read fs://a' }, AT))
    await env.DB.prepare('UPDATE approvals SET rule = ?1 WHERE id = ?2')
      .bind(wanted.rule, mine.id)
      .run()
    expect(await account.decide(mine.id, 'allow', AT)).toEqual({
      ok: false,
      error: 'not-offered',
    })
    expect((await account.component('stats'))?.grants).toEqual([])
    expect((await account.decide(mine.id, 'deny', AT)).ok).toBe(true)
  })

  it('is kept for a day after its time, and goes with the next one that is asked', async () => {
    const account = await withStats('q3')
    const ask = async (rule: string, at: number) => {
      const who = { client: 'c', clientName: 'Client', owner: 'client c', component: 'stats' }
      const question = { ...who, tool: 'analyze', permission: 'network', rule } as const
      return asked(await account.ask(question, at))
    }
    const first = await ask('a.test', AT)
    const denied = await ask('b.test', AT)
    expect((await account.decide(denied.id, 'deny', AT)).ok).toBe(true)
    const { expires_at: end } = first
    const second = await ask('c.test', end)
    const ids = async () => {
      const found = [first, denied, second].map(({ id }) => new Approvals(env.DB).find('q3', id))
      return (await Promise.all(found)).map((one) => one?.rule)
    }
    await ask('d.test', end + DAY_MS - 1)
    expect(await ids()).toEqual(['a.test', 'b.test', 'c.test'])
    await ask('e.test', end + DAY_MS)
    expect(await ids()).toEqual([undefined, 'b.test', 'c.test'])
  })

  it('asks for a version that the person looked at, and for no other', async () => {
    const account = await withStats('q2')
    const seen = { component: 'stats', source: 'catalogue:stats', digest: DIGEST }
    for (const other of [{ digest: OTHER }, { source: 'upload:stats' }, { component: 'other' }]) {
      const version = { ...seen, ...other }
      expect(await account.propose(version, 'network', 'a.test', AT)).toBeNull()
    }
    expect(await account.propose(seen, 'network', 'a.test', AT)).toMatchObject(seen)
  })
})
