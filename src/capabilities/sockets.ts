// One call's way to TCP. Names and addresses are ours: a name that may be looked up gets an address that
// means something in this call only, and a connection goes to the name behind it. No answer of a real
// resolver reaches the guest, so lookups carry nothing in and nothing out.

import { connect } from 'cloudflare:sockets'
import { RpcTarget } from 'cloudflare:workers'
import type { LabelsDenial, NetworkDenial } from '../policy/denial.ts'
import type { Hostname } from '../policy/host.ts'
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
import type { Lease } from './lease.ts'
import type { CallMeter, HostCall } from './meter.ts'
import type { NetworkPassage } from './passage.ts'
import { openNetworkPassage } from './passage.ts'
import type { Upstreams } from './upstreams.ts'
import { connectTcpTo } from './upstreams.ts'

/** Names of one call: an honest tool talks to one or two. */
const MAX_NAMES = 64

type Refused = { readonly ok: false; readonly error: SocketErrorCode }

export class Sockets extends RpcTarget implements SocketsFace {
  readonly #lease: Lease
  readonly #meter: CallMeter
  readonly #upstreams: Upstreams
  /** Position is address, from `#first` on: see `addressAt`. */
  readonly #names: Hostname[] = []
  /** A kept instance still has the addresses of its earlier calls, which must not mean a name of this one. */
  readonly #first = firstAddress()
  readonly #sockets = new Set<Socket>()
  #open = true

  constructor(lease: Lease, meter: CallMeter, upstreams: Upstreams) {
    super()
    this.#lease = lease
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
    const permission = (await this.#lease.current())?.sockets ?? null
    const verdict: ReturnType<typeof judgeLookup> =
      permission === null
        ? err({ reason: 'gone', permission: 'network', host, port: 0 })
        : judgeLookup(permission, host)
    const noted = this.#meter.ledger.note({ kind: 'lookup', host })
    if (!verdict.ok) {
      noted.refused(verdict.error.reason)
      this.#meter.deny(verdict.error)
      return this.#refused('denied', host, 0, 'RESOLVE', 'name-unresolvable')
    }
    // To know a name uses nothing up.
    noted.allowed(verdict.value.grants.filter(({ limited }) => !limited).map(({ id }) => id))
    const known = this.#names.indexOf(host)
    if (known >= 0) return ok(this.#addressOf(known))
    if (this.#names.length >= MAX_NAMES) return err('temporary-resolver-failure')
    return ok(this.#addressOf(this.#names.push(host) - 1))
  }

  /** Connects to a name that was looked up before; any other address is out of reach. */
  async connect(message: unknown): Promise<Result<OpenConnection, SocketErrorCode>> {
    if (!this.#open) return err('access-denied')
    const parsed = ConnectMessage.safeParse(message)
    if (!parsed.success) return this.#refused('malformed', '', 0, 'CONNECT', 'invalid-argument')
    const { address, port } = parsed.data
    const text = addressText(address)
    const host = this.#names.find((_, at) => this.#addressOf(at).join('.') === text)
    if (host === undefined) {
      const why = { reason: 'unreachable', permission: 'network', why: 'address' } as const
      this.#meter.ledger.note({ kind: 'connection', host: text, port }).refused('unreachable')
      return this.#denied({ ...why, host: text, port }, { host: text, port })
    }
    if (!this.#meter.admit('requests')) {
      return this.#refused('bound', host, port, 'CONNECT', 'new-socket-limit')
    }
    const target = { scheme: 'tcp', host, port, path: '/', method: null } as const
    const noted = this.#meter.ledger.note({ kind: 'connection', host, port })
    const passage = await openNetworkPassage(target, this.#lease, noted)
    if (!passage.ok) return this.#denied(passage.error, target)
    const hostCall = this.#list('failed', host, port, 'CONNECT')
    // Whoever resolves the name reads it: under a wildcard it is a message.
    const mayLeave = this.#meter.admit('egressBytes', host.length)
    if (!mayLeave) hostCall.outcome = 'bound'
    const denial = mayLeave ? await passage.value.refusal(host.length) : null
    if (denial !== null) {
      this.#meter.deny(denial)
      hostCall.outcome = 'denied'
    }
    // The call may have ended meanwhile.
    if (!mayLeave || denial !== null || !this.#open) return err('access-denied')
    // What the bytes on it do, nobody here knows.
    this.#meter.leaveTrace()
    return await this.#carry(host, port, hostCall, passage.value)
  }

  #addressOf(position: number): Ipv4Address {
    return addressAt(this.#first + position)
  }

  async #carry(
    host: Hostname,
    port: number,
    hostCall: HostCall,
    passage: NetworkPassage,
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
    const way = new OpenWay(socket, passage, this.#meter, hostCall)
    const input = (socket.readable as ReadableStream<Uint8Array>).pipeThrough(way.incoming())
    return ok({ connection: new Connection(socket, way), input })
  }

  #denied(
    denial: NetworkDenial | LabelsDenial,
    { host, port }: { readonly host: string; readonly port: number },
  ): Refused {
    this.#meter.deny(denial)
    return this.#refused('denied', host, port, 'CONNECT', 'access-denied')
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

/** What passes over one connection: counted, and allowed to pass still. Otherwise the connection ends. */
class OpenWay {
  readonly #socket: Socket
  readonly #passage: NetworkPassage
  readonly #meter: CallMeter
  readonly #hostCall: HostCall

  constructor(socket: Socket, passage: NetworkPassage, meter: CallMeter, hostCall: HostCall) {
    this.#socket = socket
    this.#passage = passage
    this.#meter = meter
    this.#hostCall = hostCall
  }

  async admits(piece: Uint8Array, direction: 'in' | 'out'): Promise<boolean> {
    const counted =
      direction === 'out'
        ? this.#meter.sends(piece, this.#hostCall)
        : this.#meter.gets(piece, this.#hostCall)
    const denial = counted ? await this.#passage.refusal(piece.byteLength) : null
    if (counted && denial === null) return true
    if (denial !== null && this.#hostCall.outcome !== 'denied') {
      this.#meter.deny(denial)
      this.#hostCall.outcome = 'denied'
    }
    close(this.#socket)
    return false
  }

  incoming(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream({
      transform: async (piece, controller) => {
        if (await this.admits(piece, 'in')) controller.enqueue(piece)
        else controller.error(new Error('the connection ended'))
      },
    })
  }
}

/** The sending half. */
class Connection extends RpcTarget implements ConnectionFace {
  readonly #way: OpenWay
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>

  constructor(socket: Socket, way: OpenWay) {
    super()
    this.#way = way
    this.#writer = (socket.writable as WritableStream<Uint8Array>).getWriter()
    this.#writer.closed.catch(() => {})
  }

  async write(bytes: unknown): Promise<boolean> {
    if (!(bytes instanceof Uint8Array)) return false
    if (!(await this.#way.admits(bytes, 'out'))) return false
    return await this.#writer.write(bytes).then(
      () => true,
      () => false,
    )
  }

  async end(): Promise<void> {
    await this.#writer.close().catch(() => {})
  }
}

/** Of 198.18.0.0/15, the range for benchmarks (RFC 2544): nobody's address, so a mistake reaches nobody. */
function addressAt(place: number): Ipv4Address {
  return [198, 18 + (place >> 16), (place >> 8) & 255, place & 255]
}

/** Its own for each call, with room for all names of one before the range ends. */
function firstAddress(): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
  return random % (2 ** 17 - MAX_NAMES)
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
