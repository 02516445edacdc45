// What is recorded of a call.

import type { AdmittedTool } from './account/verbs/calls.ts'
import type { Receipt } from './account/record.ts'
import type { Attempt } from './attempt.ts'
import type { CallRequest } from './call.ts'
import type { Outcome, Refusals } from './outcome.ts'
import type { HostCall } from './capabilities/meter.ts'
import { digestOf } from './component/digest.ts'
import type { CallOutcome } from './store/call-outcomes.ts'
import type { Denial } from './policy/denial.ts'
import type { RefusalRow } from './store/calls.ts'

export async function receiptOf(
  id: string,
  { principal, session, tool }: CallRequest,
  { outcome, admitted, handed, hostCalls, fuel, usage, log }: Attempt,
  about: { readonly argumentsDigest: string; readonly startedAt: number; readonly ms: number },
): Promise<Receipt> {
  return {
    id,
    client: principal.client,
    client_name: principal.clientName,
    session,
    tool: tool.slice(0, 256),
    component: admitted?.install.component ?? null,
    source: admitted?.install.source ?? null,
    digest: admitted?.install.digest ?? null,
    arguments_digest: about.argumentsDigest,
    outcome: outcome.tag satisfies CallOutcome,
    reason: reasonOf(outcome),
    policy_digest: await policyDigest(admitted),
    variables: [...handed],
    started_at: about.startedAt,
    ms: about.ms,
    fuel,
    host_calls: hostCalls.map(row),
    usage,
    ...(log === '' ? {} : { log }),
    refusals: 'denied' in outcome ? refusalsOf(outcome.denied) : [],
  }
}

/** Refusals of one permission on the record of one call: more than a person reads. */
const MAX_REFUSALS = 32

/** Each once, however often the guest tried. */
function refusalsOf({ denials, approvals }: Refusals): RefusalRow[] {
  const rows = denials.map((denial): RefusalRow => {
    const { permission, reason } = denial
    const rule = 'rule' in denial ? denial.rule : null
    return {
      permission,
      reason,
      subject: subjectOf(denial),
      rule,
      approval: approvals.find((one) => one.rule === rule)?.id ?? null,
    }
  })
  const once = new Map(rows.map((row) => [JSON.stringify(row), row]))
  const byPermission = Map.groupBy(once.values(), ({ permission }) => permission)
  return [...byPermission.values()].flatMap((alike) => alike.slice(0, MAX_REFUSALS))
}

function subjectOf(denial: Denial): string {
  switch (denial.permission) {
    case 'network':
      return `${denial.host}:${denial.port}`
    case 'storage':
      return denial.path
    case 'labels':
      return denial.brings.join(',')
  }
}

/** What the audit says of an authority: a digest of it, without the values of variables. */
async function policyDigest(admitted: AdmittedTool | null): Promise<string | null> {
  const authority = admitted?.authority
  if (authority === undefined || typeof authority === 'string') return null
  const environment = authority.environment.map(([key]) => key)
  return await digestOf(JSON.stringify({ ...authority, environment }))
}

function reasonOf(outcome: Outcome): string | null {
  switch (outcome.tag) {
    case 'bound':
      return outcome.bound
    case 'bad-arguments':
      return outcome.fault.problem
    case 'denied':
      return outcome.denied.denials[0]?.reason ?? null
    case 'exited':
      return String(outcome.code)
    case 'handle':
      return outcome.fault
    case 'outdated':
    case 'unsaved':
      return outcome.why
    case 'fault':
      return outcome.isLate ? 'store-late' : null
    case 'answered':
      return outcome.result.isError ? 'err' : null
    default:
      return null
  }
}

function row(hostCall: HostCall) {
  const { kind, host, port, method, outcome, status, ms, secrets } = hostCall
  return {
    kind,
    host,
    port,
    method,
    outcome,
    status,
    bytes_out: hostCall.bytesOut,
    bytes_in: hostCall.bytesIn,
    started_at: hostCall.at,
    ms,
    ...(secrets === undefined || secrets.length === 0 ? {} : { secrets: [...secrets] }),
  }
}
