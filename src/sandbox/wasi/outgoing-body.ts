// The request body of wasi:http: what a guest writes flows into the stream that the capability sends.

import { CLOSED } from './error.ts'
import type { ErrorCode } from './http-error.ts'
import { brokenBody } from './http-error.ts'
import type { ByteSink } from './streams.ts'
import { CHUNK_BYTES, OutputStream } from './streams.ts'

/** Bytes a guest may be ahead of the network before `check-write` says zero. */
const WINDOW_BYTES = 4 * CHUNK_BYTES

const TERMINATED: ErrorCode = { tag: 'connection-terminated' }

/** Owned by one `outgoing-request`. `readable` goes to the capability when the request is sent. */
export class OutgoingBody {
  readonly #transform = new TransformStream<Uint8Array, Uint8Array>(
    undefined,
    { highWaterMark: WINDOW_BYTES, size: (chunk) => chunk?.byteLength ?? 0 },
    { highWaterMark: 0 },
  )
  readonly #writer = this.#transform.writable.getWriter()
  /** What `content-length` of the request declares. */
  readonly #length: bigint | undefined
  #pending = 0
  #written = 0n
  #state: 'open' | 'finished' | 'failed' = 'open'
  #code: ErrorCode | undefined
  #taken = false
  #settled: Promise<void> = Promise.resolve()
  readonly #end = Promise.withResolvers<boolean>()
  /** The answer to the request, which says why its body broke. */
  #answered: Promise<void> = Promise.resolve()

  constructor(length?: bigint) {
    this.#length = length
    this.#writer.closed.catch(() => {
      this.#state = 'failed'
    })
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#transform.readable
  }

  /** Whether it was finished, once it is over. */
  get isWhole(): Promise<boolean> {
    return this.#end.promise
  }

  get written(): bigint {
    return this.#written
  }

  /** The request is on its way; `failure` is what became of it, if it failed. */
  sent(failure: Promise<ErrorCode | undefined>): void {
    this.#answered = failure.then((code) => void (this.#code ??= code))
  }

  /** The request goes out without it: nothing can be written. */
  refuse(code: ErrorCode): void {
    this.#code = code
    this.#fail()
  }

  /** `write: func() -> result<output-stream>`: once. */
  write(): OutputStream {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (this.#taken) throw undefined
    this.#taken = true
    return new OutputStream(this.#sink())
  }

  /** Trailers cannot be sent by the platform's fetch: given ones end in an error, and so does the request. */
  static finish(body: OutgoingBody, trailers: unknown): void {
    if (trailers !== undefined) {
      body.#fail()
      // eslint-disable-next-line no-throw-literal -- an `error-code`
      throw { tag: 'internal-error', val: 'trailers cannot be sent' }
    }
    if (body.#length !== undefined && body.#written !== body.#length) {
      body.#code = sizeError(body.#written)
      body.#fail()
      // eslint-disable-next-line no-throw-literal -- an `error-code`
      throw body.#code
    }
    if (body.#state !== 'open') return
    body.#state = 'finished'
    body.#end.resolve(true)
    body.#writer.close().catch(() => {})
  }

  /** Dropped before `finish`: the request must not look complete. */
  [Symbol.dispose](): void {
    if (this.#state === 'open') this.#fail()
  }

  #fail(): void {
    this.#state = 'failed'
    this.#end.resolve(false)
    this.#writer.abort().catch(() => {})
  }

  #broken() {
    return brokenBody(() => this.#code ?? TERMINATED)
  }

  #sink(): ByteSink {
    return {
      room: () => {
        if (this.#state === 'failed') throw this.#broken()
        if (this.#state === 'finished') throw CLOSED
        return Math.max(0, WINDOW_BYTES - this.#pending)
      },
      put: (bytes) => {
        const size = bytes.byteLength
        this.#written += BigInt(size)
        if (this.#length !== undefined && this.#written > this.#length) {
          this.#code = sizeError(this.#written)
          this.#fail()
          throw this.#broken()
        }
        this.#pending += size
        const written = this.#writer.write(bytes.slice()).then(
          () => void (this.#pending -= size),
          () => void (this.#state = 'failed'),
        )
        this.#settled = this.#settled.then(() => written)
      },
      drain: () => this.#settled,
      flushed: async () => {
        await this.#settled
        if (this.#state !== 'failed') return
        await this.#answered
        throw this.#broken()
      },
    }
  }
}

function sizeError(written: bigint): ErrorCode {
  return { tag: 'HTTP-request-body-size', val: written }
}
