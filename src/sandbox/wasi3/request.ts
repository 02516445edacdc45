// wasi:http/types `request` and `request-options` of 0.3, over the outgoing request of 0.2. Headers and
// options cannot be changed any more once a request is made of them.

import type { Method, Scheme } from '../wasi/outgoing-request.ts'
import { OutgoingRequest, RequestOptions as OldOptions } from '../wasi/outgoing-request.ts'
import { OutgoingBody } from '../wasi/outgoing-body.ts'
import { Fields } from './fields.ts'
import type { ErrorCodeOf, GuestStream, Outcome, Streams } from './streams.ts'
import { OK } from './streams.ts'

export type HttpError = { readonly tag: string; readonly val?: string | undefined }
/** What a guest promises to say at the end of a body. */
export type Trailers = PromiseLike<Outcome<HttpError, unknown>>

const NO_STREAM = { [Symbol.asyncIterator]: async function* () {} }

const internal = (val: string): { tag: 'err'; val: HttpError } => ({
  tag: 'err',
  val: { tag: 'internal-error', val },
})
const notSent: ErrorCodeOf<HttpError> = () => ({ tag: 'connection-terminated' })

export class RequestOptions {
  #old = new OldOptions()
  #mutable = true

  getConnectTimeout(): bigint | undefined {
    return this.#old.connectTimeout()
  }
  setConnectTimeout(nanos: bigint | undefined): void {
    this.#changing().setConnectTimeout(nanos)
  }
  getFirstByteTimeout(): bigint | undefined {
    return this.#old.firstByteTimeout()
  }
  setFirstByteTimeout(nanos: bigint | undefined): void {
    this.#changing().setFirstByteTimeout(nanos)
  }
  getBetweenBytesTimeout(): bigint | undefined {
    return this.#old.betweenBytesTimeout()
  }
  setBetweenBytesTimeout(nanos: bigint | undefined): void {
    this.#changing().setBetweenBytesTimeout(nanos)
  }
  clone(): RequestOptions {
    const copy = new RequestOptions()
    copy.#old.setConnectTimeout(this.#old.connectTimeout())
    copy.#old.setFirstByteTimeout(this.#old.firstByteTimeout())
    copy.#old.setBetweenBytesTimeout(this.#old.betweenBytesTimeout())
    return copy
  }

  frozen(): RequestOptions {
    const copy = this.clone()
    copy.#mutable = false
    return copy
  }

  get old(): OldOptions {
    return this.#old
  }

  #changing(): OldOptions {
    // eslint-disable-next-line no-throw-literal -- the error of a `result`
    if (!this.#mutable) throw { tag: 'immutable' }
    return this.#old
  }
}

export class Request {
  readonly #outgoing: OutgoingRequest
  readonly #options: RequestOptions | undefined
  readonly #trailers: Trailers
  readonly #sent = Promise.withResolvers<Outcome<HttpError>>()
  #contents: GuestStream | undefined

  private constructor(
    headers: Fields,
    contents: GuestStream | undefined,
    trailers: Trailers,
    options: RequestOptions | undefined,
  ) {
    this.#outgoing = new OutgoingRequest(headers.old)
    this.#contents = contents
    this.#trailers = trailers
    this.#options = options?.frozen()
  }

  static new(
    headers: Fields,
    contents: GuestStream | undefined,
    trailers: Trailers,
    options: RequestOptions | undefined,
  ): [Request, Promise<Outcome<HttpError>>] {
    const request = new Request(headers, contents, trailers, options)
    return [request, request.#sent.promise]
  }

  getMethod(): Method {
    return this.#outgoing.method()
  }
  setMethod(method: Method): void {
    this.#outgoing.setMethod(method)
  }
  getPathWithQuery(): string | undefined {
    return this.#outgoing.pathWithQuery()
  }
  setPathWithQuery(path: string | undefined): void {
    this.#outgoing.setPathWithQuery(path)
  }
  getScheme(): Scheme | undefined {
    return this.#outgoing.scheme()
  }
  setScheme(scheme: Scheme | undefined): void {
    this.#outgoing.setScheme(scheme)
  }
  getAuthority(): string | undefined {
    return this.#outgoing.authority()
  }
  setAuthority(authority: string | undefined): void {
    this.#outgoing.setAuthority(authority)
  }
  getOptions(): RequestOptions | undefined {
    return this.#options?.frozen()
  }
  getHeaders(): Fields {
    return new Fields(this.#outgoing.headers())
  }

  /** For a guest that reads back its own request: it says itself what became of it. */
  static consumeBody(
    request: Request,
    result: PromiseLike<Outcome<HttpError>>,
  ): [unknown, Trailers] {
    const contents = request.#contents
    request.#contents = undefined
    request.#sent.resolve(result)
    return [contents ?? NO_STREAM, request.#trailers]
  }

  /** Not sent, and never will be. */
  [Symbol.dispose](): void {
    this.abandon()
  }

  get outgoing(): OutgoingRequest {
    return this.#outgoing
  }
  get timeouts(): OldOptions | undefined {
    return this.#options?.old
  }

  abandon(): void {
    this.#contents?.[Symbol.dispose]()
    this.#contents = undefined
    void endOf(this.#trailers)
    this.#sent.resolve(internal('the request was not sent'))
  }

  /** Lets the body flow into the request, which the caller sends next. */
  transmit(streams: Streams): void {
    void this.#transmitted(streams).then((outcome) => this.#sent.resolve(outcome))
  }

  async #transmitted(streams: Streams): Promise<Outcome<HttpError>> {
    const end = endOf(this.#trailers)
    const contents = this.#contents
    if (contents === undefined) return await end
    this.#contents = undefined
    const body = this.#outgoing.body()
    const written = await streams.take(contents, () => body.write(), notSent)
    const outcome = written.tag === 'ok' ? await end : written
    // A body that did not end well must not look complete.
    if (outcome.tag === 'ok') OutgoingBody.finish(body, undefined)
    else body[Symbol.dispose]()
    return outcome
  }
}

/** Reads what a guest promised, so that it never waits for a reader. Never rejects. */
export async function endOf(trailers: Trailers): Promise<Outcome<HttpError>> {
  try {
    const said = await trailers
    if (said.tag === 'err') return said
    return isNone(said.val) ? OK : internal('trailers cannot be sent')
  } catch {
    return internal('the trailers broke')
  }
}

/** jco tags an option inside of a future. */
function isNone(option: unknown): boolean {
  return option === undefined || (option as { readonly tag?: unknown } | null)?.tag === 'none'
}
