// The two directions of a TCP connection: a stream from the capability, and writes that it acknowledges.

import type { ConnectionFace } from '../../capabilities/held.ts'
import { CLOSED, failed } from './error.ts'
import type { ByteSink } from './streams.ts'
import { CHUNK_BYTES } from './streams.ts'

/** Bytes a guest may be ahead of the network before `check-write` says zero. */
const WINDOW_BYTES = 4 * CHUNK_BYTES

export class ConnectionSink implements ByteSink {
  readonly #connection: ConnectionFace
  #pending = 0
  #state: 'open' | 'ended' | 'failed' = 'open'
  /** One write at a time, so that bytes keep their order. */
  #settled: Promise<void> = Promise.resolve()

  constructor(connection: ConnectionFace) {
    this.#connection = connection
  }

  room(): number {
    if (this.#state === 'failed') throw failed('the connection broke')
    if (this.#state === 'ended') throw CLOSED
    return Math.max(0, WINDOW_BYTES - this.#pending)
  }

  put(bytes: Uint8Array): void {
    const copy = bytes.slice()
    this.#pending += copy.byteLength
    this.#settled = this.#write(copy, this.#settled)
  }

  drain(): Promise<void> {
    return this.#settled
  }

  async flushed(): Promise<void> {
    await this.#settled
    if (this.#state === 'failed') throw failed('the connection broke')
  }

  /** Nothing more will be written; what was written before is sent. */
  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#settled = this.#settled.then(() => this.#connection.end()).catch(() => {})
  }

  async #write(bytes: Uint8Array, before: Promise<void>): Promise<void> {
    await before
    const taken =
      this.#state !== 'failed' && (await this.#connection.write(bytes).catch(() => false))
    this.#pending -= bytes.byteLength
    if (!taken) this.#state = 'failed'
  }
}
