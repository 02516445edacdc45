// The request of wasi:http as a guest builds it. Nothing is judged here beyond the interface's own
// syntax: the capability judges what is sent.

import type { HttpErrorCode, NetworkFace, Reply } from '../../capabilities/held.ts'
import type { Result } from '../../policy/result.ts'
import { err } from '../../policy/result.ts'
import { NANOS_PER_MILLI } from './clocks.ts'
import type { Fields } from './fields.ts'
import { OutgoingBody } from './outgoing-body.ts'

export type Method = { readonly tag: string; readonly val?: string }
export type Scheme = { readonly tag: 'HTTP' | 'HTTPS' | 'other'; readonly val?: string }

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/
/** Printable ASCII without spaces; a platform URL is at most 16 KB. */
const PATH = /^[\x21-\x7e]{0,16384}$/
const AUTHORITY = /^[\x21-\x7e]{1,512}$/

function accept(valid: boolean): void {
  // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
  if (!valid) throw undefined
}

export class OutgoingRequest {
  readonly #headers: Fields
  #method: Method = { tag: 'get' }
  #path: string | undefined
  #scheme: Scheme | undefined
  #authority: string | undefined
  #body: OutgoingBody | undefined

  constructor(headers: Fields) {
    this.#headers = headers.frozen()
  }

  /** `body: func() -> result<outgoing-body>`: once. */
  body(): OutgoingBody {
    accept(this.#body === undefined)
    this.#body = new OutgoingBody()
    return this.#body
  }

  /** The body if the guest took it. */
  get taken(): OutgoingBody | undefined {
    return this.#body
  }

  method(): Method {
    return this.#method
  }
  setMethod(method: Method): void {
    accept(method.tag !== 'other' || TOKEN.test(method.val ?? ''))
    this.#method = method
  }
  pathWithQuery(): string | undefined {
    return this.#path
  }
  setPathWithQuery(path: string | undefined): void {
    accept(path === undefined || PATH.test(path))
    this.#path = path
  }
  scheme(): Scheme | undefined {
    return this.#scheme
  }
  setScheme(scheme: Scheme | undefined): void {
    this.#scheme = scheme
  }
  authority(): string | undefined {
    return this.#authority
  }
  setAuthority(authority: string | undefined): void {
    accept(authority === undefined || AUTHORITY.test(authority))
    this.#authority = authority
  }
  headers(): Fields {
    return this.#headers
  }
}

export class RequestOptions {
  #connect: bigint | undefined
  #firstByte: bigint | undefined
  #betweenBytes: bigint | undefined

  connectTimeout(): bigint | undefined {
    return this.#connect
  }
  setConnectTimeout(nanos: bigint | undefined): void {
    this.#connect = nanos
  }
  firstByteTimeout(): bigint | undefined {
    return this.#firstByte
  }
  setFirstByteTimeout(nanos: bigint | undefined): void {
    this.#firstByte = nanos
  }
  betweenBytesTimeout(): bigint | undefined {
    return this.#betweenBytes
  }
  setBetweenBytesTimeout(nanos: bigint | undefined): void {
    this.#betweenBytes = nanos
  }
}

/** Hands the request to the capability, which judges it. Never rejects. */
export async function sendRequest(
  network: NetworkFace,
  request: OutgoingRequest,
  options?: RequestOptions,
): Promise<Result<Reply, HttpErrorCode>> {
  const method = request.method()
  const scheme = request.scheme()
  const message = {
    method: method.tag === 'other' ? method.val : method.tag,
    scheme: scheme?.tag === 'other' ? scheme.val : (scheme?.tag ?? 'HTTPS'),
    authority: request.authority() ?? '',
    path: request.pathWithQuery() ?? '/',
    headers: request.headers().entries(),
    body: request.taken?.readable ?? null,
    timeoutMs: millis(options?.firstByteTimeout() ?? options?.connectTimeout()),
  }
  try {
    return await network.send(message)
  } catch {
    return err({ tag: 'internal-error' })
  }
}

function millis(nanos: bigint | undefined): number | null {
  if (nanos === undefined) return null
  const ms = nanos / NANOS_PER_MILLI
  return ms < 600_000n ? Number(ms) : 600_000
}
