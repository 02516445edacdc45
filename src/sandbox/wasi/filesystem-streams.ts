// The streams of wasi:filesystem over one open file: reading ahead by one piece, writing behind in order.

import type { DriveCode, DriveFace } from '../../capabilities/held.ts'
import { CLOSED, IoError } from './error.ts'
import type { ByteSink, ByteSource } from './streams.ts'
import { CHUNK_BYTES } from './streams.ts'

const NOTHING = new Uint8Array(0)
/** Bytes a guest may be ahead of the drive before `check-write` says zero. */
const WINDOW_BYTES = 8 * CHUNK_BYTES

/** What `filesystem-error-code` tells of a stream's error. */
export class FileError extends IoError {
  readonly code: DriveCode
  constructor(code: DriveCode) {
    super(code)
    this.code = code
  }
}

export class FileSource implements ByteSource {
  readonly #drive: DriveFace
  readonly #handle: number
  #offset: number
  #chunk: Uint8Array = NOTHING
  #state: 'open' | 'ended' | DriveCode = 'open'
  #filling: Promise<void> | undefined

  constructor(drive: DriveFace, handle: number, offset: number) {
    this.#drive = drive
    this.#handle = handle
    this.#offset = offset
  }

  take(length: number): Uint8Array {
    if (this.#chunk.byteLength === 0) {
      if (this.#state === 'ended') throw CLOSED
      if (this.#state !== 'open') throw failure(this.#state)
      void this.fill()
      return NOTHING
    }
    const bytes = this.#chunk.subarray(0, length)
    this.#chunk = this.#chunk.subarray(bytes.byteLength)
    return bytes
  }

  ready(): boolean {
    return this.#chunk.byteLength > 0 || this.#state !== 'open'
  }

  fill(): Promise<void> {
    if (this.ready()) return Promise.resolve()
    this.#filling ??= this.#read().finally(() => (this.#filling = undefined))
    return this.#filling
  }

  async #read(): Promise<void> {
    const read = await this.#drive.read(this.#handle, this.#offset, CHUNK_BYTES)
    if (!read.ok) this.#state = read.error
    else if (read.value.byteLength === 0) this.#state = 'ended'
    else {
      this.#chunk = read.value
      this.#offset += read.value.byteLength
    }
  }
}

export class FileSink implements ByteSink {
  readonly #drive: DriveFace
  readonly #handle: number
  /** `null` appends. */
  #offset: number | null
  #pending = 0
  #failed: DriveCode | null = null
  #settled: Promise<void> = Promise.resolve()

  constructor(drive: DriveFace, handle: number, offset: number | null) {
    this.#drive = drive
    this.#handle = handle
    this.#offset = offset
  }

  room(): number {
    if (this.#failed !== null) throw failure(this.#failed)
    return Math.max(0, WINDOW_BYTES - this.#pending)
  }

  put(bytes: Uint8Array): void {
    const { byteLength } = bytes
    const copy = bytes.slice()
    const offset = this.#offset
    if (this.#offset !== null) this.#offset += byteLength
    this.#pending += byteLength
    this.#settled = this.#write(this.#settled, offset, copy)
  }

  async #write(before: Promise<void>, offset: number | null, bytes: Uint8Array): Promise<void> {
    await before
    const written = await this.#drive.write(this.#handle, offset, bytes)
    this.#pending -= bytes.byteLength
    if (!written.ok) this.#failed = written.error
  }

  drain(): Promise<void> {
    return this.#settled
  }

  async flushed(): Promise<void> {
    await this.#settled
    if (this.#failed !== null) throw failure(this.#failed)
  }
}

function failure(code: DriveCode) {
  return { tag: 'last-operation-failed', val: new FileError(code) } as const
}
