// The request body of wasi:http: what a guest writes flows into the stream that the capability sends.

import { CLOSED, failed } from './error.ts'
import type { ByteSink } from './streams.ts'
import { CHUNK_BYTES, OutputStream } from './streams.ts'

/** Bytes a guest may be ahead of the network before `check-write` says zero. */
const WINDOW_BYTES = 4 * CHUNK_BYTES

/** Owned by one `outgoing-request`. `readable` goes to the capability when the request is sent. */
export class OutgoingBody {
  readonly #transform = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    { highWaterMark: WINDOW_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
    { highWaterMark: 0 },
  )
  readonly #writer = this.#transform.writable.getWriter()
  #pending = 0
  #state: 'open' | 'finished' | 'failed' = 'open'
  #taken = false
  #settled: Promise<void> = Promise.resolve()

  constructor() {
    this.#writer.closed.catch(() => {
      this.#state = 'failed'
    })
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#transform.readable
  }

  /** `write: func() -> result<output-stream>`: once. */
  write(): OutputStream {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (this.#taken) throw undefined
    this.#taken = true
    return new OutputStream(this.#sink())
  }

  /** Trailers cannot be sent by the platform's fetch: given ones end in an error. */
  static finish(body: OutgoingBody, trailers: unknown): void {
    if (trailers !== undefined) {
      void body.#writer.abort()
      // eslint-disable-next-line no-throw-literal -- an `error-code`
      throw { tag: 'internal-error', val: 'trailers cannot be sent' }
    }
    if (body.#state !== 'open') return
    body.#state = 'finished'
    body.#writer.close().catch(() => {})
  }

  /** Dropped before `finish`: the request must not look complete. */
  [Symbol.dispose](): void {
    if (this.#state === 'open') {
      this.#state = 'failed'
      this.#writer.abort().catch(() => {})
    }
  }

  #sink(): ByteSink {
    return {
      room: () => {
        if (this.#state === 'failed') throw failed('the request body is no longer read')
        if (this.#state === 'finished') throw CLOSED
        return Math.max(0, WINDOW_BYTES - this.#pending)
      },
      put: (bytes) => {
        const size = bytes.byteLength
        this.#pending += size
        const written = this.#writer.write(bytes.slice()).then(
          () => void (this.#pending -= size),
          () => void (this.#state = 'failed'),
        )
        this.#settled = this.#settled.then(() => written)
      },
      drain: () => this.#settled,
      flushed: () => this.#settled,
    }
  }
}
