// One call's way to TCP. Names and addresses are ours: a name that may be looked up gets an address that
// means something in this call only, and a connection goes to the name behind it. No answer of a real
// resolver reaches the guest, so lookups carry nothing in and nothing out.

import { connect } from 'cloudflare:sockets'
import { RpcTarget } from 'cloudflare:workers'
import type { NetworkDenial } from '../policy/denial.ts'
import type { Hostname } from '../policy/host.ts'
import type { NetworkPermission } from '../policy/network.ts'
import { judge } from '../policy/network.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import {
  addressText,
  ConnectMessage,
  judgeLookup,
  LookupName,
  parseName,
} from '../policy/sockets.ts'
import type {
  ConnectionFace,
  Ipv4Address,
  OpenConnection,
  SocketErrorCode,
  SocketsFace,
} from './held.ts'
import type { CallMeter, HostCall } from './meter.ts'
import type { Upstreams } from './upstreams.ts'
import { connectTcpTo } from './upstreams.ts'

/** Names of one call: an honest tool talks to one or two. */
const MAX_NAMES = 64

type Refused = { readonly ok: false; readonly error: SocketErrorCode }

export class Sockets extends RpcTarget implements SocketsFace {
  readonly #permission: NetworkPermission
  readonly #meter: CallMeter
  readonly #upstreams: Upstreams
  /** Position is address: see `addressAt`. */
  readonly #names: Hostname[] = []
  readonly #sockets = new Set<Socket>()
  #open = true

  constructor(permission: NetworkPermission, meter: CallMeter, upstreams: Upstreams) {
    super()
    this.#permission = permission
    this.#meter = meter
    this.#upstreams = upstreams
  }

  /** After the call nothing is open any more, whoever still holds a stub. */
  [Symbol.dispose](): void {
    this.#open = false
    for (const socket of this.#sockets) close(socket)
    this.#sockets.clear()
  }

  /** The same address for the same name. */
  async resolve(name: unknown): Promise<Result<Ipv4Address, SocketErrorCode>> {
    if (!this.#open) return err('name-unresolvable')
    const text = LookupName.safeParse(name)
    const host = text.success ? parseName(text.data) : null
    if (host === null) return this.#refused('malformed', '', 0, 'RESOLVE', 'name-unresolvable')
    const denial = judgeLookup(this.#permission, host)
    if (denial !== null) {
      this.#meter.deny(denial)
      return this.#refused('denied', host, 0, 'RESOLVE', 'name-unresolvable')
    }
    const known = this.#names.indexOf(host)
    if (known >= 0) return ok(addressAt(known))
    if (this.#names.length >= MAX_NAMES) return err('temporary-resolver-failure')
    return ok(addressAt(this.#names.push(host) - 1))
  }

  /** Connects to a name that was looked up before; any other address is out of reach. */
  async connect(message: unknown): Promise<Result<OpenConnection, SocketErrorCode>> {
    if (!this.#open) return err('access-denied')
    const parsed = ConnectMessage.safeParse(message)
    if (!parsed.success) return this.#refused('malformed', '', 0, 'CONNECT', 'invalid-argument')
    const { address, port } = parsed.data
    const text = addressText(address)
    const host = this.#names.find((_, at) => addressAt(at).join('.') === text)
    const denial =
      host === undefined
        ? ({
            reason: 'unreachable',
            permission: 'network',
            host: text,
            port,
            why: 'address',
          } as const)
        : refusal(this.#permission, host, port)
    if (host === undefined || denial !== null) {
      if (denial !== null) this.#meter.deny(denial)
      return this.#refused('denied', host ?? text, port, 'CONNECT', 'access-denied')
    }
    if (!this.#meter.admit('requests')) {
      return this.#refused('bound', host, port, 'CONNECT', 'new-socket-limit')
    }
    return await this.#carry(host, port, this.#list('failed', host, port, 'CONNECT'))
  }

  async #carry(
    host: Hostname,
    port: number,
    hostCall: HostCall,
  ): Promise<Result<OpenConnection, SocketErrorCode>> {
    const socket = connect(connectTcpTo(this.#upstreams, host, port), {
      allowHalfOpen: true,
      secureTransport: 'off',
    })
    this.#sockets.add(socket)
    // A connection that breaks later shows in its streams.
    socket.closed.catch(() => {})
    const opened = await openedWithin(socket, this.#meter.limits.responseMs)
    hostCall.ms = Date.now() - hostCall.at
    if (opened !== true || !this.#open) {
      close(socket)
      this.#sockets.delete(socket)
      return err(opened === null ? 'timeout' : 'connection-refused')
    }
    hostCall.outcome = 'answered'
    const input = (socket.readable as ReadableStream<Uint8Array>).pipeThrough(
      this.#meter.count(hostCall, 'in'),
    )
    return ok({ connection: new Connection(socket, this.#meter, hostCall), input })
  }

  #list(outcome: HostCall['outcome'], host: string, port: number, method: string): HostCall {
    const at = Date.now()
    const counts = { status: null, ms: 0, bytesOut: 0, bytesIn: 0 }
    return this.#meter.list({ kind: 'network', host, port, method, at, outcome, ...counts })
  }

  #refused(
    outcome: HostCall['outcome'],
    host: string,
    port: number,
    method: string,
    error: SocketErrorCode,
  ): Refused {
    this.#list(outcome, host, port, method)
    return err(error)
  }
}

/** The sending half. Beyond the bound of bytes the connection ends. */
class Connection extends RpcTarget implements ConnectionFace {
  readonly #socket: Socket
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  readonly #meter: CallMeter
  readonly #hostCall: HostCall

  constructor(socket: Socket, meter: CallMeter, hostCall: HostCall) {
    super()
    this.#socket = socket
    this.#writer = (socket.writable as WritableStream<Uint8Array>).getWriter()
    this.#writer.closed.catch(() => {})
    this.#meter = meter
    this.#hostCall = hostCall
  }

  async write(bytes: unknown): Promise<boolean> {
    if (!(bytes instanceof Uint8Array)) return false
    if (!this.#meter.sends(bytes, this.#hostCall)) {
      close(this.#socket)
      return false
    }
    return await this.#writer.write(bytes).then(
      () => true,
      () => false,
    )
  }

  async end(): Promise<void> {
    await this.#writer.close().catch(() => {})
  }
}

function refusal(
  permission: NetworkPermission,
  host: Hostname,
  port: number,
): NetworkDenial | null {
  const verdict = judge(permission, { scheme: 'tcp', host, port, path: '/', method: null })
  return verdict.ok ? null : verdict.error
}

/** From the range for benchmarks (RFC 2544): nobody's address, so a mistake reaches nobody. */
function addressAt(position: number): Ipv4Address {
  return [198, 18, 1 + (position >> 8), position & 255]
}

/** `null` when it took too long. */
async function openedWithin(socket: Socket, ms: number): Promise<boolean | null> {
  const late = Promise.withResolvers<null>()
  const timer = setTimeout(() => late.resolve(null), ms)
  const opened = socket.opened.then(
    () => true,
    () => false,
  )
  return await Promise.race([opened, late.promise]).finally(() => clearTimeout(timer))
}

function close(socket: Socket): void {
  socket.close().catch(() => {})
}
