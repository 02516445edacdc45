// Puts together what an `Account` has of services and connections.

import { reachOf } from '../connect/transport.ts'
import type { Acts } from './acts.ts'
import { CONNECTION_STARTS_SCHEMA, ConnectionStarts } from './connection-starts.ts'
import { CONNECTION_TOKENS_SCHEMA, ConnectionTokens } from './connection-tokens.ts'
import { Connections } from './connections.ts'
import type { Holdings } from './holdings.ts'
import { OpenTokens } from './open-tokens.ts'
import type { PersonKeys } from './person-keys.ts'
import type { ServicesEnv } from './services.ts'
import { hostServices, Services } from './services.ts'

export const CONNECTING_SCHEMA = `
  ${CONNECTION_STARTS_SCHEMA}
  ${CONNECTION_TOKENS_SCHEMA}
`

export interface Connecting {
  readonly services: { readonly host: Services; readonly mine: Services }
  readonly connections: Connections
  readonly open: OpenTokens
}

export function connecting(
  env: ServicesEnv,
  parts: {
    readonly holdings: Holdings
    readonly keys: PersonKeys
    readonly acts: Acts
    readonly sql: SqlStorage
    readonly goOn: (work: Promise<unknown>) => void
  },
): Connecting {
  const { holdings, keys } = parts
  const reach = reachOf(env)
  const mine = new Services({
    db: holdings.db,
    owner: holdings.person,
    keys,
    reach,
    publicUrl: env.PUBLIC_URL,
    write: (work) => holdings.write(work),
  })
  const services = { host: hostServices(env), mine }
  const tokens = new ConnectionTokens(parts.sql)
  const open = new OpenTokens({ ...parts, tokens, services, reach })
  const starts = new ConnectionStarts(parts.sql)
  const connections = new Connections({ ...parts, tokens, starts, services, open, reach })
  return { services, connections, open }
}
