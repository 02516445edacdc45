// The lease of a call: when it is asked for anew, what claims it makes, and what becomes of ways that are open
// when something is taken back.

import { describe, expect, it } from 'vitest'
import { DriveAccess } from '../../src/capabilities/drive.ts'
import type { Standing } from '../../src/capabilities/lease.ts'
import { CallLease, LEASE_MS } from '../../src/capabilities/lease.ts'
import { Ledger } from '../../src/capabilities/ledger.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { openNetworkPassage, Passage } from '../../src/capabilities/passage.ts'
import type { Authority } from '../../src/policy/authority.ts'
import type { LabelsDenial, NetworkVerdict } from '../../src/policy/denial.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import type { Brought, LabelSet } from '../../src/policy/labels.ts'
import { labelRule, union } from '../../src/policy/labels.ts'
import type { GrantRef } from '../../src/policy/layers.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { judge } from '../../src/policy/network.ts'
import type { Result } from '../../src/policy/result.ts'
import { err, ok } from '../../src/policy/result.ts'
import { parseStorageRule } from '../../src/policy/storage-rule.ts'
import { authority } from './support/lease.ts'

const once = (id: string): GrantRef => ({ id, limited: true })
const always: GrantRef = { id: 'always', limited: false }

function network(rule: string, grant: GrantRef = always): Authority {
  const parsed = parseHostRule(rule)
  if (!parsed.ok) throw new Error('not a rule')
  const layer = { of: 'grants', allow: [{ rule: parsed.value, grant }], deny: [] } as const
  return authority({ network: { layers: [layer], ownHosts: [] } })
}

/** An account that remembers what it was asked, under a clock that stands until it is moved. */
class ScriptedStanding implements Standing {
  readonly asked: string[] = []
  now = 1_000
  next: Authority | null = authority()
  left = new Map<string, number | null>()
  fails = false
  answers = (brings: LabelSet): Result<Brought, LabelsDenial> =>
    ok({ has: brings, permitted: false })

  async renew(): Promise<Authority | null> {
    this.asked.push('renew')
    if (this.fails) throw new Error('no account')
    return this.next
  }

  async claim(grant: string) {
    this.asked.push(`claim ${grant}`)
    if (this.fails) throw new Error('no account')
    const bytes = this.left.get(grant)
    return bytes === undefined ? null : { bytes }
  }

  async bring(brings: LabelSet, brought: LabelSet) {
    this.asked.push(`bring ${brings.join(',')} after ${brought.join(',')}`)
    if (this.fails) throw new Error('no account')
    return this.answers(brings)
  }

  lease(
    first: Authority,
    onRenewed?: (authority: Authority) => void,
    has: LabelSet = [],
  ): CallLease {
    const now = () => this.now
    return new CallLease(first, {
      standing: this,
      now,
      askedAt: this.now,
      has,
      ...(onRenewed === undefined ? {} : { onRenewed }),
    })
  }
}

describe('current', () => {
  it('asks nobody while it is fresh, and once for however many wait', async () => {
    const account = new ScriptedStanding()
    const first = authority()
    const lease = account.lease(first)
    account.now += LEASE_MS - 1
    expect(await lease.current()).toBe(first)
    expect(account.asked).toEqual([])
    account.now += 1
    const all = await Promise.all(Array.from({ length: 50 }, () => lease.current()))
    expect(new Set(all)).toEqual(new Set([account.next]))
    expect(account.asked).toEqual(['renew'])
  })

  it('counts from when it was asked for, however long the answer took', async () => {
    const account = new ScriptedStanding()
    const askedAt = account.now
    account.now += LEASE_MS
    const lease = new CallLease(authority(), { standing: account, now: () => account.now, askedAt })
    expect(await lease.current()).toBe(account.next)
    expect(account.asked).toEqual(['renew'])
  })

  it('is nothing when the component is gone, or when nobody says that it may go on', async () => {
    const account = new ScriptedStanding()
    const lease = account.lease(authority())
    account.now += LEASE_MS
    account.next = null
    expect(await lease.current()).toBeNull()
    account.now += LEASE_MS
    account.next = authority()
    expect(await lease.current()).toBe(account.next)
    account.now += LEASE_MS
    account.fails = true
    expect(await lease.current()).toBeNull()
  })

  it('brings bounds down that a host has lowered meanwhile, and raises none', async () => {
    const account = new ScriptedStanding()
    const meter = new CallMeter(CALL_LIMITS)
    const lease = account.lease(authority(), (renewed) => meter.narrow(renewed))
    const limits = { ...CALL_LIMITS, requests: 1, egressBytes: 2 * CALL_LIMITS.egressBytes }
    account.next = { ...authority(), limits }
    account.now += LEASE_MS
    await lease.current()
    expect(meter.limits).toEqual({ ...CALL_LIMITS, requests: 1 })
    expect([meter.admit('requests'), meter.admit('requests')]).toEqual([true, false])
  })
})

describe('use', () => {
  it('of an unlimited grant claims nothing, also where a limited one would do', async () => {
    const account = new ScriptedStanding()
    const lease = account.lease(authority())
    expect(await lease.use([always, once('a')])).not.toBeNull()
    expect(account.asked).toEqual([])
  })

  it('claims a limited grant once, however many host calls rely on it', async () => {
    const account = new ScriptedStanding()
    account.left.set('a', null)
    const lease = account.lease(authority())
    const uses = await Promise.all(Array.from({ length: 50 }, () => lease.use([once('a')])))
    expect(uses).not.toContain(null)
    expect(account.asked).toEqual(['claim a'])
  })

  it('stays with what it has claimed before it claims another', async () => {
    const account = new ScriptedStanding()
    account.left.set('a', null).set('b', null)
    const lease = account.lease(authority())
    await lease.use([once('b')])
    await lease.use([once('a'), once('b')])
    expect(account.asked).toEqual(['claim b'])
  })

  it('is refused when another call was first, and not asked for again at once', async () => {
    const account = new ScriptedStanding()
    const lease = account.lease(authority())
    expect(await lease.use([once('a')])).toBeNull()
    expect(await lease.use([once('a')])).toBeNull()
    expect(account.asked).toEqual(['claim a'])
    account.fails = true
    expect(await lease.use([once('b')])).toBeNull()
  })

  it('moves no more bytes than were reserved, and tells how many it moved', async () => {
    const account = new ScriptedStanding()
    account.left.set('a', 10).set('b', 5)
    const lease = account.lease(authority())
    const use = await lease.use([once('a'), once('b')])
    expect([use?.take(6), use?.take(6)]).toEqual([true, false])
    expect(lease.used).toEqual({ a: 10 })
    const other = await lease.use([once('a'), once('b')])
    expect(other?.take(5)).toBe(true)
    expect(lease.used).toEqual({ a: 10, b: 5 })
    expect(await lease.use([once('a'), once('b')])).toBeNull()
  })
})

describe('bring', () => {
  const refusal = (brings: LabelSet): LabelsDenial => ({
    reason: 'not-granted',
    permission: 'labels',
    rule: labelRule(brings),
    brings,
    has: [],
    from: [],
  })

  it('asks once for a label that is new, however many host calls bring it, and never for one that is there', async () => {
    const account = new ScriptedStanding()
    const lease = account.lease(authority(), undefined, ['private'])
    expect(await lease.bring(['private'])).toBeNull()
    expect(await lease.bring([])).toBeNull()
    expect(account.asked).toEqual([])
    const all = await Promise.all(Array.from({ length: 50 }, () => lease.bring(['untrusted'])))
    expect(new Set(all)).toEqual(new Set([null]))
    expect(await lease.bring(['private', 'untrusted'])).toBeNull()
    expect(account.asked).toEqual(['bring untrusted after private'])
    expect(lease.brought).toEqual(['private', 'untrusted'])
  })

  it('does nothing that was refused, and says so each time it is tried', async () => {
    const account = new ScriptedStanding()
    account.answers = (brings) => err(refusal(brings))
    const lease = account.lease(authority(), undefined, ['private'])
    for (const _ of [1, 2]) {
      expect(await lease.bring(['untrusted', 'outward'])).toMatchObject({ reason: 'not-granted' })
    }
    expect(account.asked).toHaveLength(2)
    expect(lease.brought).toEqual([])
  })

  it('asks again for what was permitted once its lease is renewed, as it may have been taken back', async () => {
    const account = new ScriptedStanding()
    account.answers = (brings) => ok({ has: union(['private'], brings), permitted: true })
    const lease = account.lease(authority(), undefined, ['private'])
    const out = ['untrusted', 'outward'] as const
    for (const _ of [1, 2, 3]) expect(await lease.bring(out)).toBeNull()
    expect(account.asked).toHaveLength(1)
    // In a session that has all three, what brings another of them was not permitted with it.
    expect(await lease.bring(['private'])).toBeNull()
    expect(account.asked).toHaveLength(2)
    account.now += LEASE_MS
    await lease.current()
    account.answers = (brings) => err(refusal(brings))
    expect(await lease.bring(out)).toMatchObject({ reason: 'not-granted' })
  })

  it('is refused when nobody says what the session has', async () => {
    const account = new ScriptedStanding()
    account.fails = true
    expect(await account.lease(authority()).bring(['private'])).toMatchObject({ reason: 'gone' })
  })
})

describe('a way that is open', () => {
  const target = { scheme: 'http', host: 'a.test', port: 80, path: '/', method: 'GET' } as never
  const about = { permission: 'network', host: 'a.test', port: 80 } as const
  const noted = () => new Ledger().note({ kind: 'lookup', host: 'a.test' })
  const open = (lease: CallLease) =>
    Passage.open<NetworkVerdict>({
      lease,
      noted: noted(),
      judge: ({ network }) =>
        network === null ? err({ ...about, reason: 'gone' }) : judge(network, target),
      spent: () => ({ ...about, reason: 'not-granted', rule: 'a.test' }),
      gone: () => ({ ...about, reason: 'gone' }),
      brings: () => ['untrusted', 'outward'],
      bringsAsItOpens: true,
    })

  it('closes at the first piece after the lease has shown what was taken back', async () => {
    const account = new ScriptedStanding()
    const passage = await open(account.lease(network('a.test')))
    if (!passage.ok) throw new Error('not open')
    expect(await passage.value.refusal(1)).toBeNull()
    account.next = network('b.test')
    account.now += LEASE_MS - 1
    expect(await passage.value.refusal(1)).toBeNull()
    account.now += 1
    expect(await passage.value.refusal(1)).toMatchObject({ reason: 'not-granted' })
    account.next = null
    account.now += LEASE_MS
    expect(await passage.value.refusal(1)).toMatchObject({ reason: 'gone' })
  })

  it('goes on under another grant that permits the same', async () => {
    const account = new ScriptedStanding()
    account.left.set('x', 3)
    const passage = await open(account.lease(network('a.test')))
    if (!passage.ok) throw new Error('not open')
    account.next = network('*.test', once('x'))
    account.now += LEASE_MS
    expect(await passage.value.refusal(2)).toBeNull()
    expect(await passage.value.refusal(2)).toMatchObject({ reason: 'not-granted' })
  })

  it('brings what the grants say that permit it', async () => {
    const account = new ScriptedStanding()
    const mine: GrantRef = { id: 'mine', limited: false, labels: ['private'] }
    const passage = await openNetworkPassage(
      target,
      account.lease(network('a.test', mine)),
      noted(),
    )
    expect(passage.ok).toBe(true)
    expect(account.asked).toEqual(['bring private after '])
    const other = await openNetworkPassage(target, account.lease(network('a.test')), noted())
    expect(other.ok).toBe(true)
    expect(account.asked.at(-1)).toBe('bring untrusted,outward after ')
  })

  it('passes nothing by what it was told before a wait for its labels or its claim', async () => {
    for (const slow of ['bring', 'claim'] as const) {
      const account = new ScriptedStanding()
      account.left.set('x', null)
      const late = async (): Promise<void> => {
        account.now += LEASE_MS
        account.next = network('b.test')
      }
      const lease = account.lease(network('a.test', once('x')))
      const { bring, use } = { bring: lease.bring.bind(lease), use: lease.use.bind(lease) }
      if (slow === 'bring') lease.bring = async (labels) => late().then(() => bring(labels))
      else lease.use = async (grants) => late().then(() => use(grants))
      const opened = await openNetworkPassage(target, lease, noted())
      expect(opened, slow).toMatchObject({ ok: false, error: { reason: 'not-granted' } })
    }
  })

  it('claims nothing for what is refused for its labels', async () => {
    const account = new ScriptedStanding()
    account.left.set('x', null)
    account.answers = (brings) =>
      err({
        reason: 'not-granted',
        permission: 'labels',
        rule: labelRule(brings),
        brings,
        has: ['private'],
        from: [],
      })
    const lease = account.lease(network('a.test', once('x')), undefined, ['private'])
    expect(await openNetworkPassage(target, lease, noted())).toMatchObject({
      ok: false,
      error: { permission: 'labels' },
    })
    expect(account.asked).toEqual(['bring untrusted,outward after '])
    // What completes nothing is not brought for a grant that is spent.
    account.asked.length = 0
    account.left.clear()
    const other = account.lease(network('a.test', once('x')))
    expect(await openNetworkPassage(target, other, noted())).toMatchObject({
      ok: false,
      error: { permission: 'network', reason: 'not-granted' },
    })
    expect(account.asked).toEqual(['claim x'])
  })

  it('does not open when the grant was claimed by another call', async () => {
    const account = new ScriptedStanding()
    expect(await open(account.lease(network('a.test', once('x'))))).toMatchObject({
      ok: false,
      error: { reason: 'not-granted', rule: 'a.test' },
    })
  })
})

describe('an open file', () => {
  it('is neither read nor written once the path is taken back, and that is told once', async () => {
    const account = new ScriptedStanding()
    const rule = parseStorageRule('fs://notes', ['read', 'write'])
    if (!rule.ok) throw new Error('not a rule')
    const meter = new CallMeter(CALL_LIMITS)
    const first = authority({ storage: { layers: [layerOf('grants', [rule.value])] } })
    const stat = { id: 1, isDirectory: false, size: 3, version: 1, createdAt: 0, modifiedAt: 0 }
    const data = new Uint8Array([1, 2, 3])
    const image = { stat, chunks: new Map([[0, { bytes: 3, data }]]) }
    const access = new DriveAccess({
      drive: { open: async () => ok(image) } as never,
      store: { put: async () => 'blob', get: async () => data },
      lease: account.lease(first),
      meter,
    })
    const how = { create: false, exclusive: false, truncate: false, directory: false }
    const opened = await access.open('notes/a', { ...how, read: true, write: true })
    const handle = opened.ok ? opened.value.handle : null
    expect(await access.read(handle, 0, 3)).toEqual(ok(data))
    account.next = authority({ storage: { layers: [layerOf('grants', [])] } })
    account.now += LEASE_MS
    for (const denied of [
      await access.read(handle, 0, 3),
      await access.write(handle, 0, data),
      await access.setSize(handle, 0),
    ]) {
      expect(denied).toEqual(err('access'))
    }
    expect(meter.denials).toMatchObject([{ reason: 'not-granted', path: '/notes/a' }])
    expect(meter.hostCalls).toMatchObject([{ outcome: 'denied' }])
  })
})

describe('an operation on the drive', () => {
  const stat = { id: 1, isDirectory: false, size: 0, version: 1, createdAt: 0, modifiedAt: 0 }
  const how = { create: true, exclusive: false, truncate: false, directory: false, read: false }

  /** A drive on which a file is open and written to; `late` happens while that is saved. */
  async function writing(late: (account: ScriptedStanding, access: DriveAccess) => void) {
    const account = new ScriptedStanding()
    const rule = parseStorageRule('fs://notes', ['read', 'write'])
    if (!rule.ok) throw new Error('not a rule')
    const done: string[] = []
    const drive = {
      open: async () => ok({ stat, chunks: new Map() }),
      stat: async () => ok(stat),
      commit: async () => {
        late(account, access)
        done.push('commit')
        return ok(stat)
      },
      rename: async () => ok(done.push('rename')),
      touch: async () => ok(done.push('touch')),
    }
    const allowed = authority({ storage: { layers: [layerOf('grants', [rule.value])] } })
    account.next = allowed
    const access = new DriveAccess({
      drive: drive as never,
      store: { put: async () => 'blob', get: async () => new Uint8Array() },
      lease: account.lease(allowed),
      meter: new CallMeter(CALL_LIMITS),
    })
    const opened = await access.open('notes/a', { ...how, write: true })
    const handle = opened.ok ? opened.value.handle : null
    await access.write(handle, 0, new Uint8Array([1]))
    return { access, done }
  }

  const nothingLeft = (account: ScriptedStanding): void => {
    account.next = authority({ storage: { layers: [layerOf('grants', [])] } })
    account.now += LEASE_MS
  }

  it.each([
    ['rename', (access: DriveAccess) => access.rename('notes/a', 'notes/b')],
    ['set the times of', (access: DriveAccess) => access.setTimes('notes/a', 1)],
  ])('to %s a file is not done by what was granted before it was saved', async (_, act) => {
    for (const [late, lasts] of [
      [nothingLeft, false],
      [(_: unknown, access: DriveAccess) => access[Symbol.dispose](), false],
      [() => {}, true],
    ] as const) {
      const { access, done } = await writing(late)
      expect((await act(access)).ok).toBe(lasts)
      expect(done).toEqual(lasts ? ['commit', expect.any(String)] : ['commit'])
    }
  })
})

describe('a move on the drive', () => {
  const stat = { id: 1, isDirectory: false, size: 1, version: 1, createdAt: 0, modifiedAt: 0 }
  const data = new Uint8Array([1])
  const how = { create: false, exclusive: false, truncate: false, directory: false, write: false }

  function allowing(labels: Readonly<Record<string, LabelSet | undefined>>): Authority {
    const allow = Object.entries(labels).map(([uri, mine]) => {
      const rule = parseStorageRule(uri, ['read', 'write'])
      if (!rule.ok) throw new Error('not a rule')
      const grant = { id: uri, limited: false, ...(mine === undefined ? {} : { labels: mine }) }
      return { rule: rule.value, grant }
    })
    return authority({ storage: { layers: [{ of: 'grants', allow, deny: [] }] } })
  }
  const labelled = allowing({ 'fs://notes': undefined, 'fs://downloads': ['untrusted'] })

  function moving(
    account: ScriptedStanding,
    lease: CallLease,
    isThere = true,
  ): { access: DriveAccess; meter: CallMeter; done: string[] } {
    const done: string[] = []
    const meter = new CallMeter(CALL_LIMITS)
    const drive = {
      stat: async () => (isThere ? ok(stat) : err('no-entry')),
      rename: async () => ok(void done.push('rename')),
      open: async () => ok({ stat, chunks: new Map([[0, { bytes: 1, data }]]) }),
    }
    const store = { put: async () => 'blob', get: async () => data }
    account.next = labelled
    return { access: new DriveAccess({ drive: drive as never, store, lease, meter }), meter, done }
  }

  it('to where reading brings less brings what the file brings where it is', async () => {
    const account = new ScriptedStanding()
    const lease = account.lease(labelled)
    const { access, done } = moving(account, lease)
    expect((await access.rename('notes/diary', 'downloads/diary')).ok).toBe(true)
    const opened = await access.open('downloads/diary', { ...how, read: true })
    expect((await access.read(opened.ok ? opened.value.handle : null, 0, 1)).ok).toBe(true)
    expect(lease.brought).toEqual(['private', 'untrusted'])
    expect(done).toEqual(['rename'])
  })

  it('is not done in a session that has the other two, and is asked about', async () => {
    const account = new ScriptedStanding()
    account.answers = (brings) =>
      err({
        reason: 'not-granted',
        permission: 'labels',
        rule: labelRule(brings),
        brings,
        has: ['untrusted', 'outward'],
        from: [],
      })
    const lease = account.lease(labelled, undefined, ['untrusted', 'outward'])
    const { access, meter, done } = moving(account, lease)
    expect(await access.rename('notes/diary', 'downloads/diary')).toEqual(err('access'))
    expect(meter.denials).toMatchObject([{ permission: 'labels', rule: 'private' }])
    expect(meter.hostCalls).toMatchObject([{ method: 'rename', outcome: 'denied' }])
    expect(done).toEqual([])
    // To where reading brings the same, or what comes to be private, it washes nothing off.
    expect((await access.rename('notes/draft', 'notes/diary')).ok).toBe(true)
    expect(done).toEqual(['rename'])
  })

  it('of what is not there brings nothing', async () => {
    const account = new ScriptedStanding()
    const lease = account.lease(labelled)
    const { access, done } = moving(account, lease, false)
    expect(await access.rename('notes/diary', 'downloads/diary')).toEqual(err('no-entry'))
    expect([lease.brought, done]).toEqual([[], []])
  })

  it('is judged by what holds once its labels are claimed', async () => {
    const account = new ScriptedStanding()
    const lease = account.lease(labelled)
    const { access, done } = moving(account, lease)
    account.answers = (brings) => {
      account.next = allowing({ 'fs://notes': undefined })
      account.now += LEASE_MS
      return ok({ has: brings, permitted: false })
    }
    expect(await access.rename('notes/diary', 'downloads/diary')).toEqual(err('access'))
    expect(done).toEqual([])
  })
})
