import { applyD1Migrations, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { KeyValueEntries } from '../../src/account/keyvalue.ts'
import type { KeepingCall } from '../../src/account/verbs/calls.ts'
import { issueCapabilities } from '../../src/capabilities/issue.ts'
import type { KeyValueStore } from '../../src/capabilities/keyvalue.ts'
import { KeyValue } from '../../src/capabilities/keyvalue.ts'
import type { Standing } from '../../src/capabilities/lease.ts'
import { LEASE_MS } from '../../src/capabilities/lease.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { noSecrets } from '../../src/capabilities/secrets.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import type { KeyValueOperation } from '../../src/policy/keyvalue.ts'
import { KEY_VALUE_LIMITS } from '../../src/policy/keyvalue.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { openIsolate } from '../../src/sandbox/isolate.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { authorityWith } from '../support/authority.ts'
import { guestCall, NONE } from './support/guest.ts'
import { authority } from './support/lease.ts'

const AT = 1_800_000_000_000
const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const OTHER = `sha256:${'b'.repeat(64)}` as Digest

const utf8 = new TextEncoder()
const bytes = (text: string) => utf8.encode(text)
const stubOf = (person: string) => env.ACCOUNT.getByName(person)
const account = (person: string) => stubOf(person) as unknown as AccountVerbs

let guest: GuestStub
let imports: readonly string[] = []
let tools: readonly ToolModel[] = []

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.DRAFTS_WASM))
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  imports = compiled.value.imports
  tools = compiled.value.tools.slice(0, 1)
  const code = { artifactDigest: 'test-keyvalue', modules: async () => compiled.value.modules }
  guest = openIsolate(env.LOADER, code, 'p')
})

/** A call of it that begins then. */
async function install(person: string, source: string, digest = DIGEST): Promise<KeepingCall> {
  const columns = {
    digest,
    wit: null,
    bytes: 1,
    compiler: 'c',
    artifact: DIGEST,
    loaded_at: AT,
  }
  const wanted = {
    ...columns,
    wish: 'drafts',
    source,
    imports: [...imports],
    labels: [],
    skipped: [],
  }
  const installed = await account(person).install(wanted, tools, [])
  if (!installed.ok) throw new Error(installed.error)
  const [tool = ''] = installed.value.tools
  const admitted = await account(person).admit(tool, crypto.randomUUID(), null)
  if (admitted === null || admitted === 'too-many-calls') throw new Error('not admitted')
  return { source, digest, storeLife: admitted.storeLife }
}

/** One component of one person, installed on first use; a fresh capability for every call. */
function shop(person: string, source = 'upload:shop') {
  let ready: Promise<KeepingCall> | undefined
  return async (name: string, ...args: unknown[]) => {
    const call = await (ready ??= install(person, source))
    const entries = new KeyValue(
      (operation) => account(person).keyValue(call, operation),
      new CallMeter(CALL_LIMITS),
    )
    const held = { ...NONE, keyValue: entries }
    const outcome = await runGuest(guest, guestCall([name], args), held, 55_000)
    if (outcome.tag !== 'ok' && outcome.tag !== 'err') throw new Error(JSON.stringify(outcome))
    return outcome.value
  }
}

describe.each([
  ['0.2.0-draft', ''],
  ['0.2.0-draft2', '2'],
])('wasi:keyvalue %s', (_, suffix) => {
  const call = shop(`store${suffix}`)
  const run = (name: string, ...args: unknown[]) => call(`${name}${suffix}`, ...args)

  it('keeps a value, tells that it is there, and forgets it', async () => {
    expect(await run('get', '', 'a')).toBeUndefined()
    await run('set', '', 'a', bytes('first'))
    await run('set', '', 'a', bytes('second'))
    expect(await run('get', '', 'a')).toEqual(bytes('second'))
    expect(await run('exists', '', 'a')).toBe(true)
    await run('delete', '', 'a')
    await run('delete', '', 'a')
    expect(await run('exists', '', 'a')).toBe(false)
  })

  it('takes the nameless bucket for the default one, and keeps buckets apart', async () => {
    await run('set', '', 'where', bytes('default'))
    await run('set', 'other', 'where', bytes('other'))
    expect(await run('get', 'default', 'where')).toEqual(bytes('default'))
    expect(await run('get', 'other', 'where')).toEqual(bytes('other'))
  })

  it('keeps an empty value, which is not the same as none', async () => {
    await run('set', '', 'empty', bytes(''))
    expect(await run('get', '', 'empty')).toEqual(bytes(''))
  })

  it('lists keys page by page, each once', async () => {
    const keys = Array.from({ length: KEY_VALUE_LIMITS.BATCH + 10 }, (_, n) => `key-${n}`)
    await run('setMany', 'pages', keys.slice(0, KEY_VALUE_LIMITS.BATCH).map(pair))
    await run('setMany', 'pages', keys.slice(KEY_VALUE_LIMITS.BATCH).map(pair))
    expect(await run('keys', 'pages')).toEqual([2, keys])
    expect(await run('keys', 'nothing')).toEqual([1, []])
  })

  it('reads, writes and deletes many at once', async () => {
    await run('setMany', 'many', [pair('x'), pair('y')])
    const found = await run('getMany', 'many', ['x', 'none', 'y'])
    const none = suffix === '' ? undefined : ['none', undefined]
    expect(found).toEqual([pair('x'), none, pair('y')])
    await run('deleteMany', 'many', ['x', 'none'])
    expect(await run('keys', 'many')).toEqual([1, ['y']])
  })

  it('counts from nothing, and shows the number as text', async () => {
    expect(await run('increment', 'count', 'n', 5n)).toBe(5n)
    expect(await run('increment', 'count', 'n', 37n)).toBe(42n)
    expect(await run('get', 'count', 'n')).toEqual(bytes('42'))
  })

  it('loses no increment of calls that run at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => run('increment', 'count', 'race', 1n)))
    expect(await run('increment', 'count', 'race', 0n)).toBe(20n)
  })

  it('does not count what is no number, nor beyond its type', async () => {
    await run('set', 'count', 'word', bytes('seven'))
    expect(await run('increment', 'count', 'word', 1n)).toMatch(/^other: .*decimal/)
    const most = suffix === '' ? 2n ** 64n - 1n : 2n ** 63n - 1n
    await run('increment', 'count', 'most', most)
    expect(await run('increment', 'count', 'most', 1n)).toMatch(/^other: .*fit/)
    expect(await run('increment', 'count', 'most', 0n)).toBe(most)
  })
})

function pair(key: string): [string, Uint8Array] {
  return [key, bytes(`value of ${key}`)]
}

describe('compare and swap', () => {
  const call = shop('swapper')

  it('swaps when nobody was faster', async () => {
    expect(await call('swap', '', 'k', bytes('new'), undefined)).toEqual([undefined])
    expect(await call('swap', '', 'k', bytes('newer'), undefined)).toEqual([bytes('new')])
    expect(await call('get', '', 'k')).toEqual(bytes('newer'))
  })

  it('gives a fresh handle, with the value of who was faster', async () => {
    const seen = await call('swap', '', 'k', bytes('mine'), bytes('theirs'))
    expect(seen).toEqual([bytes('newer'), bytes('theirs')])
    expect(await call('get', '', 'k')).toEqual(bytes('mine'))
  })

  it('does not take the same value, written again, for the old one', async () => {
    const seen = await call('swap', '', 'k', bytes('last'), bytes('mine'))
    expect(seen).toEqual([bytes('mine'), bytes('mine')])
  })
})

describe('the bounds of a store', () => {
  it('refuses a value, a key and a bucket name that are too large', async () => {
    const call = shop('large')
    const value = new Uint8Array(KEY_VALUE_LIMITS.VALUE_BYTES + 1)
    expect(await call('set', '', 'k', value)).toMatch(/^other: .*too large/)
    expect(await call('set', '', 'k'.repeat(513), bytes(''))).toMatch(/^other: .*too large/)
    expect(await call('get', 'b'.repeat(129), 'k')).toMatch(/^other: .*too large/)
    expect(await call('set', '', 'k'.repeat(512), value.subarray(1))).toBeUndefined()
  })

  it('is full at its bytes, and takes more once something was deleted', async () => {
    const call = shop('full')
    const [accepted, why] = (await call('fill', '', 200, KEY_VALUE_LIMITS.VALUE_BYTES)) as [
      number,
      string,
    ]
    expect(accepted).toBe(127)
    expect(why).toBe('other: the store is full')
    expect(await call('set', '', 'k0', bytes('small'))).toBeUndefined()
    await call('delete', '', 'k1')
    expect(
      await call('set', '', 'again', new Uint8Array(KEY_VALUE_LIMITS.VALUE_BYTES)),
    ).toBeUndefined()
  })

  it('writes nothing of a batch that does not fit', async () => {
    const call = shop('batch')
    await call('fill', '', 126, KEY_VALUE_LIMITS.VALUE_BYTES)
    const value = new Uint8Array(KEY_VALUE_LIMITS.VALUE_BYTES)
    const pairs = ['x', 'y', 'z'].map((key) => [key, value])
    expect(await call('setMany', '', pairs)).toBe('other: the store is full')
    expect(await call('getMany', '', ['x', 'y', 'z'])).toEqual([undefined, undefined, undefined])
  })

  it('is full at its keys', async () => {
    const call = shop('keys')
    for (let at = 0; at < KEY_VALUE_LIMITS.KEYS; at += 250) {
      await call(
        'setMany',
        '',
        Array.from({ length: 250 }, (_, n) => [`${at + n}`, bytes('')]),
      )
    }
    expect(await call('set', '', 'one more', bytes(''))).toBe('other: the store is full')
    expect(await call('set', '', '17', bytes('overwritten'))).toBeUndefined()
  })

  it('knows no seventeenth bucket until another one is empty', async () => {
    const call = shop('buckets')
    for (let n = 0; n < KEY_VALUE_LIMITS.BUCKETS; n += 1) {
      await call('set', `b${n}`, 'k', bytes('v'))
    }
    expect(await call('set', 'b16', 'k', bytes('v'))).toBe('no-such-store')
    expect(await call('get', '', 'k')).toBeUndefined()
    await call('delete', 'b0', 'k')
    expect(await call('set', 'b16', 'k', bytes('v'))).toBeUndefined()
  })

  it('looks at few rows for a new key, however many there are beside it', async () => {
    await runInDurableObject(stubOf('many keys'), (_, { storage }) => {
      const cursors: { rowsRead: number }[] = []
      const exec = (query: string, ...values: SqlStorageValue[]) => {
        const cursor = storage.sql.exec(query, ...values)
        cursors.push(cursor)
        return cursor
      }
      const counted = {
        transactionSync: <T>(work: () => T) => storage.transactionSync(work),
        sql: { exec },
      }
      const entries = new KeyValueEntries(counted as unknown as DurableObjectStorage)
      const keys = (n: number) => Array.from({ length: 500 }, (_key, i) => `${n} ${i}`)
      const set = (bucket: string, names: readonly string[]) => {
        cursors.length = 0
        const operation = { op: 'set', bucket, entries: names.map((key) => [key, bytes('')]) }
        expect(entries.run('s', operation as KeyValueOperation).ok).toBe(true)
        return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
      }
      const buckets = Array.from({ length: KEY_VALUE_LIMITS.BUCKETS }, (_bucket, n) => `b${n}`)
      for (const [n, bucket] of ['default', ...buckets].entries()) set(bucket, keys(n))
      // Its own bucket, and one that comes again: a look at each of the others.
      expect(set('b1', ['new'])).toBeLessThan(20)
      expect(entries.run('s', { op: 'delete', bucket: 'b1', keys: ['new', ...keys(2)] }).ok).toBe(
        true,
      )
      expect(set('b1', ['new'])).toBeLessThan(120)
    })
  })

  it('ends at its operations for one call, not for the next', async () => {
    const call = shop('busy')
    const [accepted, why] = (await call('fill', '', 2_000, 1)) as [number, string]
    expect(accepted).toBe(CALL_LIMITS.keyValueOperations - 1)
    expect(why).toBe('other: too many operations in one call')
    expect(await call('exists', '', 'k0')).toBe(true)
  })
})

describe('who sees a store', () => {
  it('is one person, and one source', async () => {
    const [ada, bob] = [shop('ada'), shop('bob')]
    const other = shop('ada', 'upload:other')
    await ada('set', '', 'k', bytes('hers'))
    expect(await bob('get', '', 'k')).toBeUndefined()
    expect(await other('get', '', 'k')).toBeUndefined()
    expect(await ada('get', '', 'k')).toEqual(bytes('hers'))
  })

  it('is still there when its object was evicted', async () => {
    const call = shop('evicted')
    await call('set', '', 'k', bytes('kept'))
    await evictDurableObject(stubOf('evicted'))
    expect(await call('get', '', 'k')).toEqual(bytes('kept'))
  })

  it('is nobody once the component is unloaded, not even the same one loaded again', async () => {
    const call = shop('leaver')
    await call('set', '', 'k', bytes('v'))
    const [view] = await account('leaver').components()
    await account('leaver').uninstall(view?.install.component ?? '', AT)
    expect(await call('get', '', 'k')).toBe('access-denied')
    const again = shop('leaver')
    expect(await again('get', '', 'k')).toBeUndefined()
    // Whoever was unloaded stays out, and brings nothing of what was forgotten.
    expect(await call('set', '', 'k', bytes('v'))).toBe('access-denied')
    await evictDurableObject(stubOf('leaver'))
    expect(await call('get', '', 'k')).toBe('access-denied')
    expect(await again('get', '', 'k')).toBeUndefined()
  })

  it('is a call of the version that is loaded, however often that is loaded', async () => {
    const old = shop('updater')
    await old('set', '', 'k', bytes('kept'))
    await install('updater', 'upload:shop')
    expect(await old('get', '', 'k')).toEqual(bytes('kept'))
    const next = await install('updater', 'upload:shop', OTHER)
    expect(await old('get', '', 'k')).toBe('access-denied')
    expect(await old('set', '', 'k', bytes('spoilt'))).toBe('access-denied')
    const found = account('updater').keyValue(next, { op: 'get', bucket: 'default', keys: ['k'] })
    expect(await found).toMatchObject({
      value: { values: [{ value: bytes('kept') }] },
    })
  })

  it('is nobody after the call: a capability that was kept is spent', async () => {
    const meter = new CallMeter(CALL_LIMITS)
    const entries = new KeyValue(async () => ({ ok: true, value: { tag: 'done' } }), meter)
    entries[Symbol.dispose]()
    expect(await entries.run({ op: 'open', bucket: '' })).toMatchObject({ ok: false })
  })

  it('is given to components that import it, and to no other', () => {
    expect(authorityWith(imports).keyValue).toBe(true)
    expect(authorityWith(['wasi:cli/exit@0.2.0']).keyValue).toBe(false)
  })

  it('has its bound from the call, whose outcome that is', async () => {
    const meter = new CallMeter({ ...CALL_LIMITS, keyValueOperations: 1 })
    const entries = new KeyValue(async () => ({ ok: true, value: { tag: 'done' } }), meter)
    expect(await entries.run({ op: 'open', bucket: '' })).toMatchObject({ ok: true })
    expect(meter.bound).toBeNull()
    expect(await entries.run({ op: 'open', bucket: '' })).toEqual({
      ok: false,
      error: 'too-many-operations',
    })
    expect(meter.bound).toBe('keyvalue-operations')
  })

  it('tells nothing of a failure of ours', async () => {
    const meter = new CallMeter(CALL_LIMITS)
    const entries = new KeyValue(() => Promise.reject(new Error('secret detail')), meter)
    expect(await entries.run({ op: 'open', bucket: '' })).toEqual({ ok: false, error: 'internal' })
  })

  const entries = vi.fn<KeyValueStore>(async () => ({ ok: true, value: { tag: 'done' } }))
  const standing: Standing = {
    renew: async () => null,
    claim: async () => null,
    bring: async () => ({ ok: true, value: { has: [], permitted: false } }),
  }
  const issued = (given: Standing, now: () => number = Date.now) =>
    issueCapabilities(
      { ...authority(), keyValue: true },
      {
        upstreams: new Map(),
        entries,
        drive: () => {
          throw new Error('none')
        },
        conversation: { notify: null, abilities: [], answers: [] },
        digest: async (text) => text,
        standing: given,
        secrets: noSecrets(),
        labels: { has: [], declared: [], keyValue: ['private'] },
        now,
        askedAt: now(),
      },
    )
  const operation = { op: 'increment', bucket: '', key: 'k', delta: 1n, type: 'u64' }

  it('is nobody who may do nothing any more', async () => {
    entries.mockClear()
    let at = AT
    const held = issued(standing, () => at)
    expect(await held.guest.keyValue?.run(operation)).toMatchObject({ ok: true })
    at += LEASE_MS
    expect(await held.guest.keyValue?.run(operation)).toEqual({ ok: false, error: 'access-denied' })
    expect(entries).toHaveBeenCalledOnce()
  })

  it('does nothing after the call that an operation has waited for', async () => {
    entries.mockClear()
    const bringing = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const held = issued({
      ...standing,
      bring: async () => {
        asked.resolve()
        await bringing.promise
        return { ok: true, value: { has: [], permitted: false } }
      },
    })
    const running = held.guest.keyValue?.run(operation)
    await asked.promise
    held[Symbol.dispose]()
    bringing.resolve()
    expect(await running).toEqual({ ok: false, error: 'access-denied' })
    expect(entries).not.toHaveBeenCalled()
  })
})
