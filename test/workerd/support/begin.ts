// A call that is under way, for tests of what only such a call may do.

import type { RunningCall } from '../../../src/account/authorities.ts'
import type { AccountVerbs } from '../../../src/compose.ts'

/** As its admission puts it down. */
export async function begin(
  account: AccountVerbs,
  { call, id: claimant, source }: RunningCall,
): Promise<void> {
  const about = { client: 'c', client_name: 'C', session: null, arguments_digest: null }
  const what = { tool: 't', component: 'stats', source, digest: null }
  const begun = { ...about, ...what, id: call, claimant, started_at: Date.now() }
  await account.begin(begun, 60_000)
}
