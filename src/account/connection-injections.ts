// A component's connections as what goes into its requests: a token for the hosts that the person agreed to, in
// its place. Its name is the service's, which no secret of the person's can have.

import type { Injection } from '../policy/secret.ts'
import { parseServiceHost } from '../policy/service.ts'
import type { Connection } from '../store/connections.ts'
import type { Version } from '../store/grants.ts'
import type { Held } from './holdings.ts'

export function connectionInjections(held: Held, version: Version): Injection[] {
  return connectionsOf(held, version).map(({ id, service, hosts, placement, made_at }) => ({
    name: service,
    // A rule that is none any more binds to nothing.
    hosts: hosts.map(parseServiceHost).filter((rule) => rule !== null),
    placement,
    placeholder: null,
    source: { kind: 'connection', id },
    revision: made_at,
  }))
}

/** That calls of exactly this version use. */
export function connectionOf(held: Held, version: Version, service: string): Connection | null {
  return connectionsOf(held, version).find((one) => one.service === service) ?? null
}

function connectionsOf({ connections }: Held, { source, digest }: Version): Connection[] {
  return connections.filter((one) => one.source === source && one.digest === digest)
}
