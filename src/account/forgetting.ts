// What goes with a person who is deleted, once their chain has begun to close.

import { forgettingOf } from '../store/forgetting.ts'
import type { AuditChain } from './audit-chain.ts'
import type { Connecting } from './connecting.ts'
import type { Holdings } from './holdings.ts'
import type { OAuthGrants } from './oauth-grants.ts'
import type { Recording } from './recording.ts'
import type { Sessions } from './sessions.ts'
import type { Standings } from './standing.ts'

/** Connections, rows, sessions, the drive. Who was cut off begins again at the first. */
export async function forgetRest(parts: {
  readonly holdings: Holdings
  readonly connecting: Connecting
  readonly recording: Recording
  readonly sessions: Sessions
  readonly standings: Standings
  readonly oauthGrants: OAuthGrants
  readonly audit: AuditChain
  readonly drives: Env['DRIVE']
}): Promise<void> {
  const { db, person } = parts.holdings
  // A copy that is under way comes before the end of the rows.
  await parts.recording.copy()
  await parts.connecting.connections.endAll()
  await parts.holdings.write(() => db.batch(forgettingOf(db, person)))
  // Before: a session that opens meanwhile is of nobody.
  parts.standings.drop()
  parts.oauthGrants.forget()
  await parts.sessions.forget()
  await parts.drives.getByName(person).forget(Date.now())
  parts.audit.closed()
}
