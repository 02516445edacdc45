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

/** `error-code` of wasi:sockets/network, as far as we have use for it. */
export type SocketErrorCode =
  | 'access-denied'
  | 'connection-refused'
  | 'invalid-argument'
  | 'name-unresolvable'
  | 'new-socket-limit'
  | 'temporary-resolver-failure'
  | 'timeout'

export type Ipv4Address = readonly [number, number, number, number]

/** One open connection. `write` resolves once the bytes are handed to the network; false: it is over. */
export interface ConnectionFace {
  write(bytes: Uint8Array): Promise<boolean>
  /** Nothing more will be written. */
  end(): Promise<void>
}

export interface OpenConnection {
  readonly connection: ConnectionFace
  readonly input: ReadableStream<Uint8Array>
}

/** Arguments are parsed on our side (`policy/sockets.ts`); nothing throws. */
export interface SocketsFace {
  resolve(name: unknown): Promise<Result<Ipv4Address, SocketErrorCode>>
  connect(message: unknown): Promise<Result<OpenConnection, SocketErrorCode>>
}

/** `operation` is parsed on our side (`KeyValueOperation`); it never throws. */
export interface KeyValueFace {
  run(operation: unknown): Promise<Result<KeyValueAnswer, KeyValueFault>>
}

/** Not granted means no object, but for the network: its objects refuse and record what was refused. */
export interface GuestCapabilities {
  readonly network: NetworkFace | null
  readonly sockets: SocketsFace | null
  readonly keyValue: KeyValueFace | null
}
