// One tool call by a proven principal: admit (resolve and authorize), check the arguments, issue
// capabilities, run, record, answer. Every call leaves a record; an answer that cannot be recorded is not given.

import type { Account, AdmittedTool } from './account/account.ts'
import type { Sources } from './capabilities/issue.ts'
import { issueCapabilities } from './capabilities/issue.ts'
import type { CallMeter, HostCall, MeteredBound } from './capabilities/meter.ts'
import type { ArgumentFault } from './component/arguments.ts'
import { checkArguments } from './component/arguments.ts'
import { digestOf } from './component/digest.ts'
import type { LiftedResult } from './component/results.ts'
import { answersWithValue, liftResult } from './component/results.ts'
import type { FunctionType } from './component/wit.ts'
import type { DriveError } from './drive/node.ts'
import type { Denial } from './policy/denial.ts'
import { isGrantable } from './policy/denial.ts'
import type { Principal } from './principal.ts'
import type { GuestStub } from './sandbox/isolate.ts'
import type { RunBound, RunOutcome } from './sandbox/sandbox.ts'
import { runGuest } from './sandbox/sandbox.ts'

export interface CallRequest {
  readonly principal: Principal
  /** MCP session of the sessionful eras. */
  readonly session: string | null
  readonly tool: string
  readonly arguments: unknown
}

/** The whole world of a call: a test builds it by hand. */
export interface CallDeps {
  readonly account: Pick<Account, 'admit' | 'ask' | 'keyValue' | 'record'>
  readonly isolate: (tool: AdmittedTool, person: string) => GuestStub
  /** Makes an install current when the compiler has changed since; the tool as it is then. */
  readonly refresh: (tool: AdmittedTool) => Promise<AdmittedTool | null>
  readonly sources: Omit<Sources, 'entries'>
  readonly now: () => number
  readonly newId: () => string
}

export type Outcome =
  | {
      readonly tag: 'answered'
      readonly result: LiftedResult
      /** What a function without a value wrote instead: the component's words. */
      readonly printed: string
      readonly denied: Refusals
    }
  | { readonly tag: 'unknown-tool' }
  | { readonly tag: 'bad-arguments'; readonly fault: ArgumentFault }
  | { readonly tag: 'denied'; readonly denied: Refusals; readonly result: LiftedResult | null }
  | {
      readonly tag: 'trapped'
      readonly message: string
      readonly log: string
      readonly denied: Refusals
    }
  | {
      readonly tag: 'exited'
      readonly code: number
      readonly log: string
      readonly denied: Refusals
    }
  | { readonly tag: 'bound'; readonly bound: RunBound | MeteredBound; readonly denied: Refusals }
  | { readonly tag: 'unsaved'; readonly why: DriveError }
  | { readonly tag: 'bad-result' }
  | { readonly tag: 'fault' }

/** What was refused during a call, and the question it opened for the person, if a grant would help. */
export interface Refusals {
  readonly denials: readonly Denial[]
  readonly approvals: readonly { readonly id: string; readonly rule: string }[]
}

const NOTHING_DENIED: Refusals = { denials: [], approvals: [] }
/** Questions that one call may open: a component cannot flood the person. */
const MAX_QUESTIONS = 3

interface Attempt {
  readonly outcome: Outcome
  readonly admitted: AdmittedTool | null
  readonly hostCalls: readonly HostCall[]
}

export async function call(request: CallRequest, deps: CallDeps): Promise<Outcome> {
  const startedAt = deps.now()
  const attempted = await attempt(request, deps).catch(faulted)
  const { outcome, admitted, hostCalls } = attempted
  await deps.account.record({
    id: deps.newId(),
    client: request.principal.client,
    client_name: request.principal.clientName,
    session: request.session,
    tool: request.tool.slice(0, 256),
    component: admitted?.install.component ?? null,
    source: admitted?.install.source ?? null,
    digest: admitted?.install.digest ?? null,
    arguments_digest: await digestOf(JSON.stringify(request.arguments ?? null)),
    outcome: outcome.tag,
    reason: reasonOf(outcome),
    started_at: startedAt,
    ms: deps.now() - startedAt,
    host_calls: hostCalls.map(row),
  })
  return outcome
}

async function attempt(request: CallRequest, deps: CallDeps): Promise<Attempt> {
  const { principal } = request
  const found = await deps.account.admit(request.tool)
  const admitted = found === null ? null : await deps.refresh(found)
  if (admitted === null) return ended({ tag: 'unknown-tool' }, null)
  const { tool, authority } = admitted
  const args = checkArguments(tool.model.function.type, request.arguments ?? {})
  if (!args.ok) return ended({ tag: 'bad-arguments', fault: args.error }, admitted)
  const { source } = admitted.install
  using held = issueCapabilities(authority, {
    ...deps.sources,
    entries: (operation) => deps.account.keyValue(source, operation),
  })
  const { limits, environment } = authority
  const run = await runGuest(
    deps.isolate(admitted, principal.person),
    { export: tool.model.jsExport, args: args.value, environment, bounds: limitsOf(limits) },
    held.guest,
    limits.wallClockMs,
  ).then((outcome) => commandLine(tool.model.function.type, outcome))
  // What a failed guest wrote and neither closed nor synced is dropped: those files stay as they were.
  const unsaved = run.tag === 'ok' || run.tag === 'err' ? await held.save() : null
  const denied = await refusals(request, admitted, held.meter, deps)
  const { hostCalls } = held.meter
  if (unsaved !== null) return { outcome: { tag: 'unsaved', why: unsaved }, admitted, hostCalls }
  return { outcome: conclude(admitted, run, held.meter, denied), admitted, hostCalls }
}

const limitsOf = ({ logBytes, liftUnits }: { logBytes: number; liftUnits: number }) => ({
  logBytes,
  liftUnits,
})

/** Leaving with code 0 is how a command says ok, where no other value is owed. */
function commandLine(type: FunctionType, run: RunOutcome): RunOutcome {
  if (run.tag !== 'exit' || run.code !== 0 || answersWithValue(type)) return run
  return { tag: 'ok', value: undefined, log: run.log, printed: run.printed }
}

function conclude(
  { tool }: AdmittedTool,
  run: RunOutcome,
  meter: CallMeter,
  denied: Refusals,
): Outcome {
  if (run.tag === 'bound') return { tag: 'bound', bound: run.bound, denied }
  if (meter.bound !== null) return { tag: 'bound', bound: meter.bound, denied }
  const wasDenied = denied.denials.length > 0
  if (run.tag === 'trap' || run.tag === 'exit') {
    // Programs end themselves over what they could not do: the refusal is what the person has to see.
    if (wasDenied) return { tag: 'denied', denied, result: null }
    if (run.tag === 'exit') return { tag: 'exited', code: run.code, log: run.log, denied }
    return { tag: 'trapped', message: run.message, log: run.log, denied }
  }
  const { type } = tool.model.function
  const lifted = liftResult(type, { tag: run.tag, value: run.value })
  if (!lifted.ok) return { tag: 'bad-result' }
  // A guest that coped with the refusal has answered; the refusal is told beside its answer.
  if (wasDenied && lifted.value.isError) return { tag: 'denied', denied, result: lifted.value }
  const said = run.tag === 'ok' ? run.printed : run.log
  const printed = answersWithValue(type) ? '' : said
  return { tag: 'answered', result: lifted.value, printed, denied }
}

async function refusals(
  { principal, tool }: CallRequest,
  { install }: AdmittedTool,
  meter: CallMeter,
  deps: CallDeps,
): Promise<Refusals> {
  if (meter.denials.length === 0) return NOTHING_DENIED
  const wanted = new Map(
    meter.denials.filter(isGrantable).map((d) => [`${d.permission} ${d.rule}`, d]),
  )
  const approvals: { id: string; rule: string }[] = []
  for (const { permission, rule } of [...wanted.values()].slice(0, MAX_QUESTIONS)) {
    const question = {
      client: principal.client,
      clientName: principal.clientName,
      component: install.component,
      tool,
      permission,
      rule,
    }
    const approval = await deps.account.ask(question, deps.now())
    if (approval !== null) approvals.push({ id: approval.id, rule })
  }
  return { denials: meter.denials, approvals }
}

function ended(outcome: Outcome, admitted: AdmittedTool | null): Attempt {
  return { outcome, admitted, hostCalls: [] }
}

/** A surprise of ours: the operator reads the cause, the caller learns that it was us. */
function faulted(cause: unknown): Attempt {
  console.error('call fault', cause)
  return ended({ tag: 'fault' }, null)
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
    case 'unsaved':
      return outcome.why
    case 'answered':
      return outcome.result.isError ? 'err' : null
    default:
      return null
  }
}

function row(hostCall: HostCall) {
  const { kind, host, port, method, outcome, status, ms } = hostCall
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
  }
}
