// One open file of one call: an image of it as it was opened, and what the call has written since. Nothing
// reaches the drive before `commit`, which replaces the whole file at once: it is old or new, never torn.

import { DRIVE_BOUNDS } from '../drive/schema.ts'
import type { Chunk, DriveError, FileCommit, FileImage, NodeStat } from '../drive/tree.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

const { chunkBytes, inlineBytes, fileBytes } = DRIVE_BOUNDS

/** Chunks held in memory that the drive does not have yet; beyond it the oldest is put into the store. */
const MAX_DIRTY_CHUNKS = 16

/** Where bodies of chunks are kept: R2, under keys that are never used twice. */
export interface ChunkStore {
  put(bytes: Uint8Array): Promise<string>
  get(blob: string): Promise<Uint8Array>
}

export class DriveFile {
  readonly #store: ChunkStore
  readonly #chunks: Map<number, Chunk>
  readonly #dirty = new Map<number, Uint8Array>()
  #stat: NodeStat
  #size: number
  #changed = false
  #lastRead: { readonly blob: string; readonly bytes: Uint8Array } | null = null

  constructor(image: FileImage, store: ChunkStore) {
    this.#stat = image.stat
    this.#size = image.stat.size
    this.#chunks = new Map(image.chunks)
    this.#store = store
  }

  get stat(): NodeStat {
    return { ...this.#stat, size: this.#size }
  }

  /** At most one chunk; an empty array at the end of the file. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const left = Math.max(0, this.#size - offset)
    const position = Math.floor(offset / chunkBytes)
    const within = offset - position * chunkBytes
    const result = new Uint8Array(Math.min(length, left, chunkBytes - within))
    const chunk = await this.#load(position)
    result.set(chunk.subarray(within, within + result.length))
    return result
  }

  async write(offset: number, bytes: Uint8Array): Promise<Result<null, DriveError>> {
    if (offset + bytes.byteLength > fileBytes) return err('file-too-large')
    for (let done = 0; done < bytes.byteLength;) {
      const at = offset + done
      const position = Math.floor(at / chunkBytes)
      const within = at - position * chunkBytes
      const piece = bytes.subarray(done, done + chunkBytes - within)
      const end = within + piece.byteLength
      const old = piece.byteLength === chunkBytes ? NOTHING : await this.#load(position)
      const chunk = new Uint8Array(Math.max(old.byteLength, end))
      chunk.set(old)
      chunk.set(piece, within)
      await this.#keep(position, chunk)
      done += piece.byteLength
      this.#size = Math.max(this.#size, at + piece.byteLength)
    }
    this.#changed = true
    return ok(null)
  }

  async setSize(size: number): Promise<Result<null, DriveError>> {
    if (size > fileBytes) return err('file-too-large')
    if (size < this.#size) {
      const last = Math.floor(size / chunkBytes)
      const within = size - last * chunkBytes
      const cut = within === 0 ? NOTHING : (await this.#load(last)).slice(0, within)
      for (const position of [...this.#chunks.keys(), ...this.#dirty.keys()]) {
        if (position >= last) {
          this.#chunks.delete(position)
          this.#dirty.delete(position)
        }
      }
      if (cut.byteLength > 0) await this.#keep(last, cut)
    }
    this.#size = size
    this.#changed = true
    return ok(null)
  }

  /** What is to be committed, its bodies stored; `null` when nothing was written. */
  async prepare(): Promise<FileCommit | null> {
    if (!this.#changed) return null
    for (const position of [...this.#dirty.keys()]) await this.#settle(position)
    const chunks = [...this.#chunks].toSorted(([a], [b]) => a - b)
    return { node: this.#stat.id, size: this.#size, chunks }
  }

  committed(stat: NodeStat): void {
    this.#stat = stat
    this.#changed = false
  }

  async #load(position: number): Promise<Uint8Array> {
    const dirty = this.#dirty.get(position)
    if (dirty !== undefined) return dirty
    const chunk = this.#chunks.get(position)
    if (chunk === undefined) return NOTHING
    if ('data' in chunk) return chunk.data
    if (this.#lastRead?.blob !== chunk.blob) {
      this.#lastRead = { blob: chunk.blob, bytes: await this.#store.get(chunk.blob) }
    }
    return this.#lastRead.bytes
  }

  async #keep(position: number, chunk: Uint8Array): Promise<void> {
    this.#dirty.delete(position)
    this.#dirty.set(position, chunk)
    const oldest = this.#dirty.keys().next().value
    if (this.#dirty.size > MAX_DIRTY_CHUNKS && oldest !== undefined) await this.#settle(oldest)
  }

  async #settle(position: number): Promise<void> {
    const data = this.#dirty.get(position)
    if (data === undefined) return
    const bytes = data.byteLength
    const chunk =
      bytes <= inlineBytes ? { bytes, data } : { bytes, blob: await this.#store.put(data) }
    this.#chunks.set(position, chunk)
    this.#dirty.delete(position)
  }
}

const NOTHING = new Uint8Array(0)
