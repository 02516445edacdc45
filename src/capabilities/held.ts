// The faces that a call's capabilities show to a guest isolate. Types only: the isolate holds stubs of them.

import type { DirectoryPage, DriveError, NodeStat } from '../drive/node.ts'
import type { KeyValueAnswer, KeyValueFault } from '../policy/keyvalue.ts'
import type { Ability, Reply as ClientReply } from '../policy/questions.ts'
import type { Result } from '../policy/result.ts'

/** `error-code` of wasi:http/types, without detail: a guest learns nothing of ours. */
export interface HttpErrorCode {
  readonly tag:
    | 'DNS-error'
    | 'connection-refused'
    | 'connection-terminated'
    | 'connection-timeout'
    | 'connection-read-timeout'
    | 'TLS-protocol-error'
    | 'HTTP-request-denied'
    | 'HTTP-request-method-invalid'
    | 'HTTP-request-URI-invalid'
    | 'HTTP-request-URI-too-long'
    | 'HTTP-request-header-section-size'
    | 'HTTP-request-body-size'
    | 'HTTP-response-incomplete'
    | 'HTTP-response-header-section-size'
    | 'HTTP-response-body-size'
    | 'HTTP-response-content-coding'
    | 'HTTP-response-timeout'
    | 'HTTP-protocol-error'
    | 'internal-error'
}

export interface Reply {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: ReadableStream<Uint8Array> | null
  /** What to ask `whyBroken` with when the body breaks. */
  readonly exchange: number
}

/** `message` is parsed on our side (`RequestMessage`); nothing throws. */
export interface NetworkFace {
  send(message: unknown): Promise<Result<Reply, HttpErrorCode>>
  /**
   * Whether the body that was sent under `bodyId` is whole: a stream that is aborted on the other side of
   * the wall looks on this side as one that ended.
   */
  bodyEnded(bodyId: number, isWhole: boolean): Promise<void>
  /** Why the body of a reply ended early: the error of a stream does not cross the wall. */
  whyBroken(exchange: number): Promise<HttpErrorCode>
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

/** Why a component cannot ask the person, in the words of wassette-edge:mcp. */
export type ElicitFault = 'unsupported' | 'invalid' | 'too-often'

/** Arguments are parsed on our side; nothing throws. */
export interface ClientFace {
  progress(report: unknown): Promise<void>
  log(entry: unknown): Promise<void>
  /** `ask`: no answer yet. Replies in the order of the questions. */
  ask(
    questions: unknown,
  ): Promise<Result<readonly (readonly [string, ClientReply])[], ElicitFault | 'ask'>>
  abilities(): Promise<readonly Ability[]>
  /** False: the call is to end. */
  need(abilities: unknown): Promise<boolean>
  /** To be told to clients when the call has ended. */
  changed(listing: unknown): Promise<void>
  updated(uri: unknown): Promise<void>
}

/** Codes of wasi:filesystem/types. */
export type DriveCode =
  | DriveError
  | 'access'
  | 'not-permitted'
  | 'bad-descriptor'
  | 'name-too-long'
  | 'illegal-byte-sequence'

/** `handle` is null for a directory: it is named by its path. */
export interface OpenedFace {
  readonly handle: number | null
  readonly stat: NodeStat
}

/** Paths are relative to the root of the drive; offsets and sizes are bytes. Nothing throws. */
export interface DriveFace {
  stat(path: string): Promise<Result<NodeStat, DriveCode>>
  open(
    path: string,
    request: Readonly<
      Record<'create' | 'exclusive' | 'truncate' | 'directory' | 'read' | 'write', boolean>
    >,
  ): Promise<Result<OpenedFace, DriveCode>>
  read(handle: number, offset: number, length: number): Promise<Result<Uint8Array, DriveCode>>
  write(
    handle: number,
    offset: number | null,
    bytes: Uint8Array,
  ): Promise<Result<number, DriveCode>>
  setSize(handle: number, size: number): Promise<Result<null, DriveCode>>
  fileStat(handle: number): Promise<Result<NodeStat, DriveCode>>
  sync(handle: number): Promise<Result<null, DriveCode>>
  close(handle: number): Promise<Result<null, DriveCode>>
  list(path: string, after: string | null): Promise<Result<DirectoryPage, DriveCode>>
  createDirectory(path: string): Promise<Result<null, DriveCode>>
  remove(path: string, isDirectory: boolean): Promise<Result<null, DriveCode>>
  rename(from: string, to: string): Promise<Result<null, DriveCode>>
  setTimes(path: string, modifiedAt: number): Promise<Result<null, DriveCode>>
}

/**
 * An object is there when the component imports the interface. It refuses on our side of the wall what
 * was not granted, so that a refusal is on the record and can be offered to the person.
 */
export interface GuestCapabilities {
  readonly network: NetworkFace | null
  readonly sockets: SocketsFace | null
  readonly drive: DriveFace | null
  readonly keyValue: KeyValueFace | null
  readonly client: ClientFace | null
}
