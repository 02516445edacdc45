// The rules in force for a component, as `get-policy` tells them: each with its life and where it comes from,
// then the host's ceilings and what was refused lately.

import type { ComponentView } from '../account/account.ts'
import { requestedLimits } from '../policy/authority.ts'
import { DEFAULT_CEILING, NOTHING_ALLOWED } from '../policy/ceiling.ts'
import { describeDenial } from '../policy/denial.ts'
import { policyValue } from '../policy/document-print.ts'
import { parseLimitRule } from '../policy/limit-rule.ts'
import type { CallLimits } from '../policy/limits.ts'
import { effectiveLimits } from '../policy/requested-limits.ts'

type Grant = ComponentView['grants'][number]

export function rulesInForce({ grants, ceilings, refused, labels }: ComponentView) {
  return {
    rules: grants.map((grant) => {
      const chosen = labels.chosen[grant.id]
      // What the person says that its use brings.
      return { ...ruleOf(grant), ...(chosen === undefined ? {} : { labels: chosen }) }
    }),
    ceilings:
      ceilings.length === 0
        ? [{ scope: 'everyone', from: 'default', policy: policyValue(DEFAULT_CEILING) }]
        : ceilings.map(({ scope, document }) => ({
            scope,
            from: 'host',
            // Until the host mends it, calls are refused.
            policy: document === null ? null : policyValue(document),
          })),
    refused_lately: refused.map(({ tool, at, denial }) => ({
      tool,
      at: seconds(at),
      why: describeDenial(denial),
      denial,
    })),
  }
}

/** Of a call that begins now. */
export function limitsInForce({
  grants,
  ceilings,
}: Pick<ComponentView, 'grants' | 'ceilings'>): CallLimits {
  const layers = ceilings.map(({ document }) => document ?? NOTHING_ALLOWED)
  const asked = (layers.length === 0 ? [DEFAULT_CEILING] : layers).map(requestedLimits)
  const narrowings = grants.flatMap(({ permission, rule }) =>
    permission === 'limit' ? (parseLimitRule(rule) ?? []) : [],
  )
  return effectiveLimits(asked, narrowings).limits
}

function ruleOf(grant: Grant) {
  const { effect, permission, rule, life, until, uses, calls_an_hour, bytes, origin } = grant
  return {
    effect,
    permission_type: permission,
    rule,
    life,
    ...(until === null ? {} : { until: seconds(until) }),
    ...(uses === null ? {} : { uses }),
    ...(calls_an_hour === null ? {} : { calls_an_hour }),
    ...(bytes === null ? {} : { bytes }),
    from: origin === 'document' ? 'policy document of the person' : 'decision of the person',
    since: seconds(grant.granted_at),
  }
}

const seconds = (ms: number): number => Math.floor(ms / 1000)
