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
  /** An error was told: from then on the stream is closed, by the specification. */
  #over = false

  constructor(source: ByteSource) {
    this.#source = source
  }

  read(length: bigint): Uint8Array {
    if (this.#over) throw CLOSED
    try {
      return this.#source.take(bounded(length))
    } catch (error) {
      this.#over = true
      throw error
    }
  }

  async blockingRead(length: bigint): Promise<Uint8Array> {
    if (length > 0n) await this.readable()
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

  /** Resolves when a read has a byte or an error to tell. */
  async readable(): Promise<void> {
    while (!this.#source.ready()) await this.#source.fill()
  }
}

export class OutputStream {
  readonly #sink: ByteSink
  /** An error was told: from then on the stream is closed, by the specification. */
  #over = false

  constructor(sink: ByteSink) {
    this.#sink = sink
  }

  checkWrite(): bigint {
    return BigInt(this.#room())
  }

  /** More than `checkWrite` permitted is a trap by the specification. */
  write(bytes: Uint8Array): void {
    if (bytes.byteLength > this.#room()) throw new Error('write exceeds check-write')
    if (bytes.byteLength > 0) this.#attempt(() => this.#sink.put(bytes))
  }

  async blockingWriteAndFlush(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) {
      const piece = bytes.subarray(at, at + (await this.#awaitRoom()))
      this.write(piece)
      at += piece.byteLength
    }
    await this.blockingFlush()
  }

  flush(): void {
    this.#room()
  }

  async blockingFlush(): Promise<void> {
    if (this.#over) throw CLOSED
    try {
      await this.#sink.flushed()
    } catch (error) {
      this.#over = true
      throw error
    }
  }

  writeZeroes(length: bigint): void {
    if (length > BigInt(this.#room())) throw new Error('write exceeds check-write')
    this.write(new Uint8Array(Number(length)))
  }

  async blockingWriteZeroesAndFlush(length: bigint): Promise<void> {
    for (let left = length; left > 0n;) {
      const room = BigInt(await this.#awaitRoom())
      const piece = left < room ? left : room
      this.writeZeroes(piece)
      left -= piece
    }
    await this.blockingFlush()
  }

  splice(from: InputStream, length: bigint): bigint {
    const room = this.checkWrite()
    const bytes = from.read(length < room ? length : room)
    this.write(bytes)
    return BigInt(bytes.byteLength)
  }

  async blockingSplice(from: InputStream, length: bigint): Promise<bigint> {
    if (length > 0n) {
      await this.#awaitRoom()
      await from.readable()
    }
    return this.splice(from, length)
  }

  subscribe(): Pollable {
    return new Pollable(
      () => this.#hasRoom(),
      () => this.#sink.drain(),
    )
  }

  #room(): number {
    return this.#attempt(() => Math.min(this.#sink.room(), CHUNK_BYTES))
  }

  async #awaitRoom(): Promise<number> {
    for (;;) {
      const room = this.#room()
      if (room > 0) return room
      await this.#sink.drain()
    }
  }

  /** A closed sink is ready: the next operation says that it is closed. */
  #hasRoom(): boolean {
    try {
      return this.#sink.room() > 0
    } catch {
      return true
    }
  }

  #attempt<T>(work: () => T): T {
    if (this.#over) throw CLOSED
    try {
      return work()
    } catch (error) {
      this.#over = true
      throw error
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
