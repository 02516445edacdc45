// The response body of wasi:http: a byte stream from the capability, read ahead by at most one chunk.

import { Pollable } from './poll.ts'
import { StreamSource } from './read-ahead.ts'
import { emptySource, InputStream } from './streams.ts'

export class IncomingBody {
  readonly #source: StreamSource | null
  #taken = false

  constructor(stream: ReadableStream<Uint8Array> | null) {
    this.#source = stream === null ? null : new StreamSource(stream)
  }

  /** `stream: func() -> result<input-stream>`: once. */
  stream(): InputStream {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (this.#taken) throw undefined
    this.#taken = true
    return new InputStream(this.#source ?? emptySource)
  }

  /** The platform's fetch does not tell trailers: there are none. */
  static finish(body: IncomingBody): FutureTrailers {
    body.#source?.end()
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
