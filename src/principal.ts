// Who is calling, proven by an access token: a person, the client that acts for them, and what it may do.

import type { Scope } from './oauth/scopes.ts'

/** Plain data: it crosses to the `Session` object and to `ToolCalls`. */
export interface Principal {
  /** Opaque id of the person. */
  readonly person: string
  /** OAuth client id, and the name it gave itself. */
  readonly client: string
  readonly clientName: string
  /** When the person let the client act for them, in Unix milliseconds. */
  readonly since: number
  readonly scopes: readonly Scope[]
}
