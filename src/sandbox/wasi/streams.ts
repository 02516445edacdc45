// wasi:io/streams: what a guest reads and writes, over a source or a sink that a capability gave.
// Every read and write is bounded, whatever length the guest asks for.

import { CLOSED } from './error.ts'
import { Pollable } from './poll.ts'

/** Most bytes of one read or one permitted write. */
export const CHUNK_BYTES = 64 * 1024

/** Where bytes come from. `take` never waits; `fill` resolves when `take` has more to say. */
export interface ByteSource {
  /** Up to `length` bytes, an empty array when there is none yet; throws a `StreamError` at the end. */
  take(length: number): Uint8Array
  ready(): boolean
  fill(): Promise<void>
}

/** Where bytes go. `room` is how many `put` takes now; both throw a `StreamError` once closed. */
export interface ByteSink {
  room(): number
  put(bytes: Uint8Array): void
  /** Resolves when there is room again, or the sink is closed. */
  drain(): Promise<void>
  flushed(): Promise<void>
}

const bounded = (length: bigint): number => Number(length < CHUNK_BYTES ? length : CHUNK_BYTES)

export class InputStream {
  readonly #source: ByteSource

  constructor(source: ByteSource) {
    this.#source = source
  }

  read(length: bigint): Uint8Array {
    return this.#source.take(bounded(length))
  }

  async blockingRead(length: bigint): Promise<Uint8Array> {
    if (length === 0n) return this.read(length)
    while (!this.#source.ready()) await this.#source.fill()
    return this.read(length)
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).byteLength)
  }

  async blockingSkip(length: bigint): Promise<bigint> {
    return BigInt((await this.blockingRead(length)).byteLength)
  }

  subscribe(): Pollable {
    return new Pollable(
      () => this.#source.ready(),
      () => this.#source.fill(),
    )
  }
}

export class OutputStream {
  readonly #sink: ByteSink

  constructor(sink: ByteSink) {
    this.#sink = sink
  }

  checkWrite(): bigint {
    return BigInt(Math.min(this.#sink.room(), CHUNK_BYTES))
  }

  /** More than `checkWrite` permitted is a trap by the specification. */
  write(bytes: Uint8Array): void {
    if (bytes.byteLength > this.#sink.room()) throw new Error('write exceeds check-write')
    if (bytes.byteLength > 0) this.#sink.put(bytes)
  }

  async blockingWriteAndFlush(bytes: Uint8Array): Promise<void> {
    let at = 0
    while (at < bytes.byteLength) {
      const room = this.#sink.room()
      if (room === 0) {
        await this.#sink.drain()
        continue
      }
      this.#sink.put(bytes.subarray(at, at + room))
      at += room
    }
    await this.#sink.flushed()
  }

  flush(): void {
    this.#sink.room()
  }

  async blockingFlush(): Promise<void> {
    await this.#sink.flushed()
  }

  writeZeroes(length: bigint): void {
    if (length > BigInt(this.#sink.room())) throw new Error('write exceeds check-write')
    this.write(new Uint8Array(Number(length)))
  }

  async blockingWriteZeroesAndFlush(length: bigint): Promise<void> {
    await this.blockingWriteAndFlush(new Uint8Array(bounded(length)))
  }

  splice(from: InputStream, length: bigint): bigint {
    const room = BigInt(this.#sink.room())
    const bytes = from.read(length < room ? length : room)
    this.write(bytes)
    return BigInt(bytes.byteLength)
  }

  async blockingSplice(from: InputStream, length: bigint): Promise<bigint> {
    const bytes = await from.blockingRead(length)
    await this.blockingWriteAndFlush(bytes)
    return BigInt(bytes.byteLength)
  }

  subscribe(): Pollable {
    return new Pollable(
      () => this.#hasRoom(),
      () => this.#sink.drain(),
    )
  }

  /** A closed sink is ready: the next operation says that it is closed. */
  #hasRoom(): boolean {
    try {
      return this.#sink.room() > 0
    } catch {
      return true
    }
  }
}

/** All of a text, as UTF-8. */
export function textSource(text: string): ByteSource {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  return {
    take(most) {
      if (at === bytes.byteLength) throw CLOSED
      const piece = bytes.slice(at, at + most)
      at += piece.byteLength
      return piece
    },
    ready: () => true,
    fill: async () => {},
  }
}

/** A stream with nothing in it. */
export const emptySource: ByteSource = {
  take() {
    throw CLOSED
  },
  ready: () => true,
  fill: async () => {},
}
