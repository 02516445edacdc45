// The faces that a call's capabilities show to a guest isolate. Types only: the isolate holds stubs of them.

import type { KeyValueAnswer, KeyValueFault } from '../policy/keyvalue.ts'
import type { Result } from '../policy/result.ts'

/** `error-code` of wasi:http/types, without detail: a guest learns nothing of ours. */
export interface HttpErrorCode {
  readonly tag:
    | 'HTTP-request-denied'
    | 'HTTP-request-URI-invalid'
    | 'connection-refused'
    | 'HTTP-response-timeout'
    | 'internal-error'
}

export interface Reply {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: ReadableStream<Uint8Array> | null
}

/** `message` is parsed on our side (`RequestMessage`); it never throws. */
export interface NetworkFace {
  send(message: unknown): Promise<Result<Reply, HttpErrorCode>>
}

/** `operation` is parsed on our side (`KeyValueOperation`); it never throws. */
export interface KeyValueFace {
  run(operation: unknown): Promise<Result<KeyValueAnswer, KeyValueFault>>
}

/** Not granted means no object, but for `network`: its object refuses and records what was refused. */
export interface GuestCapabilities {
  readonly network: NetworkFace | null
  readonly keyValue: KeyValueFace | null
}
