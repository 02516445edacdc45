// What the host holds of a file that is larger than it may hold, while a guest reads and writes all of it.

import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DriveFile } from '../../src/capabilities/drive-file.ts'
import type { ChunkStore } from '../../src/capabilities/drive-file.ts'
import type { DriveVerbs } from '../../src/capabilities/drive.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { MAX_DIRTY_CHUNKS } from '../../src/capabilities/open-files.ts'
import { DRIVE_BOUNDS } from '../../src/drive/schema.ts'
import type { DrivePath } from '../../src/policy/drive-path.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { answerOf, chunksOf, openIo } from './support/io.ts'

const { chunkBytes } = DRIVE_BOUNDS
const BYTES = 50 * 1024 * 1024
const SEED = 5

let guest: GuestStub
beforeAll(async () => {
  guest = await openIo()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** Counts what a call fetches and stores, and what of that is not yet, or no longer, on its way. */
class CountingStore implements ChunkStore {
  readonly #store: ChunkStore
  readonly #meter: CallMeter
  fetched = 0
  stored = 0
  fetches = 0
  /** Most bytes fetched that the guest had not read, and written that were not stored. */
  mostAhead = 0
  mostBehind = 0

  constructor(person: string, meter: CallMeter) {
    this.#store = chunksOf(person)
    this.#meter = meter
  }

  async put(bytes: Uint8Array): Promise<string> {
    this.mostBehind = Math.max(this.mostBehind, this.#passed('bytesOut') - this.stored)
    this.stored += bytes.byteLength
    return await this.#store.put(bytes)
  }

  async get(blob: string): Promise<Uint8Array> {
    const bytes = await this.#store.get(blob)
    this.fetches += 1
    this.fetched += bytes.byteLength
    this.mostAhead = Math.max(this.mostAhead, this.fetched - this.#passed('bytesIn'))
    return bytes
  }

  #passed(way: 'bytesIn' | 'bytesOut'): number {
    return this.#meter.hostCalls.reduce((sum, call) => sum + call[way], 0)
  }
}

/** Most chunks that files held at a time which the drive did not have. */
function watchDirtyChunks(): () => number {
  const files = new Set<DriveFile>()
  let most = 0
  const { write } = DriveFile.prototype
  vi.spyOn(DriveFile.prototype, 'write').mockImplementation(async function (
    this: DriveFile,
    ...args
  ) {
    const written = await write.apply(this, args)
    files.add(this)
    most = Math.max(
      most,
      [...files].reduce((sum, { dirtyChunks }) => sum + dirtyChunks, 0),
    )
    return written
  })
  return () => most
}

async function run(person: string, name: string, args: unknown[]) {
  const meter = new CallMeter(CALL_LIMITS)
  const store = new CountingStore(person, meter)
  const { value, unsaved } = await answerOf({ guest, person, name, args, meter, store })
  expect(unsaved).toBeNull()
  return { value, store }
}

/** Of what the drive has, chunk by chunk, with nothing of a call in between. */
async function digestOnDrive(person: string, path: string): Promise<string> {
  const drive = env.DRIVE.getByName(person) as unknown as DriveVerbs
  const how = { create: false, exclusive: false, toWrite: false }
  const image = await drive.open(path as DrivePath, how, Date.now())
  if (!image.ok) throw new Error(image.error)
  const digest = new crypto.DigestStream('SHA-256')
  const writer = digest.getWriter()
  for (const [, chunk] of image.value.chunks) {
    await writer.write('blob' in chunk ? await chunksOf(person).get(chunk.blob) : chunk.data)
  }
  await writer.close()
  return new Uint8Array(await digest.digest).toHex()
}

/** Of the bytes that `fill` of the fixture writes (`pattern.rs`). */
async function digestOfPattern(bytes: number, seed: number): Promise<string> {
  const digest = new crypto.DigestStream('SHA-256')
  const writer = digest.getWriter()
  let state = seed | 1
  for (let left = bytes; left > 0;) {
    const piece = new Uint8Array(Math.min(left, 1024 * 1024))
    for (let n = 0; n < piece.length; n += 1) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      piece[n] = state
    }
    await writer.write(piece)
    left -= piece.length
  }
  await writer.close()
  return new Uint8Array(await digest.digest).toHex()
}

describe('a file of 50 MB', () => {
  it('is written, and copied, while no more of it is held than sixteen chunks and one', async () => {
    const person = 'large-file'
    const dirtyChunks = watchDirtyChunks()

    const filled = await run(person, 'fill', ['from', BYTES, SEED])
    expect(filled.store).toMatchObject({ stored: BYTES, fetched: 0 })

    const copied = await run(person, 'copyFile', ['from', 'to'])
    expect(copied.value).toBe(BigInt(BYTES))
    // Each chunk once, when the guest had read all before it.
    expect(copied.store).toMatchObject({ stored: BYTES, fetched: BYTES, mostAhead: chunkBytes })
    expect(copied.store.fetches).toBe(BYTES / chunkBytes)

    expect(dirtyChunks()).toBe(MAX_DIRTY_CHUNKS + 1)
    for (const { store } of [filled, copied]) {
      expect(store.mostBehind).toBeGreaterThan(chunkBytes)
      expect(store.mostBehind).toBeLessThanOrEqual((MAX_DIRTY_CHUNKS + 1) * chunkBytes)
    }

    const digest = await digestOfPattern(BYTES, SEED)
    expect(await digestOnDrive(person, '/from')).toBe(digest)
    expect(await digestOnDrive(person, '/to')).toBe(digest)
  }, 240_000)
})

describe('a file that is read', () => {
  it('is held by one chunk: what was read before it is fetched again', async () => {
    const person = 'large-file-read'
    await run(person, 'fill', ['f', 3 * chunkBytes, SEED])
    const read = (positions: number[]) =>
      run(person, 'files', [
        ['open|0|f||read', ...positions.map((n) => `read|1|${n * chunkBytes + 9}|1`)],
      ])
    expect((await read([0, 0, 0])).store.fetches).toBe(1)
    expect((await read([0, 1, 0, 1, 2, 0])).store.fetches).toBe(6)
  })
})
