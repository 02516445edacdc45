// The objects that one call may hold, made from its authority and taken back when the call ends.

import type { Authority } from '../policy/authority.ts'
import type { GuestCapabilities } from './held.ts'
import type { KeyValueStore } from './keyvalue.ts'
import { KeyValue } from './keyvalue.ts'
import { CallMeter } from './meter.ts'
import { Network } from './network.ts'
import { Sockets } from './sockets.ts'
import type { Upstreams } from './upstreams.ts'

/** Owned by `call.ts`, which disposes of it: afterwards every object in it refuses. */
export interface HeldCapabilities extends Disposable {
  readonly meter: CallMeter
  readonly guest: GuestCapabilities
}

/**
 * A component that does not import wasi:http or wasi:sockets gets no object for it. One that does gets an
 * object even when nothing is granted: it refuses on our side of the wall, so the refusal is on the record.
 */
export function issueCapabilities(
  authority: Authority,
  upstreams: Upstreams,
  entries: KeyValueStore,
): HeldCapabilities {
  const meter = new CallMeter(authority.limits)
  const network =
    authority.network === null ? null : new Network(authority.network, meter, upstreams)
  const sockets =
    authority.sockets === null ? null : new Sockets(authority.sockets, meter, upstreams)
  const keyValue = authority.keyValue
    ? new KeyValue(entries, authority.limits.keyValueOperations)
    : null
  return {
    meter,
    guest: { network, sockets, keyValue },
    [Symbol.dispose]: () => {
      network?.[Symbol.dispose]()
      sockets?.[Symbol.dispose]()
      keyValue?.[Symbol.dispose]()
    },
  }
}
