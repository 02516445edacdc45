// The request of wasi:http as a guest builds it. Nothing is judged here beyond the interface's own
// syntax: the capability judges what is sent.

import type { NetworkFace, Reply } from '../../capabilities/held.ts'
import type { Result } from '../../policy/result.ts'
import { err } from '../../policy/result.ts'
import { NANOS_PER_MILLI } from './clocks.ts'
import type { Fields } from './fields.ts'
import type { ErrorCode } from './http-error.ts'
import { errorCode } from './http-error.ts'
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

/** A `content-length` that means nothing is refused when the request is sent. */
function declaredLength(headers: Fields): bigint | undefined {
  const [value] = headers.get('content-length')
  const text = value === undefined ? '' : new TextDecoder('latin1').decode(value)
  return /^\d{1,15}$/.test(text) ? BigInt(text) : undefined
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
    this.#body = new OutgoingBody(declaredLength(this.#headers))
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

/** Requests that the platform's fetch sends without a body. */
const BODYLESS = new Set(['get', 'head'])
/** Which body of an instance's network is which: the capability is told how each ended. */
const bodies = new WeakMap<NetworkFace, number>()

/** Hands the request to the capability, which judges it. Throws an `ErrorCode` for what cannot be sent. */
export function sendRequest(
  network: NetworkFace,
  request: OutgoingRequest,
  options?: RequestOptions,
): Promise<Result<Reply, ErrorCode>> {
  const method = request.method()
  const scheme = request.scheme()
  const body = request.taken
  if (BODYLESS.has(method.tag) && body !== undefined) refuseBody(body)
  const bodyId = bodies.get(network) ?? 0
  bodies.set(network, bodyId + 1)
  const answer = network
    .send({
      method: method.tag === 'other' ? method.val : method.tag,
      scheme: scheme?.tag === 'other' ? scheme.val : (scheme?.tag ?? 'HTTPS'),
      authority: request.authority() ?? '',
      path: request.pathWithQuery() ?? '/',
      headers: request.headers().entries(),
      body: body?.readable ?? null,
      ...(body === undefined ? {} : { bodyId }),
      timeoutMs: millis(options?.firstByteTimeout()),
      connectMs: millis(options?.connectTimeout()),
      betweenBytesMs: millis(options?.betweenBytesTimeout()),
    })
    .then(
      (reply): Result<Reply, ErrorCode> => (reply.ok ? reply : err(errorCode(reply.error))),
      (): Result<Reply, ErrorCode> => err({ tag: 'internal-error', val: undefined }),
    )
  void body?.isWhole.then((isWhole) => network.bodyEnded(bodyId, isWhole)).catch(() => {})
  body?.sent(answer.then((reply) => (reply.ok ? undefined : reply.error)))
  return answer
}

/** Libraries take the body of every request and finish it; only bytes in it are too much. */
function refuseBody(body: OutgoingBody): void {
  const code: ErrorCode = { tag: 'HTTP-request-body-size', val: body.written }
  if (body.written > 0n) throw code
  body.refuse(code)
}

function millis(nanos: bigint | undefined): number | null {
  if (nanos === undefined) return null
  // A timeout that is shorter than our clock ticks is not none.
  const ms = (nanos + NANOS_PER_MILLI - 1n) / NANOS_PER_MILLI
  return ms < 600_000n ? Number(ms) : 600_000
}
