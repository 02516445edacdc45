import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChunkStore } from '../../src/capabilities/drive-file.ts'
import type { DriveVerbs } from '../../src/capabilities/drive.ts'
import { DriveAccess } from '../../src/capabilities/drive.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { newBlob } from '../../src/drive/blobs.ts'
import { DRIVE_BOUNDS, GARBAGE_MS, LEFTOVER_MS } from '../../src/drive/schema.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { parseStorageRule } from '../../src/policy/storage-rule.ts'
import { Pending } from '../../src/sandbox/pending.ts'
import { Rebound } from '../../src/sandbox/rebound.ts'
import type { Descriptor } from '../../src/sandbox/wasi/descriptor.ts'
import { preopened } from '../../src/sandbox/wasi/filesystem.ts'
import { NONE } from './support/guest.ts'
import { lasting } from './support/lease.ts'

const ALL = ['fs:///']
const READ = {
  create: false,
  exclusive: false,
  truncate: false,
  directory: false,
  read: true,
  write: false,
}
const WRITE = { ...READ, write: true, create: true }
const TRUNCATE = { ...WRITE, truncate: true }
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytes = (content: string) => new TextEncoder().encode(content)

let person = ''
let people = 0

beforeEach(() => {
  people += 1
  person = `drive-${people}`
})

const stub = () => env.DRIVE.getByName(person)

const store: ChunkStore = {
  async put(content) {
    const blob = newBlob(person)
    await env.STORE.put(blob, content)
    return blob
  },
  async get(blob) {
    const object = await env.STORE.get(blob)
    if (object === null) throw new Error('missing')
    return new Uint8Array(await object.arrayBuffer())
  },
}

function access(uris: string[] = ALL, kinds = ['read', 'write'], chunks: ChunkStore = store) {
  const meter = new CallMeter(CALL_LIMITS)
  const allow = uris.flatMap((uri) => {
    const rule = parseStorageRule(uri, kinds)
    return rule.ok ? [rule.value] : []
  })
  const drive = new DriveAccess({
    drive: stub() as unknown as DriveVerbs,
    store: chunks,
    lease: lasting({ storage: { layers: [layerOf('grants', allow)] } }),
    meter,
  })
  return { drive, meter }
}

async function put(path: string, content: Uint8Array): Promise<void> {
  const { drive } = access()
  const handle = await open(drive, path, TRUNCATE)
  for (let at = 0; at < content.byteLength; at += 200_000) {
    expect((await drive.write(handle, at, content.subarray(at, at + 200_000))).ok).toBe(true)
  }
  expect(await drive.close(handle)).toEqual({ ok: true, value: null })
}

async function open(drive: DriveAccess, path: string, request: object): Promise<number> {
  const opened = await drive.open(path, request)
  if (!opened.ok || opened.value.handle === null) throw new Error(JSON.stringify(opened))
  return opened.value.handle
}

async function get(path: string): Promise<Uint8Array> {
  const { drive } = access()
  const handle = await open(drive, path, READ)
  const parts: Uint8Array[] = []
  for (let at = 0; ;) {
    const read = await drive.read(handle, at, 150_000)
    if (!read.ok) throw new Error(read.error)
    if (read.value.byteLength === 0) break
    parts.push(read.value)
    at += read.value.byteLength
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer())
}

function random(length: number): Uint8Array {
  const content = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536)
    crypto.getRandomValues(content.subarray(at, at + 65_536))
  return content
}

/** The drive's alarm, as if it rang at `now` and its time had come. */
async function sweepAt(now: number): Promise<void> {
  await runInDurableObject(stub(), (_, state) => {
    state.storage.sql.exec('UPDATE sweep SET due_at = 0')
  })
  vi.setSystemTime(now)
  try {
    expect(await runDurableObjectAlarm(stub())).toBe(true)
  } finally {
    vi.useRealTimers()
  }
}

async function blobs(): Promise<number> {
  return (await env.STORE.list({ prefix: `drive/${person}/`, delimiter: '/' })).objects.length
}

describe('a file', () => {
  it.each([0, 1, 16_384, 16_385, 262_144, 262_145, 1_000_003])(
    'of %i bytes reads back as it was written, also after an eviction',
    async (length) => {
      const content = random(length)
      await put('f', content)
      await evictDurableObject(stub())
      expect(await get('f')).toEqual(content)
    },
  )

  it('takes writes anywhere, and reads zeroes where nothing was written', async () => {
    const { drive } = access()
    const handle = await open(drive, 'f', WRITE)
    await drive.write(handle, 300_000, bytes('end'))
    await drive.write(handle, 2, bytes('start'))
    await drive.close(handle)
    const content = await get('f')
    expect(content.byteLength).toBe(300_003)
    expect(text(content.subarray(0, 7))).toBe('\0\0start')
    expect(content.subarray(7, 300_000).every((byte) => byte === 0)).toBe(true)
    expect(text(content.subarray(300_000))).toBe('end')
  })

  it('shrinks, and what was cut off does not come back when it grows', async () => {
    await put('f', bytes('0123456789'))
    const { drive } = access()
    const handle = await open(drive, 'f', WRITE)
    await drive.setSize(handle, 4)
    await drive.setSize(handle, 8)
    await drive.close(handle)
    expect(text(await get('f'))).toBe('0123\0\0\0\0')
  })

  it('appends behind its end', async () => {
    await put('f', bytes('one'))
    const { drive } = access()
    const handle = await open(drive, 'f', WRITE)
    expect(await drive.write(handle, null, bytes('two'))).toEqual({ ok: true, value: 6 })
    await drive.close(handle)
    expect(text(await get('f'))).toBe('onetwo')
  })

  it('is as it was until the writer saves, and then wholly new', async () => {
    await put('f', random(600_000))
    const before = await get('f')
    const { drive } = access()
    const handle = await open(drive, 'f', WRITE)
    for (let at = 0; at < 600_000; at += 100_000) await drive.write(handle, at, random(100_000))
    expect(await get('f')).toEqual(before)
    expect(await drive.save()).toBeNull()
    expect(await get('f')).not.toEqual(before)
  })

  it('stays as it was when a call ends without saving', async () => {
    await put('f', bytes('old'))
    const { drive } = access()
    await drive.write(await open(drive, 'f', TRUNCATE), 0, bytes('new'))
    drive[Symbol.dispose]()
    expect(text(await get('f'))).toBe('old')
  })

  it('is one writer’s or the other’s when two write it at once, never a mixture', async () => {
    await put('f', new Uint8Array(700_000))
    const writers = [access().drive, access().drive]
    const handles = await Promise.all(writers.map((drive) => open(drive, 'f', TRUNCATE)))
    await Promise.all(
      writers.map(async (drive, n) => {
        for (let at = 0; at < 700_000; at += 100_000) {
          await drive.write(handles[n], at, new Uint8Array(100_000).fill(n + 1))
        }
        await drive.close(handles[n])
      }),
    )
    expect(new Set(await get('f')).size).toBe(1)
  })

  it('is seen by its own call as it was written', async () => {
    const { drive } = access()
    const writing = await open(drive, 'f', TRUNCATE)
    await drive.write(writing, 0, bytes('mine'))
    const reading = await open(drive, 'f', READ)
    const read = await drive.read(reading, 0, 10)
    expect(read.ok && text(read.value)).toBe('mine')
    expect(await drive.stat('f')).toMatchObject({ ok: true, value: { size: 4 } })
  })

  it('gives up the bodies it no longer needs, after a while', async () => {
    await put('f', random(500_000))
    await put('f', random(500_000))
    expect(await blobs()).toBe(4)
    await runInDurableObject(stub(), (_, state) => {
      const past = Date.now() - 2 * GARBAGE_MS
      state.storage.sql.exec('UPDATE garbage SET since = ?1', past)
    })
    await runDurableObjectAlarm(stub())
    expect(await blobs()).toBe(2)
    expect((await get('f')).byteLength).toBe(500_000)
  })

  it('holds at most sixteen chunks that the store does not have, however many it writes', async () => {
    let stored = 0
    const counting: ChunkStore = {
      ...store,
      put: (content) => {
        stored += content.byteLength
        return store.put(content)
      },
    }
    const { drive } = access(ALL, ['read', 'write'], counting)
    const handles = [await open(drive, 'a', WRITE), await open(drive, 'b', WRITE)]
    const { chunkBytes } = DRIVE_BOUNDS
    let written = 0
    let most = 0
    for (let n = 0; n < 40; n += 1) {
      for (const handle of handles) {
        await drive.write(handle, n * chunkBytes, new Uint8Array(chunkBytes).fill(n))
        written += chunkBytes
        most = Math.max(most, written - stored)
      }
    }
    expect(most).toBe(16 * chunkBytes)
    for (const handle of handles) await drive.close(handle)
    expect(stored).toBe(written)
    expect((await get('b')).byteLength).toBe(40 * chunkBytes)
  })

  it('grows by what each of two calls appends, whoever saves first', async () => {
    await put('log', bytes('start\n'))
    const calls = [access().drive, access().drive, access().drive]
    const handles = await Promise.all(
      calls.map((drive) => open(drive, 'log', { ...READ, write: true })),
    )
    await Promise.all(
      calls.map(async (drive, n) => {
        for (const part of ['one', 'two']) {
          await drive.write(handles[n], null, bytes(`${part} of ${n}\n`))
        }
      }),
    )
    await Promise.all(calls.map((drive, n) => drive.close(handles[n])))
    const lines = text(await get('log')).split('\n')
    expect(lines[0]).toBe('start')
    // Each call's lines are together and in order.
    for (const n of [0, 1, 2]) {
      const at = lines.indexOf(`one of ${n}`)
      expect(lines[at + 1]).toBe(`two of ${n}`)
    }
    expect(lines).toHaveLength(8)
  })

  it('grows by megabytes that two calls append at once', async () => {
    const mine = [random(700_001), random(900_003)]
    await put('f', random(300_000))
    const before = await get('f')
    const calls = [access().drive, access().drive]
    const handles = await Promise.all(
      calls.map((drive) => open(drive, 'f', { ...READ, write: true })),
    )
    for (const [n, drive] of calls.entries()) {
      const all = mine[n] ?? new Uint8Array()
      for (let at = 0; at < all.byteLength; at += 200_000) {
        await drive.write(handles[n], null, all.subarray(at, at + 200_000))
      }
    }
    for (const [n, drive] of calls.entries()) {
      expect(await drive.sync(handles[n])).toEqual({ ok: true, value: null })
    }
    const after = await get('f')
    expect(after.subarray(0, 300_000)).toEqual(before)
    expect(after.subarray(300_000, 1_000_001)).toEqual(mine[0])
    expect(after.subarray(1_000_001)).toEqual(mine[1])
    // The second goes on from what it has become.
    await calls[1]?.write(handles[1], null, bytes('end'))
    await calls[1]?.close(handles[1])
    expect(text((await get('f')).subarray(-3))).toBe('end')
  })

  it('is wholly the last overwriting call’s, also when another appended meanwhile', async () => {
    await put('f', bytes('old'))
    const [overwriting, appending] = [access().drive, access().drive]
    const over = await open(overwriting, 'f', TRUNCATE)
    await overwriting.write(over, 0, bytes('new'))
    const append = await open(appending, 'f', { ...READ, write: true })
    await appending.write(append, null, bytes(' and more'))
    await appending.close(append)
    expect(text(await get('f'))).toBe('old and more')
    await overwriting.close(over)
    expect(text(await get('f'))).toBe('new')
  })

  it('loses chunks that a call stored and never committed, after an hour', async () => {
    await put('kept', random(500_000))
    const { drive } = access()
    const handle = await open(drive, 'f', WRITE)
    for (let n = 0; n < 20; n += 1) await drive.write(handle, n * 262_144, random(262_144))
    drive[Symbol.dispose]()
    expect(await blobs()).toBe(2 + 4)
    await env.STORE.put(`drive/${person}/other/x`, 'of somebody else')

    // Nobody has looked yet, and what is young stays: a call may be about to name it.
    await sweepAt(Date.now())
    expect(await blobs()).toBe(2 + 4)
    await sweepAt(Date.now() + LEFTOVER_MS + 1_000)
    expect(await blobs()).toBe(2)
    expect((await get('kept')).byteLength).toBe(500_000)
    expect(await env.STORE.head(`drive/${person}/other/x`)).not.toBeNull()
  })

  it('is looked after again when its drive stops in the middle of that', async () => {
    await access().drive.open('kept', WRITE)
    await store.put(bytes('left'))
    const began = Promise.withResolvers<void>()
    const hanging = {
      list: async () => {
        began.resolve()
        return await new Promise<never>(() => {})
      },
    }
    await runInDurableObject(stub(), async (drive, state) => {
      state.storage.sql.exec('UPDATE sweep SET due_at = 0')
      Object.defineProperty(drive, 'env', { value: { STORE: hanging } })
      void drive.alarm()
      await began.promise
    })
    await evictDurableObject(stub())
    await runInDurableObject(stub(), (_, state) => {
      const [due] = state.storage.sql.exec('SELECT due_at FROM sweep').toArray()
      expect(due?.['due_at']).toBeGreaterThan(Date.now() + LEFTOVER_MS)
    })
    await sweepAt(Date.now() + LEFTOVER_MS + 1_000)
    expect(await blobs()).toBe(0)
  })

  it('is looked after again for a call that opens one meanwhile', async () => {
    await access().drive.open('kept', WRITE)
    await runInDurableObject(stub(), async (drive, state) => {
      state.storage.sql.exec('UPDATE sweep SET due_at = 0')
      const lists = {
        list: async () => {
          await drive.open('/kept' as never, { create: false, exclusive: false, toWrite: true }, 1)
          return { objects: [], truncated: false }
        },
      }
      Object.defineProperty(drive, 'env', { value: { STORE: lists }, configurable: true })
      await drive.alarm()
      expect(state.storage.sql.exec('SELECT * FROM sweep').toArray()).toHaveLength(1)
      state.storage.sql.exec('UPDATE sweep SET due_at = 0')
      Object.defineProperty(drive, 'env', {
        value: { STORE: { list: async () => ({ objects: [], truncated: false }) } },
      })
      await drive.alarm()
      expect(state.storage.sql.exec('SELECT * FROM sweep').toArray()).toEqual([])
    })
  })

  it('is looked after when its drive was evicted, and more than one page of chunks is left', async () => {
    await put('kept', random(500_000))
    await access().drive.open('kept', WRITE)
    for (let n = 0; n < 1_050; n += 50) {
      await Promise.all(Array.from({ length: 50 }, () => store.put(bytes('left'))))
    }
    await evictDurableObject(stub())
    await sweepAt(Date.now() + LEFTOVER_MS + 1_000)
    expect((await env.STORE.list({ prefix: `drive/${person}/` })).objects).toHaveLength(2)
    expect((await get('kept')).byteLength).toBe(500_000)
  })

  it.each([
    ['written', (drive: DriveAccess, handle: number) => drive.write(handle, 5, bytes('new'))],
    ['cut', (drive: DriveAccess, handle: number) => drive.setSize(handle, 5)],
  ] as const)('is told to be unsaved when it could not be read to be %s', async (_, change) => {
    await put('f', random(200_000))
    const before = await get('f')
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const broken: ChunkStore = { ...store, get: () => Promise.reject(new Error('R2 is broken')) }
    const { drive } = access(ALL, ['read', 'write'], broken)
    const handle = await open(drive, 'f', { ...READ, write: true })
    expect(await change(drive, handle)).toEqual({ ok: false, error: 'io' })
    // As a guest lets go of it that reads no answer.
    await drive.close(handle)
    expect(await drive.save()).toBe('io')
    expect(await get('f')).toEqual(before)
  })

  it('is not saved in part when what was appended has no room behind another call’s', async () => {
    const stat = { id: 7, isDirectory: false, version: 1, createdAt: 0, modifiedAt: 0 }
    const image = (size: number, version: number) => ({
      ok: true,
      value: { stat: { ...stat, size, version }, chunks: new Map() },
    })
    const { chunkBytes, fileBytes } = DRIVE_BOUNDS
    const commits: { readonly base: number | null; readonly size: number }[] = []
    const tree = {
      open: async () => image(0, 1),
      openNode: async () => image(fileBytes - chunkBytes - 10, 2),
      commit: async (commit: (typeof commits)[number]) => {
        commits.push(commit)
        return commit.base === 1
          ? { ok: false, error: 'changed' }
          : { ok: true, value: { ...stat, size: commit.size, version: 3 } }
      },
    }
    const rule = parseStorageRule('fs:///', ['read', 'write'])
    const drive = new DriveAccess({
      drive: tree as unknown as DriveVerbs,
      store,
      lease: lasting({ storage: { layers: [layerOf('grants', rule.ok ? [rule.value] : [])] } }),
      meter: new CallMeter(CALL_LIMITS),
    })
    const handle = await open(drive, 'log', { ...READ, write: true })
    for (let n = 0; n < 2; n += 1) await drive.write(handle, null, new Uint8Array(chunkBytes))
    await drive.close(handle)
    expect(await drive.save()).toBe('file-too-large')
    expect(commits).toHaveLength(1)
  })

  it('may not be larger than a file may be', async () => {
    const { drive } = access()
    const handle = await open(drive, 'f', WRITE)
    expect(await drive.write(handle, DRIVE_BOUNDS.fileBytes, bytes('x'))).toEqual({
      ok: false,
      error: 'file-too-large',
    })
  })
})

describe('the tree', () => {
  it('makes, lists, moves and removes', async () => {
    const { drive } = access()
    expect((await drive.createDirectory('a')).ok).toBe(true)
    expect(await drive.createDirectory('a')).toEqual({ ok: false, error: 'exist' })
    expect(await drive.createDirectory('no/such')).toEqual({ ok: false, error: 'no-entry' })
    await put('a/f', bytes('x'))
    expect(await drive.rename('a/f', 'b')).toEqual({ ok: true, value: null })
    expect(await drive.list('', null)).toEqual({
      ok: true,
      value: {
        entries: [
          { name: 'a', isDirectory: true },
          { name: 'b', isDirectory: false },
        ],
        next: null,
      },
    })
    expect(await drive.remove('b', true)).toEqual({ ok: false, error: 'not-directory' })
    expect(await drive.remove('a', false)).toEqual({ ok: false, error: 'is-directory' })
    await put('a/g', bytes('x'))
    expect(await drive.remove('a', true)).toEqual({ ok: false, error: 'not-empty' })
    expect((await drive.remove('a/g', false)).ok).toBe(true)
    expect((await drive.remove('a', true)).ok).toBe(true)
  })

  it('does not move a directory into itself, nor the root', async () => {
    const { drive } = access()
    await drive.createDirectory('a')
    expect(await drive.rename('a', 'a/b')).toEqual({ ok: false, error: 'invalid' })
    expect((await drive.rename('', 'x')).ok).toBe(false)
    expect((await drive.remove('', true)).ok).toBe(false)
  })

  it('replaces a file by a file when it is moved onto it', async () => {
    await put('a', bytes('new'))
    await put('b', bytes('old'))
    expect((await access().drive.rename('a', 'b')).ok).toBe(true)
    expect(text(await get('b'))).toBe('new')
  })

  it('lists ten thousand files in pages', async () => {
    await runInDurableObject(stub(), (_, state) => {
      state.storage.transactionSync(() => {
        for (let n = 0; n < 10_000; n += 1) {
          state.storage.sql.exec(
            `INSERT INTO nodes (parent, name, is_directory, created_at, modified_at)
             VALUES (1, ?1, 0, 0, 0)`,
            `f${n}`,
          )
        }
      })
    })
    const { drive } = access()
    const names = new Set<string>()
    let pages = 0
    for (let after: string | null = null; ; pages += 1) {
      const page = await drive.list('', after)
      if (!page.ok) throw new Error(page.error)
      expect(page.value.entries.length).toBeLessThanOrEqual(DRIVE_BOUNDS.pageEntries)
      for (const { name } of page.value.entries) names.add(name)
      if (page.value.next === null) break
      after = page.value.next
    }
    expect(names.size).toBe(10_000)
    expect(pages).toBeGreaterThan(5)
  })
})

describe('DriveAccess', () => {
  it('refuses what was not granted, and says which grant would do', async () => {
    await put('secret', bytes('x'))
    const { drive, meter } = access([])
    expect(await drive.open('secret', READ)).toEqual({ ok: false, error: 'access' })
    expect(await drive.open('new', WRITE)).toEqual({ ok: false, error: 'access' })
    expect(await drive.list('', null)).toEqual({ ok: false, error: 'access' })
    expect(meter.denials).toMatchObject([
      { permission: 'storage', path: '/secret', access: 'read', rule: 'read fs://secret' },
      { permission: 'storage', path: '/new', access: 'write', rule: 'write fs://new' },
      { permission: 'storage', path: '/', access: 'read', rule: 'read fs:///' },
    ])
    expect((await access().drive.stat('new')).ok).toBe(false)
  })

  it('lets a component walk to what was granted without seeing what is beside it', async () => {
    const all = access().drive
    await all.createDirectory('a')
    await all.createDirectory('a/b')
    await put('a/b/c', bytes('x'))
    const { drive } = access(['fs://a/b'])
    expect((await drive.stat('a')).ok).toBe(true)
    expect((await drive.stat('a/b/c')).ok).toBe(true)
    expect(await drive.list('a', null)).toEqual({ ok: false, error: 'access' })
    expect((await drive.list('a/b', null)).ok).toBe(true)
  })

  it('does not let who may only write read', async () => {
    await put('log', bytes('secret'))
    const { drive } = access(ALL, ['write'])
    const handle = await open(drive, 'log', { ...WRITE, read: true })
    expect(await drive.read(handle, 0, 10)).toEqual({ ok: false, error: 'bad-descriptor' })
    expect((await drive.write(handle, null, bytes('more'))).ok).toBe(true)
  })

  it('judges both ends of a move', async () => {
    await put('mine', bytes('x'))
    const { drive } = access(['fs://mine'])
    expect(await drive.rename('mine', 'yours')).toEqual({ ok: false, error: 'access' })
  })

  it('moves what it was judged as: no directory that another call has put there meanwhile', async () => {
    const all = access().drive
    for (const path of ['x', 'x/d', 'y']) await all.createDirectory(path)
    await put('x/d/secret.md', bytes('secret'))
    await put('x/f', bytes('old'))
    const rules = [
      ...(['fs://x', 'fs://y'] as const).map((uri) => [uri, ['write']] as const),
      ['fs://y/**/*.md', ['read']] as const,
    ].map(([uri, kinds]) => {
      const rule = parseStorageRule(uri, kinds)
      if (!rule.ok) throw new Error(uri)
      return rule.value
    })
    const verbs = stub() as unknown as DriveVerbs
    const swapped = new Proxy(verbs, {
      get:
        (to, name: keyof DriveVerbs) =>
        async (...given: never[]) => {
          if (name === 'rename') {
            await all.rename('x/f', 'x/g')
            await all.rename('x/d', 'x/f')
          }
          return await (to[name] as (...given: never[]) => unknown)(...given)
        },
    })
    const drive = new DriveAccess({
      drive: swapped,
      store,
      lease: lasting({ storage: { layers: [layerOf('grants', rules)] } }),
      meter: new CallMeter(CALL_LIMITS),
    })
    const handle = await open(drive, 'x/f', WRITE)
    await drive.write(handle, 0, bytes('new'))
    expect(await drive.rename('x/f', 'y/f')).toEqual({ ok: false, error: 'is-directory' })
    expect((await drive.open('y/f/secret.md', READ)).ok).toBe(false)
    expect(await access().drive.list('y', null)).toMatchObject({ value: { entries: [] } })
    // What had been written is saved in the file, wherever that is now.
    expect(text(await get('x/g'))).toBe('new')
  })

  it.each(['../x', '/etc/passwd', 'a/../../x', 'a\0b', 'x/'.repeat(70)])(
    'does not take %j for a path',
    async (path) => {
      expect((await access().drive.stat(path)).ok).toBe(false)
    },
  )

  it('knows no handle of another call, and does nothing after its own call', async () => {
    await put('f', bytes('x'))
    const { drive } = access()
    const handle = await open(drive, 'f', READ)
    expect(await access().drive.read(handle, 0, 1)).toEqual({ ok: false, error: 'bad-descriptor' })
    drive[Symbol.dispose]()
    expect((await drive.stat('f')).ok).toBe(false)
  })

  it('knows no file that an instance keeps open from an earlier call, and takes it for no other', async () => {
    const first = access().drive
    const rebound = new Rebound({ ...NONE, drive: first })
    const root = preopened(rebound.faces.drive, new Pending())[0]?.[0] as Descriptor
    const create = (path: string) => root.openAt({}, path, { create: true }, WRITE)
    const kept = await create('a.txt')
    await kept.write(bytes('of a'), 0n)
    expect(await first.save()).toBe(null)
    first[Symbol.dispose]()

    const second = access().drive
    rebound.bind({ ...NONE, drive: second })
    const other = await create('b.txt')
    await other.write(bytes('of b'), 0n)
    await expect(kept.write(bytes('OF A'), 0n)).rejects.toBe('bad-descriptor')
    await expect(kept.read(4n, 0n)).rejects.toBe('bad-descriptor')
    await expect(kept.stat()).rejects.toBe('bad-descriptor')
    kept[Symbol.dispose]()
    await other.write(bytes(', more'), 4n)
    expect(await second.save()).toBe(null)
    expect(text(await get('a.txt'))).toBe('of a')
    expect(text(await get('b.txt'))).toBe('of b, more')
  })

  it('keeps the drives of two people apart', async () => {
    await put('f', bytes('x'))
    person = `${person}-other`
    expect(await access().drive.stat('f')).toEqual({ ok: false, error: 'no-entry' })
  })

  it('answers every kind of nonsense with an error', async () => {
    const { drive } = access()
    const handle = await open(drive, 'f', WRITE)
    expect((await drive.open('f', { read: 'yes' })).ok).toBe(false)
    expect((await drive.read(handle, -1, 5)).ok).toBe(false)
    expect((await drive.read(handle, 0.5, 5)).ok).toBe(false)
    expect((await drive.write(handle, 0, 'text')).ok).toBe(false)
    expect((await drive.setSize(handle, Number.NaN)).ok).toBe(false)
    expect((await drive.stat({ toString: () => 'f' })).ok).toBe(false)
  })
})
