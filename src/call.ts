// One tool call by a proven principal: admit (resolve and authorize), check the arguments, issue
// capabilities, run, record, answer. Every call leaves a record; an answer that cannot be recorded is not given.

import type { Account, AdmittedTool } from './account/account.ts'
import type { Round, RoundCall } from './account/rounds.ts'
import type { ClientMessage } from './capabilities/client.ts'
import type { Sources } from './capabilities/issue.ts'
import { issueCapabilities } from './capabilities/issue.ts'
import type { CallLease, Standing } from './capabilities/lease.ts'
import type { CallMeter, HostCall, MeteredBound } from './capabilities/meter.ts'
import type { AnsweredForm } from './capabilities/questions.ts'
import type { ArgumentFault } from './component/arguments.ts'
import { checkArguments } from './component/arguments.ts'
import { digestOf } from './component/digest.ts'
import { usesHandles } from './component/handles.ts'
import type { LiftedResult } from './component/results.ts'
import { answersWithValue, liftResult } from './component/results.ts'
import type { FunctionType } from './component/wit.ts'
import type { DriveError } from './drive/node.ts'
import type { Authority, Environment } from './policy/authority.ts'
import { bindArguments } from './policy/authority.ts'
import type { Denial } from './policy/denial.ts'
import { isGrantable } from './policy/denial.ts'
import { ownerOf } from './policy/life.ts'
import type { Form } from './policy/elicitation.ts'
import type { BoundName } from './policy/limits.ts'
import type { Principal } from './principal.ts'
import { receiptOf } from './receipt.ts'
import type { GuestStub } from './sandbox/isolate.ts'
import type { HandleFault } from './sandbox/call.ts'
import { guestBounds } from './sandbox/call.ts'
import type { RunOutcome } from './sandbox/sandbox.ts'
import { runGuest } from './sandbox/sandbox.ts'

export interface CallRequest {
  readonly principal: Principal
  /** MCP session of the sessionful eras. */
  readonly session: string | null
  readonly tool: string
  readonly arguments: unknown
  readonly exchange: Exchange
}

/** The client side of one request, as plain data but for the way back. */
export interface Exchange {
  /** `null`: nothing can be said while the call runs. */
  readonly notify: ((message: ClientMessage) => Promise<void>) | null
  /** The client shows forms to the person. */
  readonly canAsk: boolean
  /** What the client was given with a question, and its answer to that: unchecked. */
  readonly state: string | null
  readonly response: unknown
  /** Settles when the client gives the call up; `null`: it cannot. */
  readonly cancelled: (() => Promise<void>) | null
}

/** The whole world of a call: a test builds it by hand. */
export interface CallDeps {
  readonly account: Pick<
    Account,
    'admit' | 'ask' | 'claim' | 'keepRound' | 'keyValue' | 'record' | 'renew' | 'takeRound'
  >
  readonly isolate: (tool: AdmittedTool, person: string) => GuestStub
  /** Makes an install current when the compiler has changed since; the tool as it is then. */
  readonly refresh: (tool: AdmittedTool, call: string) => Promise<AdmittedTool | null>
  readonly sources: Omit<Sources, 'entries' | 'conversation' | 'digest' | 'standing' | 'now'>
  readonly now: () => number
  readonly newId: () => string
}

export type Outcome =
  | {
      readonly tag: 'answered'
      readonly component: string
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
  | { readonly tag: 'bound'; readonly bound: BoundName | MeteredBound; readonly denied: Refusals }
  /** The person is asked; the client comes back with the answer and `state`. */
  | {
      readonly tag: 'asks'
      readonly component: string
      readonly form: Form
      readonly state: string
      readonly denied: Refusals
    }
  /** An argument names a resource that is not there, or cannot be used now. */
  | { readonly tag: 'handle'; readonly fault: HandleFault; readonly denied: Refusals }
  | { readonly tag: 'unsaved'; readonly why: DriveError }
  /** The client gave it up: nobody reads the answer. */
  | { readonly tag: 'cancelled'; readonly denied: Refusals }
  /** The variables of the component do not open with the host's keys: it does not run without them. */
  | { readonly tag: 'sealed' }
  /** The host's policy for this call is no policy any more. */
  | { readonly tag: 'ceiling-unreadable' }
  /** A new version of the component: its person has not looked at it yet. */
  | { readonly tag: 'waits'; readonly component: string }
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

export interface Attempt {
  readonly outcome: Outcome
  readonly admitted: AdmittedTool | null
  readonly hostCalls: readonly HostCall[]
  /** Burnt, as the guest's isolate claims. */
  readonly fuel: number | null
  /** Bytes by limited grant; `null`: nobody knows. */
  readonly moved: Readonly<Record<string, number>> | null
  readonly claimant: string | null
}

export async function call(request: CallRequest, deps: CallDeps): Promise<Outcome> {
  const id = deps.newId()
  const startedAt = deps.now()
  const argumentsDigest = await digestOf(JSON.stringify(request.arguments ?? null))
  const attempted = await attempt(id, request, argumentsDigest, deps).catch(faulted)
  const { outcome, moved, claimant } = attempted
  const receipt = await receiptOf(id, request, attempted, {
    argumentsDigest,
    startedAt,
    ms: deps.now() - startedAt,
  })
  const denials = 'denied' in outcome ? outcome.denied.denials : []
  const goesOn = outcome.tag === 'asks'
  await deps.account.record(receipt, { claimant, goesOn, moved, denials })
  return outcome
}

async function attempt(
  id: string,
  request: CallRequest,
  argumentsDigest: string,
  deps: CallDeps,
): Promise<Attempt> {
  const { principal } = request
  const owner = ownerOf(principal.client, request.session)
  const found = await deps.account.admit(request.tool, id, owner)
  if (found === 'too-many-calls') {
    return ended({ tag: 'bound', bound: 'concurrent-calls', denied: NOTHING_DENIED }, null)
  }
  const admitted = found === null ? null : await deps.refresh(found, id)
  if (admitted === null) return ended({ tag: 'unknown-tool' }, null)
  const { tool } = admitted
  const without = withoutAuthority(admitted)
  if (without !== null) return ended(without, admitted)
  const args = checkArguments(tool.model.function.type, request.arguments ?? {})
  if (!args.ok) return ended({ tag: 'bad-arguments', fault: args.error }, admitted)
  const { source } = admitted.install
  const round = roundOf(request, argumentsDigest)
  const before = await roundBefore(request, round, deps)
  // What an earlier round has claimed is the call's still.
  const claimant = before?.claimant ?? id
  const again =
    before === null ? admitted : await deps.account.admit(request.tool, id, owner, claimant)
  if (again === null || again === 'too-many-calls' || typeof again.authority === 'string') {
    return ended({ tag: 'unknown-tool' }, admitted)
  }
  const authority = bindArguments(again.authority, request.arguments ?? {})
  const { notify, canAsk } = request.exchange
  using held = issueCapabilities(authority, {
    ...deps.sources,
    entries: (operation) => deps.account.keyValue(source, operation),
    conversation: { notify, canAsk, answers: answersTo(request, before) },
    digest: digestOf,
    standing: standingOf(claimant, request, admitted, deps),
    now: deps.now,
  })
  const { limits } = authority
  const environment = await handedOver(authority, held.lease)
  const run = await runGuest(
    deps.isolate(admitted, principal.person),
    {
      id,
      export: tool.model.jsExport,
      args: args.value,
      environment,
      bounds: guestBounds(limits),
      slot: usesHandles(tool.model.function.type) ? await slotOf(request, environment) : null,
    },
    held.guest,
    limits.wallClockMs,
    request.exchange.cancelled?.().catch(() => new Promise<void>(() => {})),
  ).then((outcome) => commandLine(tool.model.function.type, outcome))
  // What a failed guest wrote and neither closed nor synced is dropped: those files stay as they were.
  const unsaved = run.tag === 'ok' || run.tag === 'err' ? await held.save() : null
  const denied = await refusals(request, admitted, held.meter, deps)
  const { hostCalls } = held.meter
  const account = { admitted, hostCalls, fuel: run.fuel, moved: held.lease.used, claimant }
  if (unsaved !== null) return { outcome: { tag: 'unsaved', why: unsaved }, ...account }
  const question = held.questions.open
  if (run.tag === 'asks' && question !== null) {
    const state = deps.newId()
    const answers = [...held.questions.answered]
    await deps.account.keepRound(
      state,
      { call: round, answers, asked: question.digest, claimant },
      deps.now(),
    )
    const { component } = admitted.install
    const outcome = { tag: 'asks', component, form: question.form, state, denied } as const
    return { outcome, ...account }
  }
  return { outcome: conclude(admitted, run, held.meter, denied), ...account }
}

/** Why a call has no authority; `null` when it has one. */
function withoutAuthority({ authority, install }: AdmittedTool): Outcome | null {
  if (authority === 'waits') return { tag: 'waits', component: install.component }
  return typeof authority === 'string' ? { tag: authority } : null
}

/** The call's way back to the person's account, for as long as it runs. */
function standingOf(
  id: string,
  { principal, session, ...request }: CallRequest,
  { install }: AdmittedTool,
  { account }: CallDeps,
): Standing {
  const { source, digest } = install
  const running = { id, source, digest, owner: ownerOf(principal.client, session) }
  return {
    renew: async () => {
      const authority = await account.renew(running)
      return authority && bindArguments(authority, request.arguments ?? {})
    },
    claim: (grant) => account.claim(running, grant),
  }
}

/** To be handed a variable is to use the grant for it: what nothing is left of, is not handed over. */
async function handedOver(
  { environment, handed }: Authority,
  lease: CallLease,
): Promise<Environment> {
  const kept: (readonly [string, string])[] = []
  for (const entry of environment) {
    const grants = handed.find(({ key }) => key === entry[0])?.grants
    const use = grants === undefined ? null : await lease.use(grants)
    if (use !== null) kept.push(entry)
  }
  return kept
}

function roundOf({ principal, session, tool }: CallRequest, argumentsDigest: string): RoundCall {
  return { client: principal.client, session, tool, argumentsDigest }
}

/** `null` for a call that begins. A state that is not ours to know is no state. */
async function roundBefore(
  { exchange }: CallRequest,
  call: RoundCall,
  { account, now }: CallDeps,
): Promise<Round | null> {
  return exchange.state === null ? null : await account.takeRound(exchange.state, call, now())
}

/** What the person has answered to this call so far. */
function answersTo({ exchange }: CallRequest, before: Round | null): readonly AnsweredForm[] {
  if (before === null) return []
  return [...before.answers, { form: before.asked, response: exchange.response }]
}

/**
 * Whose handles a call may name: those of its session, or of its client where there is none. An instance
 * remembers the variables that it has read: once others are granted or set, it is out of reach.
 */
async function slotOf(
  { session, principal }: CallRequest,
  environment: Environment,
): Promise<string> {
  const owner = session === null ? `client ${principal.client}` : `session ${session}`
  return await digestOf(JSON.stringify([owner, environment]))
}

/** Leaving with code 0 is how a command says ok, where no other value is owed. */
function commandLine(type: FunctionType, run: RunOutcome): RunOutcome {
  if (run.tag !== 'exit' || run.code !== 0 || answersWithValue(type)) return run
  return { ...run, tag: 'ok', value: undefined }
}

function conclude(
  { tool, install }: AdmittedTool,
  run: RunOutcome,
  meter: CallMeter,
  denied: Refusals,
): Outcome {
  if (run.tag === 'cancelled') return { tag: 'cancelled', denied }
  if (run.tag === 'handle') return { tag: 'handle', fault: run.fault, denied }
  if (run.tag === 'bound') return { tag: 'bound', bound: run.bound, denied }
  if (meter.bound !== null) return { tag: 'bound', bound: meter.bound, denied }
  const wasDenied = denied.denials.length > 0
  // A claim without a question: the isolate is not what we made it.
  if (run.tag === 'asks') {
    return { tag: 'trapped', message: 'the isolate answered out of form', log: run.log, denied }
  }
  if (run.tag === 'trap' || run.tag === 'exit') {
    // Programs end themselves over what they could not do: the refusal is what the person has to see.
    if (wasDenied) return { tag: 'denied', denied, result: null }
    if (run.tag === 'exit') return { tag: 'exited', code: run.code, log: run.log, denied }
    return { tag: 'trapped', message: run.message, log: run.log, denied }
  }
  const { type } = tool.model.function
  const lifted = liftResult(type, { tag: run.tag, value: run.value }, meter.limits.outputBytes)
  if (!lifted.ok) {
    if (lifted.error.problem !== 'too-large') return { tag: 'bad-result' }
    return { tag: 'bound', bound: 'output-bytes', denied }
  }
  // A guest that coped with the refusal has answered; the refusal is told beside its answer.
  if (wasDenied && lifted.value.isError) return { tag: 'denied', denied, result: lifted.value }
  const said = run.tag === 'ok' ? run.printed : run.log
  const printed = answersWithValue(type) ? '' : said
  return { tag: 'answered', component: install.component, result: lifted.value, printed, denied }
}

async function refusals(
  { principal, session, tool }: CallRequest,
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
      owner: ownerOf(principal.client, session),
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
  return { outcome, admitted, hostCalls: [], fuel: null, moved: null, claimant: null }
}

/** A surprise of ours: the operator reads the cause, the caller learns that it was us. */
function faulted(cause: unknown): Attempt {
  console.error('call fault', cause)
  return ended({ tag: 'fault' }, null)
}
