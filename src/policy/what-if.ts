// What another policy would have said to what a call asked for: by the functions that judge live calls, from what
// was recorded. Where too little was recorded to say, it says so. Pure.

import type { Asked, AskedVerdict, Judged } from './asked.ts'
import { judgeAsked } from './asked.ts'
import type { AuthorityRequest, GrantedRule } from './authority.ts'
import { authorityOf, environmentPermission } from './authority.ts'
import { permittedKeys, readsVariables } from './environment.ts'
import type { Permit } from './layers.ts'
import { parseLimitRule } from './limit-rule.ts'
import type { BoundName, CallLimits } from './limits.ts'
import { BOUNDS } from './limits.ts'
import { bindingOf, bindToNamings, boundsOfBinding } from './named-by.ts'
import type { PersonRule } from './person-rules.ts'
import type { RequestedLimits } from './requested-limits.ts'
import type { Result } from './result.ts'
import type { CallUsage, Decision } from './usage.ts'
import { limitsOf } from './usage.ts'

/** A policy as calls of one component would go by it. */
export interface Proposed extends Judged {
  /** The text of each granted rule, by the id that a permit names. */
  readonly rules: ReadonlyMap<string, string>
  /** Keys that the component would be handed, if they have a value. */
  readonly keys: readonly string[]
}

/** `same` is what nothing is told of. `not-known`: what was recorded does not say. */
export type Would = 'same' | 'would-be-refused' | 'would-be-allowed' | 'not-known'

/** What a finding is about: a question, or a bound. */
export type Subject =
  | Asked
  | { readonly kind: 'bound'; readonly bound: BoundName | 'io-rate' }
  /** The whole call: nothing of what it used was recorded. */
  | { readonly kind: 'call' }

export interface Finding {
  readonly subject: Subject
  readonly times: number
  /** What it was told then. `bound`: the call ended there. `not-handed`: it did not get the variable. */
  readonly was: AskedVerdict | 'bound' | 'not-handed' | 'not-known'
  readonly would: Would
  /** What it would be told. */
  readonly verdict: AskedVerdict | 'bound' | 'not-known'
  /** The rule that would decide it, of the policy; `null`: none, or the host's, which are not told. */
  readonly rule: string | null
}

/** What is known of a variable of the component now: when its value was set. */
export type Values = ReadonlyMap<string, number>

export interface RecordedCall {
  readonly outcome: string
  readonly reason: string | null
  readonly startedAt: number
  /** `null`: it was recorded before that was kept. */
  readonly usage: CallUsage | null
}

export interface Circumstances {
  readonly ceilings: AuthorityRequest['ceilings']
  readonly imports: readonly string[]
  readonly ownHosts: readonly string[]
}

/** The policy of a person under the host's ceilings. */
export function propose(document: readonly PersonRule[], under: Circumstances): Proposed {
  const grants = document.flatMap(({ permission, ...rule }, n): GrantedRule[] =>
    permission === 'limit' || permission === 'labels'
      ? []
      : [{ id: String(n), permission, limited: false, ...rule }],
  )
  const limits = document.flatMap(({ permission, rule }) => (permission === 'limit' ? [rule] : []))
  return proposeGrants(
    grants,
    limits.flatMap((rule) => parseLimitRule(rule) ?? []),
    under,
  )
}

/** Grants as they are, and what narrows the bounds. */
export function proposeGrants(
  grants: readonly GrantedRule[],
  narrowings: readonly RequestedLimits[],
  { ceilings, imports, ownHosts }: Circumstances,
): Proposed {
  const about = { ceilings, narrowings, component: { imports }, ownHosts }
  const environment = environmentPermission(ceilings, grants)
  return {
    authority: authorityOf({ ...about, grants, values: new Map() }),
    environment,
    rules: new Map(grants.map(({ id, rule }) => [id, rule])),
    keys: readsVariables(imports) ? permittedKeys(environment) : [],
  }
}

/** Whatever would have gone otherwise, or is not known. `values`: of the variables as they are now. */
export function whatIf(call: RecordedCall, proposed: Proposed, values: Values): Finding[] {
  const { usage } = call
  if (usage === null) {
    const unknown = { was: 'not-known', would: 'not-known', verdict: 'not-known' } as const
    return [{ subject: { kind: 'call' }, times: 1, ...unknown, rule: null }]
  }
  if (!usage.ran) return []
  const findings = [
    ...usage.decisions.map((decision) => judgeDecision(decision, proposed)),
    ...(usage.complete ? [] : [MORE_WAS_ASKED]),
    ...variables(call, usage, proposed, values),
    ...bounds(call, usage, proposed),
  ]
  return findings.filter(({ would }) => would !== 'same')
}

const MORE_WAS_ASKED: Finding = {
  subject: { kind: 'call' },
  times: 1,
  was: 'not-known',
  would: 'not-known',
  verdict: 'not-known',
  rule: null,
}

export function judgeDecision(decision: Decision, proposed: Proposed): Finding {
  const { asked, verdict: was, times } = decision
  const about = { subject: asked, times, was }
  // The component was gone: no policy changes that.
  if (was === 'gone') return { ...about, would: 'same', verdict: 'gone', rule: null }
  const judged = judgeRecorded(decision, proposed)
  if (judged === null) {
    return { ...about, would: 'not-known', verdict: 'not-known', rule: null }
  }
  const verdict = judged.ok ? 'allowed' : judged.error.reason
  const would =
    judged.ok === (was === 'allowed') ? 'same' : judged.ok ? 'would-be-allowed' : 'would-be-refused'
  return { ...about, would, verdict, rule: ruleOf(judged, proposed) }
}

/** `null`: what was recorded does not say. */
export function judgeRecorded(
  { asked, namings }: Decision,
  judged: Judged,
): ReturnType<typeof judgeAsked> {
  const { hosts, paths } = bindingOf(judged)
  // As it is, where nothing binds: what is made of it anew has no index of its rules.
  if (!hosts && !paths) return judgeAsked(judged, asked)
  if (namings !== null) return judgeAsked(bindToNamings(judged, asked, namings), asked)
  // To allow more may refuse a move: what else would be readable where it goes has to be read from where it was.
  if (asked.kind === 'move' && paths) return null
  const { least, most } = boundsOfBinding(judged)
  const [low, high] = [judgeAsked(least, asked), judgeAsked(most, asked)]
  if (low === null || high === null || low.ok !== high.ok) return null
  return low.ok ? low : high
}

function ruleOf(judged: Result<Permit, { rule: string | null }>, { rules }: Proposed) {
  if (!judged.ok) return judged.error.rule
  const [grant] = judged.value.grants
  return grant === undefined ? null : (rules.get(grant.id) ?? null)
}

/** Variables that the call was not handed and would be: it did not ask for them, so nothing is recorded of that. */
function variables(
  { startedAt }: RecordedCall,
  { decisions }: CallUsage,
  { keys }: Proposed,
  values: Values,
): Finding[] {
  const known = new Set(
    decisions.flatMap(({ asked }) => (asked.kind === 'variable' ? [asked.key] : [])),
  )
  return keys.flatMap((key): Finding[] => {
    const setAt = values.get(key)
    if (known.has(key) || setAt === undefined) return []
    const about = { subject: { kind: 'variable', key }, times: 1, was: 'not-handed' } as const
    return setAt <= startedAt
      ? [{ ...about, would: 'would-be-allowed', verdict: 'allowed', rule: key }]
      : [{ ...about, would: 'not-known', verdict: 'not-known', rule: key }]
  })
}

/** A call meets bounds one at a time: the first that it would meet is told. */
function bounds(call: RecordedCall, usage: CallUsage, { authority }: Proposed): Finding[] {
  const had = limitsOf(usage)
  const { limits, ioPerSecond } = authority
  if (call.outcome === 'bound') return raised(call, usage, authority)
  const lowered = (Object.keys(BOUNDS) as (keyof CallLimits)[]).flatMap((key): Finding[] => {
    if (limits[key] >= had[key]) return []
    const needed = usage.amounts[key]
    // Beyond what it had, it ended by something else at the same time.
    if (needed !== undefined && needed > had[key]) return []
    return needed === undefined || needed > limits[key]
      ? [meets(BOUNDS[key].name, needed === undefined)]
      : []
  })
  const rate = usage.ioPerSecond ?? Infinity
  const isSlower = ioPerSecond !== null && ioPerSecond < rate
  const { ioNeeded } = usage
  const tooFast = isSlower && (ioNeeded === null || ioNeeded > ioPerSecond)
  return tooFast ? [...lowered, meets('io-rate', ioNeeded === null)] : lowered
}

function meets(bound: BoundName | 'io-rate', unknown: boolean): Finding {
  const about = { subject: { kind: 'bound', bound }, times: 1, was: 'allowed' } as const
  return unknown
    ? { ...about, would: 'not-known', verdict: 'not-known', rule: bound }
    : { ...about, would: 'would-be-refused', verdict: 'bound', rule: bound }
}

/** It ended at a bound, and would have gone on; how far, nobody knows. */
function raised(
  { reason }: RecordedCall,
  usage: CallUsage,
  { limits, ioPerSecond }: Proposed['authority'],
): Finding[] {
  const isRate = reason === 'io-rate'
  const key = (Object.keys(BOUNDS) as (keyof CallLimits)[]).find((k) => BOUNDS[k].name === reason)
  if (key === undefined && !isRate) return []
  const bound = key === undefined ? 'io-rate' : BOUNDS[key].name
  const goesOn =
    key === undefined
      ? (ioPerSecond ?? Infinity) > (usage.ioPerSecond ?? Infinity)
      : limits[key] > limitsOf(usage)[key]
  if (!goesOn) return []
  const about = { subject: { kind: 'bound', bound }, times: 1, was: 'bound' } as const
  // Fuel ends a call also where nothing could suspend it for too long, whatever it has.
  return key === 'fuel'
    ? [{ ...about, would: 'not-known', verdict: 'not-known', rule: null }]
    : [{ ...about, would: 'would-be-allowed', verdict: 'allowed', rule: null }]
}
