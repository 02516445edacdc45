// wasi:sockets/network, instance-network and ip-name-lookup. A name is given to the call's capability,
// which judges it; what comes back is an address of this call's own.

import type { Result } from '../../policy/result.ts'
import type { Ipv4Address, SocketErrorCode, SocketsFace } from '../../capabilities/held.ts'
import { Pollable } from './poll.ts'

/** `error-code` of the interface. */
export type ErrorCode =
  | SocketErrorCode
  | 'unknown'
  | 'invalid-state'
  | 'not-in-progress'
  | 'not-supported'
  | 'would-block'

export function refuse(code: ErrorCode): never {
  // eslint-disable-next-line no-throw-literal -- jco takes a thrown plain value as the `result`'s error
  throw code
}

export type IpAddressFamily = 'ipv4' | 'ipv6'
type IpAddress = { readonly tag: 'ipv4'; readonly val: Ipv4Address }

/** The one network of an instance. Holding it permits nothing: the capability decides. */
export class Network {}

class ResolveAddressStream {
  #answer: Result<Ipv4Address, ErrorCode> | undefined
  #told = false
  readonly #settled: Promise<void>

  constructor(answer: Promise<Result<Ipv4Address, ErrorCode>>) {
    this.#settled = answer.then(
      (value) => void (this.#answer = value),
      () => void (this.#answer = { ok: false, error: 'temporary-resolver-failure' }),
    )
  }

  /** `result<option<ip-address>, error-code>`: one address, then none. */
  resolveNextAddress(): IpAddress | undefined {
    if (this.#answer === undefined) refuse('would-block')
    if (!this.#answer.ok) refuse(this.#answer.error)
    if (this.#told) return undefined
    this.#told = true
    return { tag: 'ipv4', val: this.#answer.value }
  }

  subscribe(): Pollable {
    return new Pollable(
      () => this.#answer !== undefined,
      () => this.#settled,
    )
  }
}

export function network(sockets: SocketsFace | null): Record<string, Record<string, unknown>> {
  return {
    'wasi:sockets/network': {
      Network,
      // A stream's error says no more than that the connection broke.
      networkErrorCode: () => undefined,
    },
    'wasi:sockets/instance-network': { instanceNetwork: () => new Network() },
    'wasi:sockets/ip-name-lookup': {
      ResolveAddressStream,
      resolveAddresses: (_: Network, name: string) => {
        if (sockets === null) refuse('name-unresolvable')
        return new ResolveAddressStream(sockets.resolve(name))
      },
    },
  }
}
