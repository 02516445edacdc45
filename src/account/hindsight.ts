// A policy over the calls that a person's components have made, inside their `Account`: what would have gone
// otherwise. Nothing is changed by it.

import { parsePolicy } from '../policy/document.ts'
import type { PolicyFault } from '../policy/fault.ts'
import { rulesOf } from '../policy/person-rules.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Finding } from '../policy/what-if.ts'
import { propose, whatIf } from '../policy/what-if.ts'
import type { Usages } from '../store/usages.ts'
import type { Authorities } from './authorities.ts'
import { isReadable, layersOf } from './ceilings.ts'
import type { Holdings } from './holdings.ts'
import { MAX_CALLS_LOOKED_AT } from './narrowing.ts'

/** Findings that are listed; all are counted. */
export const MAX_FINDINGS = 200

export interface CallFinding extends Finding {
  readonly call: string
  readonly tool: string
  readonly at: number
}

export interface Hindsight {
  readonly component: string
  readonly since: number
  /** Calls that were looked at, and whether there are more. */
  readonly calls: number
  readonly more: boolean
  /** Of them, those that would have gone as they did. */
  readonly callsTheSame: number
  readonly counts: Readonly<Record<Exclude<Finding['would'], 'same'>, number>>
  /** Newest call first. */
  readonly findings: readonly CallFinding[]
}

export type HindsightFault = 'unknown-component' | 'ceiling-unreadable' | readonly PolicyFault[]

export async function hindsight(
  parts: {
    readonly holdings: Holdings
    readonly authorities: Pick<Authorities, 'ceilings' | 'ownHosts'>
    readonly usages: Usages
  },
  component: string,
  policy: string | Uint8Array,
  since: number,
  at: number,
): Promise<Result<Hindsight, HindsightFault>> {
  const { holdings, authorities, usages } = parts
  const document = parsePolicy(policy)
  if (!document.ok) return document
  const rules = rulesOf(document.value)
  if (!rules.ok) return rules
  const install = await holdings.install(component)
  if (install === undefined) return err('unknown-component')
  const ceilings = await authorities.ceilings(install, at)
  if (!isReadable(ceilings)) return err('ceiling-unreadable')
  const proposed = propose(rules.value, {
    ceilings: layersOf(ceilings),
    imports: install.imports,
    ownHosts: authorities.ownHosts,
  })
  const { variables } = await holdings.held()
  const mine = variables.filter(({ source }) => source === install.source)
  const values = new Map(mine.map(({ key, set_at }) => [key, set_at]))
  const counts = { 'would-be-refused': 0, 'would-be-allowed': 0, 'not-known': 0 }
  const listed: CallFinding[] = []
  let [calls, callsTheSame] = [0, 0]
  for await (const call of usages.of(install.source, since, MAX_CALLS_LOOKED_AT + 1)) {
    calls += 1
    if (calls > MAX_CALLS_LOOKED_AT) break
    const { id, tool, started_at: startedAt, outcome, reason, usage } = call
    const findings = whatIf({ outcome, reason, startedAt, usage }, proposed, values)
    if (findings.length === 0) callsTheSame += 1
    for (const finding of findings) {
      if (finding.would === 'same') continue
      counts[finding.would] += finding.times
      if (listed.length < MAX_FINDINGS) listed.push({ ...finding, call: id, tool, at: startedAt })
    }
  }
  const more = calls > MAX_CALLS_LOOKED_AT
  calls = Math.min(calls, MAX_CALLS_LOOKED_AT)
  return ok({ component, since, calls, more, callsTheSame, counts, findings: listed })
}
