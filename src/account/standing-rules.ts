// The rules in force for a component as they stand: who asked for each, and what later calls may have of it.

import type { Remaining } from '../policy/life.ts'
import { remaining } from '../policy/life.ts'
import type { GrantOrigin } from '../store/grants.ts'
import type { Authorities } from './authorities.ts'
import { termsOf } from './grants.ts'
import type { Holdings } from './holdings.ts'

export interface StandingRule {
  /** The question that led to it; `null`: none did, the person wrote a policy or made it smaller. */
  readonly origin: GrantOrigin | null
  readonly left: Remaining
}

/** By the ids of grants. `null`: the person has no such component. */
export async function standingRules(
  {
    holdings,
    authorities,
  }: {
    readonly holdings: Holdings
    readonly authorities: Pick<Authorities, 'shown' | 'usage'>
  },
  component: string,
  at: number,
): Promise<Readonly<Record<string, StandingRule>> | null> {
  const [held, origins] = await Promise.all([holdings.held(), holdings.grants.origins()])
  const install = held.installs.find((one) => one.component === component)
  if (install === undefined) return null
  const entries = authorities.shown(held, install, at).map((grant) => {
    const left = remaining(termsOf(grant), authorities.usage(grant.id, at))
    return [grant.id, { origin: origins.get(grant.id) ?? null, left }] as const
  })
  return Object.fromEntries(entries)
}
