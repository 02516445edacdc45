// wasi:sockets/tcp and tcp-create-socket: connections through the call's capability. A guest serves
// nobody: binding, listening and accepting are refused.

import type { OpenConnection, SocketsFace } from '../../capabilities/held.ts'
import type { Result } from '../../policy/result.ts'
import type { ErrorCode, IpAddressFamily, Network } from './network.ts'
import { refuse } from './network.ts'
import { Pollable } from './poll.ts'
import { InputStream, OutputStream } from './streams.ts'
import { ConnectionSink } from './tcp-streams.ts'
import { StreamSource } from './read-ahead.ts'

type SocketAddress =
  | { readonly tag: 'ipv4'; readonly val: { readonly port: number; readonly address: number[] } }
  | { readonly tag: 'ipv6'; readonly val: { readonly port: number; readonly address: number[] } }

type State =
  | { readonly is: 'unbound' }
  | { readonly is: 'connecting'; readonly remote: SocketAddress; readonly settled: Promise<void> }
  | {
      readonly is: 'connected'
      readonly remote: SocketAddress
      readonly sink: ConnectionSink
      readonly source: StreamSource
    }
  | { readonly is: 'closed' }

/** What a connected guest is told of its own side: no port of ours. */
const LOCAL: SocketAddress = { tag: 'ipv4', val: { port: 49_152, address: [198, 19, 255, 254] } }

/** Wishes about the connection, kept and told back; the platform's sockets have no such settings. */
const DEFAULT_OPTIONS = {
  keepAlive: false,
  idleTime: 7_200_000_000_000n,
  interval: 75_000_000_000n,
  count: 9,
  hopLimit: 64,
  receiveBuffer: 65_536n,
  sendBuffer: 65_536n,
}

/** Made for one call by `tcp`, which gives it the capability. */
class TcpSocket {
  readonly #sockets: SocketsFace | null
  readonly #family: IpAddressFamily
  readonly #options = { ...DEFAULT_OPTIONS }
  #state: State = { is: 'unbound' }
  #answer: Result<OpenConnection, ErrorCode> | undefined

  constructor(sockets: SocketsFace | null, family: IpAddressFamily) {
    this.#sockets = sockets
    this.#family = family
  }

  startBind(): never {
    return refuse('access-denied')
  }
  finishBind(): never {
    return refuse('not-in-progress')
  }
  startListen(): never {
    return refuse('access-denied')
  }
  finishListen(): never {
    return refuse('not-in-progress')
  }
  accept(): never {
    return refuse('not-supported')
  }

  startConnect(_: Network, remote: SocketAddress): void {
    if (this.#state.is !== 'unbound') refuse('invalid-state')
    const { port, address } = remote.val
    if (remote.tag !== this.#family) refuse('invalid-argument')
    if (port === 0 || address.every((part) => part === 0)) refuse('invalid-argument')
    if (this.#sockets === null) refuse('access-denied')
    const asked = this.#sockets.connect({ address: { [remote.tag]: [...address] }, port })
    const settled = asked.then(
      (answer) => void (this.#answer = answer),
      () => void (this.#answer = { ok: false, error: 'unknown' }),
    )
    this.#state = { is: 'connecting', remote, settled }
  }

  finishConnect(): [InputStream, OutputStream] {
    if (this.#state.is !== 'connecting') refuse('not-in-progress')
    if (this.#answer === undefined) refuse('would-block')
    const { remote } = this.#state
    this.#state = { is: 'closed' }
    if (!this.#answer.ok) refuse(this.#answer.error)
    const { connection, input } = this.#answer.value
    const sink = new ConnectionSink(connection)
    const source = new StreamSource(input)
    this.#state = { is: 'connected', remote, sink, source }
    return [new InputStream(source), new OutputStream(sink)]
  }

  localAddress(): SocketAddress {
    return this.#state.is === 'connected' ? LOCAL : refuse('invalid-state')
  }
  remoteAddress(): SocketAddress {
    return this.#state.is === 'connected' ? this.#state.remote : refuse('invalid-state')
  }
  isListening(): boolean {
    return false
  }
  addressFamily(): IpAddressFamily {
    return this.#family
  }
  setListenBacklogSize(): never {
    return refuse('not-supported')
  }
  keepAliveEnabled(): boolean {
    return this.#options.keepAlive
  }
  setKeepAliveEnabled(value: boolean): void {
    this.#options.keepAlive = value
  }
  keepAliveIdleTime(): bigint {
    return this.#options.idleTime
  }
  setKeepAliveIdleTime(value: bigint): void {
    this.#options.idleTime = positive(value)
  }
  keepAliveInterval(): bigint {
    return this.#options.interval
  }
  setKeepAliveInterval(value: bigint): void {
    this.#options.interval = positive(value)
  }
  keepAliveCount(): number {
    return this.#options.count
  }
  setKeepAliveCount(value: number): void {
    this.#options.count = positive(value)
  }
  hopLimit(): number {
    return this.#options.hopLimit
  }
  setHopLimit(value: number): void {
    this.#options.hopLimit = positive(value)
  }
  receiveBufferSize(): bigint {
    return this.#options.receiveBuffer
  }
  setReceiveBufferSize(value: bigint): void {
    this.#options.receiveBuffer = positive(value)
  }
  sendBufferSize(): bigint {
    return this.#options.sendBuffer
  }
  setSendBufferSize(value: bigint): void {
    this.#options.sendBuffer = positive(value)
  }

  /** Ready unless a connection is being made. */
  subscribe(): Pollable {
    const state = this.#state
    if (state.is !== 'connecting') return Pollable.always()
    return new Pollable(
      () => this.#answer !== undefined,
      () => state.settled,
    )
  }

  shutdown(which: 'receive' | 'send' | 'both'): void {
    if (this.#state.is !== 'connected') refuse('invalid-state')
    if (which !== 'receive') this.#state.sink.end()
    if (which !== 'send') this.#state.source.end()
  }

  [Symbol.dispose](): void {
    if (this.#state.is === 'connected') this.shutdown('both')
    this.#state = { is: 'closed' }
  }
}

function positive<N extends number | bigint>(value: N): N {
  return value > 0 ? value : refuse('invalid-argument')
}

export function tcp(sockets: SocketsFace | null): Record<string, Record<string, unknown>> {
  return {
    'wasi:sockets/tcp': { TcpSocket },
    'wasi:sockets/tcp-create-socket': {
      createTcpSocket: (family: IpAddressFamily) => new TcpSocket(sockets, family),
    },
  }
}
