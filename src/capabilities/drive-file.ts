// One open file of one call: an image of it as it was opened, and what the call has written since. Nothing
// reaches the drive before `commit`, which replaces the whole file at once: it is old or new, never torn.

import { DRIVE_BOUNDS } from '../drive/schema.ts'
import type { Chunk, DriveError, FileCommit, FileImage, NodeStat } from '../drive/node.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

const { chunkBytes, inlineBytes, fileBytes } = DRIVE_BOUNDS

/** Where bodies of chunks are kept: R2, under keys that are never used twice. */
export interface ChunkStore {
  put(bytes: Uint8Array): Promise<string>
  get(blob: string): Promise<Uint8Array>
}

/** A chunk that the drive does not have yet, in a buffer that can take all of a chunk. */
interface DirtyChunk {
  readonly buffer: Uint8Array
  bytes: number
}

export class DriveFile {
  readonly #store: ChunkStore
  readonly #chunks: Map<number, Chunk>
  /** The one written last is last. */
  readonly #dirty = new Map<number, DirtyChunk>()
  #stat: NodeStat
  #size: number
  #changed = false
  /** Every change since `#stat` was an append. */
  #appendsOnly = true
  #lastRead: { readonly blob: string; readonly bytes: Uint8Array } | null = null

  constructor(image: FileImage, store: ChunkStore) {
    this.#stat = image.stat
    this.#size = image.stat.size
    this.#chunks = new Map(image.chunks)
    this.#store = store
  }

  /** As the call sees it: what it wrote is in it, saved or not. */
  get stat(): NodeStat {
    return { ...this.#stat, size: this.#size }
  }

  /** It has something that the drive does not have. */
  get isChanged(): boolean {
    return this.#changed
  }

  /** Chunks held in memory that the drive does not have yet. */
  get dirtyChunks(): number {
    return this.#dirty.size
  }

  /** At most one chunk; an empty array at the end of the file. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const left = Math.max(0, this.#size - offset)
    const position = Math.floor(offset / chunkBytes)
    const within = offset - position * chunkBytes
    const result = new Uint8Array(Math.min(length, left, chunkBytes - within))
    if (result.length === 0) return result
    const chunk = await this.#load(position)
    result.set(chunk.subarray(within, within + result.length))
    return result
  }

  /** Answers with the offset behind what was written. `offset` null appends. */
  async write(
    offset: number | null,
    bytes: Uint8Array,
    at: number,
  ): Promise<Result<number, DriveError>> {
    const start = offset ?? this.#size
    const end = start + bytes.byteLength
    if (end > fileBytes) return err('file-too-large')
    // Before anything can fail: what may be half written counts as changed, and is told when it is not saved.
    if (bytes.byteLength > 0) this.#touch(at, offset === null)
    for (let done = start; done < end;) {
      const position = Math.floor(done / chunkBytes)
      const within = done - position * chunkBytes
      const piece = bytes.subarray(done - start, done - start + chunkBytes - within)
      const chunk = await this.#dirtied(position, piece.byteLength)
      chunk.buffer.set(piece, within)
      chunk.bytes = Math.max(chunk.bytes, within + piece.byteLength)
      done += piece.byteLength
      this.#size = Math.max(this.#size, done)
    }
    return ok(end)
  }

  async setSize(size: number, at: number): Promise<Result<null, DriveError>> {
    if (size > fileBytes) return err('file-too-large')
    this.#touch(at, false)
    if (size < this.#size) {
      const last = Math.floor(size / chunkBytes)
      const within = size - last * chunkBytes
      for (const position of new Set([...this.#chunks.keys(), ...this.#dirty.keys()])) {
        if (position > last || (position === last && within === 0)) {
          this.#chunks.delete(position)
          this.#dirty.delete(position)
        }
      }
      if (this.#chunks.has(last) || this.#dirty.has(last)) {
        const cut = await this.#dirtied(last, 0)
        // What was cut off must not come back when the file grows.
        cut.buffer.fill(0, within)
        cut.bytes = Math.min(cut.bytes, within)
      }
    }
    this.#size = size
    return ok(null)
  }

  /** Puts the chunk that was written to least recently into the store. */
  async settleOldest(): Promise<void> {
    const [oldest] = this.#dirty.keys()
    if (oldest !== undefined) await this.#settle(oldest, false)
  }

  /** What is to be committed, its bodies stored; `null` when nothing was written. */
  async prepare(): Promise<FileCommit | null> {
    if (!this.#changed) return null
    const last = Math.ceil(this.#size / chunkBytes) - 1
    for (const position of [...this.#dirty.keys()]) await this.#settle(position, position === last)
    for (const [position, chunk] of this.#chunks) {
      if ('blob' in chunk || position === last) continue
      this.#chunks.set(position, { bytes: chunk.bytes, blob: await this.#store.put(chunk.data) })
    }
    return {
      node: this.#stat.id,
      base: this.#appendsOnly ? this.#stat.version : null,
      size: this.#size,
      chunks: [...this.#chunks].toSorted(([a], [b]) => a - b),
    }
  }

  /** The drive has it now. */
  committed(stat: NodeStat): void {
    this.#stat = stat
    this.#changed = false
    this.#appendsOnly = true
  }

  /**
   * Another call has changed the file while this one only appended to it: what was appended here goes
   * behind what is there now.
   */
  async rebase(image: FileImage, at: number): Promise<Result<null, DriveError>> {
    const mine = new DriveFile({ stat: this.stat, chunks: new Map(this.#chunks) }, this.#store)
    for (const [position, chunk] of this.#dirty) mine.#dirty.set(position, chunk)
    let from = this.#stat.size
    const end = this.#size
    this.#dirty.clear()
    this.#chunks.clear()
    for (const [position, chunk] of image.chunks) this.#chunks.set(position, chunk)
    this.#stat = image.stat
    this.#size = image.stat.size
    this.#appendsOnly = true
    while (from < end) {
      const piece = await mine.read(from, chunkBytes)
      const written = await this.write(null, piece, at)
      if (!written.ok) return written
      from += piece.byteLength
      while (this.#dirty.size > 1) await this.settleOldest()
    }
    return ok(null)
  }

  /** Gone from the drive, and with it what was written to it: as an unlinked file elsewhere. */
  forget(): void {
    this.#changed = false
  }

  #touch(at: number, isAppend: boolean): void {
    this.#changed = true
    this.#appendsOnly &&= isAppend
    this.#stat = { ...this.#stat, modifiedAt: at }
  }

  async #load(position: number): Promise<Uint8Array> {
    const dirty = this.#dirty.get(position)
    if (dirty !== undefined) return dirty.buffer.subarray(0, dirty.bytes)
    const chunk = this.#chunks.get(position)
    if (chunk === undefined) return NOTHING
    if ('data' in chunk) return chunk.data
    if (this.#lastRead?.blob !== chunk.blob) {
      this.#lastRead = { blob: chunk.blob, bytes: await this.#store.get(chunk.blob) }
    }
    return this.#lastRead.bytes
  }

  /** The chunk at `position` to be written to; all of it when `bytes` are a whole chunk. */
  async #dirtied(position: number, bytes: number): Promise<DirtyChunk> {
    const there = this.#dirty.get(position)
    if (there === undefined) {
      const old = bytes === chunkBytes ? NOTHING : await this.#load(position)
      const buffer = new Uint8Array(chunkBytes)
      buffer.set(old)
      const chunk = { buffer, bytes: old.byteLength }
      this.#dirty.set(position, chunk)
      return chunk
    }
    this.#dirty.delete(position)
    this.#dirty.set(position, there)
    return there
  }

  async #settle(position: number, mayInline: boolean): Promise<void> {
    const dirty = this.#dirty.get(position)
    if (dirty === undefined) return
    const { bytes } = dirty
    // A copy: what crosses is a whole buffer, whatever is looked at of it.
    const data = dirty.buffer.slice(0, bytes)
    const inline = mayInline && bytes <= inlineBytes
    this.#chunks.set(
      position,
      inline ? { bytes, data } : { bytes, blob: await this.#store.put(data) },
    )
    this.#dirty.delete(position)
  }
}

const NOTHING = new Uint8Array(0)
