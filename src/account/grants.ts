// Which of a person's grants count: for one call, and for whoever looks at a component.

import type { Terms } from '../policy/life.ts'
import { isAlive, isForRequest, isLimited } from '../policy/life.ts'
import type { Grant } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { Claims } from './claims.ts'
import type { Owners } from './owners.ts'

/** The call that would rely on grants. */
export interface Relying {
  readonly id: string
  /** Whose session it is made in (`policy/life.ts`); `null`: nobody's, so what is for a session is not for it. */
  readonly owner: string | null
  /** Which request it is (`requestOf`); `null`: none that anything was granted for. */
  readonly request: string | null
  readonly at: number
}

export function termsOf({ life, until, uses, calls_an_hour, bytes }: Grant): Terms {
  return { life, until, uses, callsAnHour: calls_an_hour, bytes }
}

/** For this version of this source. */
export function grantsOf(grants: readonly Grant[], install: Install): Grant[] {
  return grants.filter((g) => g.source === install.source && g.digest === install.digest)
}

/** Those that the call may rely on now. A limited one has to be claimed by it first, or is already. */
export function inForce(
  grants: readonly Grant[],
  call: Relying,
  { claims, owners }: { readonly claims: Claims; readonly owners: Owners },
): Grant[] {
  return grants.filter((grant) => {
    if (!isAlive(grant, call, idleSince(grant, owners))) return false
    if (!isForRequest(grant.request, call.request)) return false
    const terms = termsOf(grant)
    return !isLimited(terms) || claims.isOpen({ id: grant.id, terms }, call.id, call.at)
  })
}

/** Those that some call may rely on, now or, as the hour goes by, later. */
export function shown(
  grants: readonly Grant[],
  at: number,
  { claims, owners }: { readonly claims: Claims; readonly owners: Owners },
): Grant[] {
  return grants.filter((grant) => {
    const { id, owner } = grant
    if (!isAlive(grant, { owner, at }, idleSince(grant, owners))) return false
    const terms = termsOf(grant)
    return !isLimited(terms) || !claims.isOver({ id, terms }, at)
  })
}

/** Those for a session of `owner` that has been idle for so long that it is over. */
export function idle(
  grants: readonly Grant[],
  { owner, at }: { readonly owner: string | null; readonly at: number },
  owners: Owners,
): Grant[] {
  return grants.filter(
    (grant) =>
      grant.owner !== null &&
      grant.owner === owner &&
      !isAlive(grant, { owner, at }, idleSince(grant, owners)),
  )
}

/** `null`: the session says itself when it is over. */
function idleSince({ owner, granted_at }: Grant, owners: Owners): number | null {
  if (owner === null || !owner.startsWith('client ')) return null
  return Math.max(owners.lastSeen(owner) ?? granted_at, granted_at)
}
