// What the routes are built on: made once per request in `app.ts`, so that no route opens a binding itself.

import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider'
import type { Services } from '../account/services.ts'
import type { AccountVerbs } from '../compose.ts'
import type { Config } from '../config.ts'
import type { LoadDeps } from '../load.ts'
import type { Activity } from '../store/activity.ts'
import type { AuditStore } from '../store/audit.ts'
import type { Checkpoints } from '../store/checkpoints.ts'
import type { Ceilings } from '../store/ceilings.ts'
import type { People, Person } from '../store/people.ts'

export interface Parts {
  readonly config: Config
  readonly people: People
  readonly ceilings: Ceilings
  readonly activity: Activity
  readonly oauth: OAuthHelpers
  readonly account: (person: string) => AccountVerbs
  /** Those that the host describes. */
  readonly services: Services
  readonly audit: { readonly store: AuditStore; readonly checkpoints: Checkpoints }
  readonly load: (person: string) => LoadDeps
  /** The bytes of a stored icon, by the hex digits of its digest. */
  readonly icon: (hex: string) => Promise<Uint8Array | null>
  readonly now: () => number
}

/** Hono's environment: `person`, and when they were last asked who they are, are set behind `signedIn` only. */
export interface AppEnv {
  readonly Variables: { readonly parts: Parts; person: Person; authenticatedAt: number | null }
}
