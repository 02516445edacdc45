// The server half of wasi:http/types. Toolchains import it whole, so it is there for the linker; no request
// and no outparam is ever handed to a guest, and a response that it builds goes nowhere.

import type { Fields } from './fields.ts'
import { OutgoingBody } from './outgoing-body.ts'

function unreachable(): never {
  throw new Error('no such resource was handed out')
}

export class IncomingRequest {
  method(): never {
    return unreachable()
  }
  pathWithQuery(): never {
    return unreachable()
  }
  scheme(): never {
    return unreachable()
  }
  authority(): never {
    return unreachable()
  }
  headers(): never {
    return unreachable()
  }
  consume(): never {
    return unreachable()
  }
}

export class ResponseOutparam {
  static set(): never {
    return unreachable()
  }
  sendInformational(): never {
    return unreachable()
  }
}

export class OutgoingResponse {
  readonly #headers: Fields
  #status = 200
  #body: OutgoingBody | undefined

  constructor(headers: Fields) {
    this.#headers = headers.frozen()
  }

  statusCode(): number {
    return this.#status
  }
  setStatusCode(status: number): void {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (status < 100 || status > 599) throw undefined
    this.#status = status
  }
  headers(): Fields {
    return this.#headers
  }
  /** `body: func() -> result<outgoing-body>`: once. */
  body(): OutgoingBody {
    // eslint-disable-next-line no-throw-literal -- the error of a `result` without payload
    if (this.#body !== undefined) throw undefined
    this.#body = new OutgoingBody()
    return this.#body
  }
}
