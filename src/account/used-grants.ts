// Grants by their use, inside a person's `Account`: which were not relied on for a while, and taking those back.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Grant } from '../store/grants.ts'
import type { Usages } from '../store/usages.ts'
import type { NamedGrant, Narrowed } from './acts.ts'
import type { Authorities } from './authorities.ts'
import type { Holdings } from './holdings.ts'

export interface UsedGrant {
  readonly component: string
  readonly grant: Grant
  /** Unix milliseconds; `null`: no call that is on the record relied on it. */
  readonly lastUsedAt: number | null
  /** Calls on the record that relied on it. */
  readonly calls: number
}

export interface UnusedGrants {
  /** Unix milliseconds since when uses are recorded and kept: of the time before nothing is known. */
  readonly recordedSince: number
  /** Not relied on since then, oldest first. */
  readonly unused: readonly UsedGrant[]
  /** All others: used, or given since. */
  readonly others: readonly UsedGrant[]
}

interface Parts {
  readonly holdings: Holdings
  readonly authorities: Pick<Authorities, 'shown'>
  readonly usages: Usages
}

/**
 * What is allowed. What a person denies or limits is not there to be used; and leave to bring labels is needed
 * seldom, and by whole sessions.
 */
export async function unusedGrants(
  { holdings, authorities, usages }: Parts,
  since: number,
  at: number,
): Promise<UnusedGrants> {
  const [held, uses, recordedSince] = await Promise.all([
    holdings.held(),
    usages.uses(),
    usages.since(at),
  ])
  const all = held.installs.flatMap((install) =>
    authorities
      .shown(held, install, at)
      .filter(
        ({ effect, permission }) =>
          effect === 'allow' && permission !== 'limit' && permission !== 'labels',
      )
      .map((grant): UsedGrant => {
        const use = uses.get(grant.id)
        const lastUsedAt = use?.last_used_at ?? null
        return { component: install.component, grant, lastUsedAt, calls: use?.calls ?? 0 }
      }),
  )
  // Before uses were recorded, or are kept, it may have been used every day.
  const isUnused = ({ grant, lastUsedAt }: UsedGrant) =>
    Math.max(grant.granted_at, recordedSince) <= since && (lastUsedAt ?? 0) < since
  return {
    recordedSince,
    unused: all.filter(isUnused),
    others: all.filter((one) => !isUnused(one)),
  }
}

/** In one transaction, all of them or none. `changed`: one of them is no unused grant (any more). */
export async function takeBackUnused(
  parts: Parts,
  ids: readonly string[],
  since: number,
  at: number,
): Promise<Result<Narrowed, 'changed'>> {
  const { holdings } = parts
  return await holdings.write(async () => {
    const { unused } = await unusedGrants(parts, since, at)
    const meant = unused.filter(({ grant }) => ids.includes(grant.id))
    if (meant.length === 0 || meant.length !== new Set(ids).size) return err('changed' as const)
    await holdings.db.batch(meant.map(({ grant }) => holdings.grants.end(grant.id, 'revoked', at)))
    return ok({ ended: meant.map(named), given: [] })
  })
}

function named({ component, grant }: UsedGrant): NamedGrant {
  return { component, permission: grant.permission, rule: grant.rule }
}
