// What a publisher's policy.yaml proposes, rule by rule, for the person to decide. It is text of a stranger:
// nothing of it is applied, and what it denies or cannot say in rules is told beside it.

import { parsePolicy } from './document.ts'
import type { PersonRule } from './person-rules.ts'
import { rulesOf } from './person-rules.ts'

export interface Proposal {
  /** The publisher's own words; `null`: none. */
  readonly description: string | null
  /** What it would have allowed, each rule once. */
  readonly allow: readonly PersonRule[]
  /** What it would deny. Nobody is asked for that. */
  readonly deny: readonly PersonRule[]
}

/** Rules that a person can be expected to read. */
export const MAX_PROPOSED = 50

/** `null`: not a policy, or one of more rules than a person reads. */
export function readProposal(text: string): Proposal | null {
  const policy = parsePolicy(text)
  if (!policy.ok) return null
  const rules = rulesOf(policy.value)
  if (!rules.ok || rules.value.length > MAX_PROPOSED) return null
  return {
    description: policy.value.description,
    allow: rules.value.filter(({ effect }) => effect === 'allow'),
    deny: rules.value.filter(({ effect }) => effect === 'deny'),
  }
}
