// wasi:http/types and outgoing-handler: a request is handed to the call's network capability, which
// judges it. Without the capability every request is denied in the interface's own word.

import type { GuestCapabilities, NetworkFace, Reply } from '../../capabilities/held.ts'
import { Fields } from './fields.ts'
import { FutureTrailers, IncomingBody } from './incoming-body.ts'
import type { ErrorCode } from './http-error.ts'
import { HttpError } from './http-error.ts'
import { OutgoingBody } from './outgoing-body.ts'
import { OutgoingRequest, RequestOptions, sendRequest } from './outgoing-request.ts'
import { Pollable } from './poll.ts'
import { IncomingRequest, OutgoingResponse, ResponseOutparam } from './server-half.ts'

type Answer =
  | { readonly tag: 'ok'; readonly val: IncomingResponse }
  | { readonly tag: 'err'; readonly val: ErrorCode }

/** What a call without the capability answers. */
export const DENIED: ErrorCode = { tag: 'HTTP-request-denied' }

class IncomingResponse {
  readonly #network: NetworkFace
  readonly #reply: Reply
  readonly #headers: Fields
  #consumed = false

  constructor(network: NetworkFace, reply: Reply) {
    this.#network = network
    this.#reply = reply
    this.#headers = Fields.received(reply.headers)
  }

  status(): number {
    return this.#reply.status
  }
  headers(): Fields {
    return this.#headers
  }
  /** `consume: func() -> result<incoming-body>`: once. */
  consume(): IncomingBody {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (this.#consumed) throw undefined
    this.#consumed = true
    const { body, exchange } = this.#reply
    return new IncomingBody(body, () => this.#network.whyBroken(exchange))
  }

  /** Dropped with its body untouched: nobody will read it. */
  [Symbol.dispose](): void {
    if (!this.#consumed) this.#reply.body?.cancel().catch(() => {})
  }
}

class FutureIncomingResponse {
  #answer: Answer | undefined
  #taken = false
  readonly #settled: Promise<void>

  constructor(answer: Promise<Answer>) {
    this.#settled = answer.then((value) => void (this.#answer = value))
  }

  subscribe(): Pollable {
    return new Pollable(
      () => this.#answer !== undefined,
      () => this.#settled,
    )
  }

  /** `get: func() -> option<result<result<incoming-response, error-code>>>` */
  get(): unknown {
    if (this.#answer === undefined) return undefined
    if (this.#taken) return { tag: 'err', val: undefined }
    this.#taken = true
    return { tag: 'ok', val: this.#answer }
  }
}

export function http(capabilities: GuestCapabilities): Record<string, Record<string, unknown>> {
  const { network } = capabilities

  const handle = (request: OutgoingRequest, options?: RequestOptions): FutureIncomingResponse => {
    if (network === null) throw DENIED
    const answer = sendRequest(network, request, options).then((reply): Answer =>
      reply.ok
        ? { tag: 'ok', val: new IncomingResponse(network, reply.value) }
        : { tag: 'err', val: reply.error },
    )
    return new FutureIncomingResponse(answer)
  }

  return {
    'wasi:http/types': {
      Fields,
      OutgoingRequest,
      OutgoingBody,
      RequestOptions,
      IncomingResponse,
      IncomingBody,
      FutureIncomingResponse,
      FutureTrailers,
      IncomingRequest,
      OutgoingResponse,
      ResponseOutparam,
      httpErrorCode: (error: unknown) => (error instanceof HttpError ? error.code : undefined),
    },
    'wasi:http/outgoing-handler': { handle },
  }
}
