// A person's policy as the rules that are stored for them, and back. Pure. What a document says and no rule
// can hold is a fault, so that nothing of it is silently left out.

import { requestedLimits } from './authority.ts'
import type { PolicyDocument, Rules } from './document.ts'
import { NO_LABEL_RULES, NO_RESOURCES } from './document.ts'
import { ANY_KEY, parseKeyRule } from './environment.ts'
import type { PolicyFault } from './fault.ts'
import type { HostRule } from './host-rule.ts'
import { parseHostRule } from './host-rule.ts'
import type { CallLimits } from './limits.ts'
import { limitRules, parseLimitRule } from './limit-rule.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import type { StorageRule } from './storage-rule.ts'
import { parseStoredStorageRule } from './storage-rule.ts'

export interface PersonRule {
  readonly effect: 'allow' | 'deny'
  readonly permission: 'network' | 'storage' | 'environment' | 'limit' | 'labels'
  readonly rule: string
}

/** Rules of one person's policy for one component: each is read for every call. */
export const MAX_PERSON_RULES = 1_000

export function rulesOf(
  document: PolicyDocument,
): Result<readonly PersonRule[], readonly PolicyFault[]> {
  const { network, storage, environment } = document
  if (environment.allow.some(({ text }) => text === ANY_KEY.text)) {
    return err([fault('x-wassette-edge.environment.allow', ONE_BY_ONE)])
  }
  if (document.labels.add.length > 0 || document.labels.mode !== null) {
    return err([fault('x-wassette-edge.labels', LABELS_ELSEWHERE)])
  }
  const rules = [
    ...both('network', network),
    ...both('storage', storage),
    ...both('environment', environment),
    ...limitRules(requestedLimits(document)).map(
      (rule) => ({ effect: 'allow', permission: 'limit', rule }) as const,
    ),
  ]
  return rules.length > MAX_PERSON_RULES ? err([fault('', TOO_MANY)]) : ok(rules)
}

/**
 * A rule that does not parse grants nothing, and is not in it. Of several limits of one bound, the lowest: as calls
 * have it.
 */
export function documentOf(rules: readonly PersonRule[]): PolicyDocument {
  const network = read(rules, 'network', (text): HostRule | null => {
    const rule = parseHostRule(text)
    return rule.ok ? rule.value : null
  })
  const storage = read(rules, 'storage', (text): StorageRule | null => {
    const rule = parseStoredStorageRule(text)
    return rule.ok ? rule.value : null
  })
  const limits = rules.flatMap(({ permission, rule }) =>
    permission === 'limit' ? (parseLimitRule(rule) ?? []) : [],
  )
  const { memoryBytes = null, ...bounds } = leastOf(limits.map(({ bounds: of }) => of))
  return {
    schema: null,
    version: '1.0',
    description: null,
    network,
    storage,
    environment: read(rules, 'environment', parseKeyRule),
    resources: {
      ...NO_RESOURCES,
      // As Wassette writes it, which may be more than a bound of ours can be.
      memoryBytes,
      cpuCores: least(limits.map(({ cpuCores }) => cpuCores)),
      ioPerSecond: least(limits.map(({ ioPerSecond }) => ioPerSecond)),
    },
    limits: bounds,
    labels: NO_LABEL_RULES,
  }
}

function leastOf(bounds: readonly Partial<CallLimits>[]): Partial<CallLimits> {
  const lowest: Partial<Record<keyof CallLimits, number>> = {}
  for (const [key, amount] of bounds.flatMap(entriesOf)) {
    lowest[key] = Math.min(lowest[key] ?? amount, amount)
  }
  return lowest
}

const entriesOf = (bounds: Partial<CallLimits>) =>
  Object.entries(bounds) as [keyof CallLimits, number][]

function least(amounts: readonly (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function both(
  permission: 'network' | 'storage' | 'environment',
  { allow, deny }: Rules<{ readonly text: string }>,
): PersonRule[] {
  return [
    ...allow.map(({ text }) => ({ effect: 'allow', permission, rule: text }) as const),
    ...deny.map(({ text }) => ({ effect: 'deny', permission, rule: text }) as const),
  ]
}

function read<R>(
  rules: readonly PersonRule[],
  permission: PersonRule['permission'],
  parse: (text: string) => R | null,
): Rules<R> {
  const of = (wanted: PersonRule['effect']) =>
    rules.flatMap(({ effect, permission: kind, rule }) =>
      kind === permission && effect === wanted ? (parse(rule) ?? []) : [],
    )
  return { allow: of('allow'), deny: of('deny') }
}

const ONE_BY_ONE = 'Variables are granted one by one: name each of them instead of "*".'
const LABELS_ELSEWHERE =
  'Labels in a policy are for the host of a server. Set yours in the console, under Labels.'
const TOO_MANY = `Write ${MAX_PERSON_RULES} rules at the most.`

function fault(path: string, sentence: string): PolicyFault {
  return { kind: 'value', path, line: 1, key: null, suggestion: null, sentence }
}
