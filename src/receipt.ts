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
    host_calls: bounded(hostCalls).map(row),
    usage,
    ...(log === '' ? {} : { log }),
    refusals: 'denied' in outcome ? refusalsOf(outcome.denied) : [],
  }
}

/** Refusals of one permission on the record of one call: more than a person reads. */
const MAX_REFUSALS = 32
/** Characters of what was refused, and of the rule. */
const MAX_REFUSED_CHARS = 512

/** Each once, however often the guest tried. */
function refusalsOf({ denials, approvals }: Refusals): RefusalRow[] {
  const rows = denials.map((denial): RefusalRow => {
    const { permission, reason } = denial
    const rule = 'rule' in denial ? denial.rule : null
    return {
      permission,
      reason,
      subject: cut(subjectOf(denial), MAX_REFUSED_CHARS),
      rule: rule && cut(rule, MAX_REFUSED_CHARS),
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

/** Bytes of all paths of one record, and of all names of secrets; beyond them each is told in part. */
const MAX_PATHS_BYTES = 64 * 1024
const MAX_SECRETS_BYTES = 64 * 1024
const SHORT_PATH_CHARS = 64

/** A record fits into one row of a store, whatever its guest did. Hosts have a length of their own. */
function bounded(hostCalls: readonly HostCall[]): HostCall[] {
  const paths = roomOf(MAX_PATHS_BYTES)
  const names = roomOf(MAX_SECRETS_BYTES)
  return hostCalls.map((hostCall) => {
    const { kind, host, secrets = [] } = hostCall
    const isWhole = kind === 'network' || paths(host)
    const [first, ...others] = secrets
    const isTold = first === undefined || others.length === 0 || names(secrets.join())
    return {
      ...hostCall,
      host: isWhole ? host : cut(host, SHORT_PATH_CHARS),
      secrets: isTold ? secrets : [first, `[${others.length} more]`],
    }
  })
}

/** Whether there is room for one more text, which takes it then. */
function roomOf(bytes: number): (text: string) => boolean {
  let left = bytes
  return (text) => {
    const size = utf8.encode(JSON.stringify(text)).byteLength
    if (size > left) return false
    left -= size
    return true
  }
}

const utf8 = new TextEncoder()

/** Of a text without secrets. What is cut off is counted: nobody takes a part for the whole. */
function cut(text: string, chars: number): string {
  const more = text.length - chars
  return more <= 0 ? text : `${text.slice(0, chars).toWellFormed()}… [${more} more characters]`
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
