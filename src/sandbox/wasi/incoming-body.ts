// The response body of wasi:http: a byte stream from the capability, read ahead by at most one chunk.

import { CLOSED, failed } from './error.ts'
import { Pollable } from './poll.ts'
import type { ByteSource } from './streams.ts'
import { InputStream } from './streams.ts'

const NOTHING = new Uint8Array(0)

export class IncomingBody {
  readonly #source: ByteSource
  readonly #cancel: () => void
  #taken = false

  constructor(stream: ReadableStream<Uint8Array> | null) {
    const reader = stream?.getReader()
    this.#source = reader === undefined ? ended : new ReaderSource(reader)
    this.#cancel = () => void reader?.cancel().catch(() => {})
  }

  /** `stream: func() -> result<input-stream>`: once. */
  stream(): InputStream {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (this.#taken) throw undefined
    this.#taken = true
    return new InputStream(this.#source)
  }

  /** The platform's fetch does not tell trailers: there are none. */
  static finish(body: IncomingBody): FutureTrailers {
    body.#cancel()
    return new FutureTrailers()
  }
}

export class FutureTrailers {
  #taken = false

  subscribe(): Pollable {
    return Pollable.always()
  }

  /** `option<result<result<option<trailers>, error-code>>>`: ready at once, without trailers, once. */
  get(): unknown {
    if (this.#taken) return { tag: 'err', val: undefined }
    this.#taken = true
    return { tag: 'ok', val: { tag: 'ok', val: undefined } }
  }
}

const ended: ByteSource = {
  take() {
    throw CLOSED
  },
  ready: () => true,
  fill: async () => {},
}

/** Reads ahead by at most one chunk of a stream from a capability. */
export class ReaderSource implements ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #chunk: Uint8Array = NOTHING
  #state: 'open' | 'ended' | 'failed' = 'open'
  #filling: Promise<void> | undefined

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader
  }

  take(length: number): Uint8Array {
    if (this.#chunk.byteLength === 0) {
      if (this.#state === 'failed') throw failed('the connection broke')
      if (this.#state === 'ended') throw CLOSED
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
    try {
      const { done, value } = await this.#reader.read()
      if (done) this.#state = 'ended'
      else this.#chunk = value
    } catch {
      this.#state = 'failed'
    }
  }
}
