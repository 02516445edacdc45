// The streams of wasi:filesystem over one open file: reading ahead by one piece, writing behind in order.

import type { DriveCode, DriveFace } from '../../capabilities/held.ts'
import { err } from '../../policy/result.ts'
import { IoError } from './error.ts'
import { ReadAhead } from './read-ahead.ts'
import type { ByteSink, ByteSource } from './streams.ts'
import { CHUNK_BYTES } from './streams.ts'

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

/** Reads on from `offset` what there is once `written`; the end of the file is the end of the stream. */
export function fileSource(
  drive: DriveFace,
  handle: number,
  offset: number,
  written: () => Promise<void>,
): ByteSource {
  let at = offset
  return new ReadAhead(async () => {
    await written()
    const read = await drive.read(handle, at, CHUNK_BYTES)
    if (!read.ok) return failure(read.error)
    at += read.value.byteLength
    return read.value.byteLength === 0 ? null : read.value
  })
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
    // Nothing goes behind a gap.
    if (this.#failed === null) {
      const written = await this.#drive
        .write(this.#handle, offset, bytes)
        .catch(() => err('io' as const))
      if (!written.ok) this.#failed = written.error
    }
    this.#pending -= bytes.byteLength
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
