// An authority as a host without a ceiling of its own gives it, for tests that grant by text.

import type { Authority, GrantedRule } from '../../src/policy/authority.ts'
import { authorityOf } from '../../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../../src/policy/ceiling.ts'

export function authorityWith(
  imports: readonly string[],
  grants: readonly Pick<GrantedRule, 'permission' | 'rule'>[] = [],
  values: ReadonlyMap<string, string> = new Map(),
): Authority {
  return authorityOf({
    ceilings: [DEFAULT_CEILING],
    grants: grants.map((grant, i) => ({ id: `g${i}`, effect: 'allow', limited: false, ...grant })),
    component: { imports },
    ownHosts: ['edge.example'],
    values,
  })
}
