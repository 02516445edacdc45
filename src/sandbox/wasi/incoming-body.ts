// The response body of wasi:http: a byte stream from the capability, read ahead by at most one chunk.

import type { HttpErrorCode } from '../../capabilities/held.ts'
import type { ErrorCode } from './http-error.ts'
import { brokenBody, errorCode } from './http-error.ts'
import { Pollable } from './poll.ts'
import { StreamSource } from './read-ahead.ts'
import { emptySource, InputStream } from './streams.ts'

export class IncomingBody {
  readonly #source: StreamSource | null
  #taken = false
  #broken: ErrorCode | undefined

  /** `whyBroken` is asked when the stream breaks. */
  constructor(stream: ReadableStream<Uint8Array> | null, whyBroken: () => Promise<HttpErrorCode>) {
    const why = async () => {
      const code = await whyBroken().then(errorCode, () => ({ tag: 'internal-error' }))
      this.#broken = code
      return brokenBody(() => code)
    }
    this.#source = stream === null ? null : new StreamSource(stream, why)
  }

  /** `stream: func() -> result<input-stream>`: once. */
  stream(): InputStream {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (this.#taken) throw undefined
    this.#taken = true
    return new InputStream(this.#source ?? emptySource)
  }

  /** The platform's fetch does not tell trailers: there are none, or there is what broke the body. */
  static finish(body: IncomingBody): FutureTrailers {
    body.#source?.end()
    return new FutureTrailers(body.#broken)
  }

  [Symbol.dispose](): void {
    this.#source?.end()
  }
}

export class FutureTrailers {
  readonly #broken: ErrorCode | undefined
  #taken = false

  constructor(broken: ErrorCode | undefined) {
    this.#broken = broken
  }

  subscribe(): Pollable {
    return Pollable.always()
  }

  /** `option<result<result<option<trailers>, error-code>>>`: ready at once, without trailers, once. */
  get(): unknown {
    if (this.#taken) return { tag: 'err', val: undefined }
    this.#taken = true
    const { tag, val } =
      this.#broken === undefined ? { tag: 'ok', val: undefined } : { tag: 'err', val: this.#broken }
    return { tag: 'ok', val: { tag, val } }
  }
}
