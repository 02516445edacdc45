// What calls may do while D1 is slow: what the person has and what the host allows are one look, whichever of them was
// written while the other was read.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Authorities } from '../../src/account/authorities.ts'
import { Ceilings } from '../../src/account/ceilings.ts'
import type { Claims } from '../../src/account/claims.ts'
import type { Expiries } from '../../src/account/expiries.ts'
import { Holdings } from '../../src/account/holdings.ts'
import type { Variables } from '../../src/account/variables.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { Ceiling } from '../../src/store/ceilings.ts'
import type { Grant } from '../../src/store/grants.ts'
import type { Install } from '../../src/store/installs.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const SOURCE = 'catalogue:stats'
const CALL = { call: '1', id: '1', source: SOURCE, digest: DIGEST, owner: null, request: null }

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

/** Ceilings that come when `answer` says, and how often they were asked for. */
class SlowCeilings {
  reads = 0
  answer: () => Promise<Ceiling[]> = async () => []

  async about(): Promise<Ceiling[]> {
    this.reads += 1
    return await this.answer()
  }
}

let people = 0
let person = ''
let store: SlowCeilings
let ceilings: Ceilings
let holdings: Holdings
let authorities: Authorities
const end = vi.fn<Expiries['end']>()
const tryAgain = vi.fn<() => Promise<void>>()
beforeEach(async () => {
  people += 1
  person = `slow ${people}`
  store = new SlowCeilings()
  ceilings = new Ceilings(store, person)
  // Nothing here is granted a variable.
  const variables = { names: async () => [] } as unknown as Variables
  holdings = new Holdings(person, env.DB, variables, () => ceilings.drop())
  authorities = new Authorities({
    holdings,
    ceilings,
    variables,
    ownHosts: [],
    labels: { chosen: () => new Map() },
    claims: { isOver: () => true, quiet: () => [] } as unknown as Claims,
    begun: undefined as never,
    tryAgain,
    owners: undefined as never,
    expiries: { end } as unknown as Expiries,
  })
  const install: Install = {
    person,
    component: 'stats',
    source: SOURCE,
    digest: DIGEST,
    wit: null,
    bytes: 1,
    compiler: 'c',
    artifact: DIGEST,
    imports: ['wasi:http/outgoing-handler@0.2.4'],
    skipped: [],
    labels: [],
    loaded_at: 1,
  }
  await holdings.write(() => holdings.installs.put(install, [], []))
  await holdings.write(() =>
    env.DB.batch(holdings.grants.entry({ ...GRANT, id: crypto.randomUUID() }, null)),
  )
})

const GRANT: Grant = {
  id: crypto.randomUUID(),
  source: SOURCE,
  digest: DIGEST,
  effect: 'allow',
  permission: 'network',
  rule: 'a.test',
  life: 'always',
  owner: null,
  request: null,
  until: null,
  uses: null,
  calls_an_hour: null,
  bytes: null,
  origin: 'question',
  granted_at: 1,
}

const granted = async (): Promise<string[] | null> => {
  const authority = await authorities.renew(CALL)
  const layer = authority?.network?.layers.find(({ of }) => of === 'grants')
  return layer?.allow.map(({ rule }) => rule.text) ?? null
}

describe('endSpent', () => {
  it('is tried again only where D1 does not take it', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const [{ id } = GRANT] = (await holdings.held()).grants
    await authorities.endSpent([id], 1)
    expect(tryAgain).not.toHaveBeenCalled()
    end.mockRejectedValueOnce(new Error('D1 fails'))
    await authorities.endSpent([id], 2)
    expect(end.mock.calls).toEqual([1, 2].map((at) => [[id], 'spent', at]))
    expect(tryAgain).toHaveBeenCalledOnce()
    log.mockRestore()
  })
})

describe('renew', () => {
  it('answers what was taken back while the ceilings were read', async () => {
    expect(await granted()).toEqual(['a.test'])
    ceilings.drop()
    store.answer = async () => {
      store.answer = async () => []
      await holdings.write(() => holdings.grants.endAllowedOfSource(SOURCE, 'reset', 2).run())
      return []
    }
    expect(await granted()).toEqual([])
  })

  it('is nothing when the component went while the ceilings were read', async () => {
    store.answer = async () => {
      store.answer = async () => []
      await holdings.write(() => env.DB.batch([holdings.installs.removal(person, 'stats')]))
      return []
    }
    expect(await granted()).toBeNull()
  })

  it('reads the ceilings again for what was loaded since', async () => {
    await granted()
    await granted()
    expect(store.reads).toBe(1)
    await holdings.write(async () => {})
    await granted()
    expect(store.reads).toBe(2)
  })
})
