// wasi:http/types `response` of 0.3: what a request was answered with. A response that a guest makes goes
// nowhere: nothing here asks a guest for one.

import type { NetworkFace, Reply } from '../../capabilities/held.ts'
import { Fields as OldFields } from '../wasi/fields.ts'
import { IncomingBody } from '../wasi/incoming-body.ts'
import { Fields } from './fields.ts'
import type { HttpError, Trailers } from './request.ts'
import { endOf } from './request.ts'
import type { ErrorCodeOf, GuestStream, Outcome, Streams } from './streams.ts'
import { piecesOf } from './streams.ts'

const broken: ErrorCodeOf<HttpError> = () => ({ tag: 'connection-terminated' })

type Body = [stream: unknown, trailers: Trailers]

export class Response {
  readonly #headers: Fields
  readonly #open: () => Body
  #status: number

  private constructor(status: number, headers: Fields, open: () => Body) {
    this.#status = status
    this.#headers = headers
    this.#open = open
  }

  static new(
    headers: Fields,
    contents: GuestStream | undefined,
    trailers: Trailers,
  ): [Response, Promise<Outcome<HttpError>>] {
    const fields = new Fields(headers.old.frozen())
    const open = (): Body => [contents ?? (async function* () {})(), trailers]
    const unsent = { tag: 'internal-error', val: 'there is nobody to respond to' }
    return [new Response(200, fields, open), Promise.resolve({ tag: 'err', val: unsent })]
  }

  static received(
    { status, headers, body, exchange }: Reply,
    network: NetworkFace,
    streams: Streams,
  ): Response {
    const open = (): Body => {
      const incoming = new IncomingBody(body, () => network.whyBroken(exchange))
      const pull = piecesOf(() => incoming.stream())
      return streams.give(pull, broken, () => void IncomingBody.finish(incoming))
    }
    return new Response(status, new Fields(OldFields.received(headers)), open)
  }

  getStatusCode(): number {
    return this.#status
  }
  setStatusCode(status: number): void {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (status < 100 || status > 599) throw undefined
    this.#status = status
  }
  getHeaders(): Fields {
    return this.#headers
  }

  /** The platform's fetch does not tell trailers: there are none. */
  static consumeBody(response: Response, result: Trailers): Body {
    void endOf(result)
    return response.#open()
  }
}
