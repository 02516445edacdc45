// One tool call by a proven principal: admit (resolve and authorize), check the arguments, issue
// capabilities, run, record, answer. Every call leaves a record; an answer that cannot be recorded is not given.

import type { Account, AdmittedTool } from './account/account.ts'
import type { Unasked } from './account/questions.ts'
import type { RoundCall } from './account/rounds.ts'
import type { Sources } from './capabilities/issue.ts'
import { issueCapabilities } from './capabilities/issue.ts'
import type { CallLease, Standing } from './capabilities/lease.ts'
import type { CallMeter, HostCall, MeteredBound } from './capabilities/meter.ts'
import type { AnsweredForm } from './capabilities/questions.ts'
import type { ArgumentFault } from './component/arguments.ts'
import { checkArguments } from './component/arguments.ts'
import { digestOf } from './component/digest.ts'
import { usesHandles } from './component/handles.ts'
import { showArguments } from './component/show.ts'
import type { LiftedResult } from './component/results.ts'
import { answersWithValue, liftResult } from './component/results.ts'
import type { FunctionType } from './component/wit.ts'
import type { DriveError } from './drive/node.ts'
import type { Authority, Environment } from './policy/authority.ts'
import { bindArguments } from './policy/authority.ts'
import type { Denial } from './policy/denial.ts'
import { isGrantable } from './policy/denial.ts'
import type { LabelSet, LabelStanding } from './policy/labels.ts'
import { labelsOf, union } from './policy/labels.ts'
import { ownerOf, requestOf } from './policy/life.ts'
import type { Form } from './policy/elicitation.ts'
import type { BoundName } from './policy/limits.ts'
import type { Exchange } from './exchange.ts'
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
  /** What earlier runs of this call have left to it; `null`: `exchange.state` knows. */
  readonly before: SoFar | null
}

/** A call that is run again, as the person has answered or decided something, is one call. */
export interface SoFar {
  readonly answers: readonly AnsweredForm[]
  /** Under which it has claimed grants. */
  readonly claimant: string
}

/** The whole world of a call: a test builds it by hand. */
export interface CallDeps {
  readonly account: Pick<
    Account,
    | 'admit'
    | 'ask'
    | 'bring'
    | 'claim'
    | 'keepRound'
    | 'keyValue'
    | 'record'
    | 'renew'
    | 'takeRound'
  >
  readonly isolate: (tool: AdmittedTool, person: string) => GuestStub
  /** Makes an install current when the compiler has changed since; the tool as it is then. */
  readonly refresh: (
    tool: AdmittedTool,
    again: () => ReturnType<Account['admit']>,
  ) => Promise<AdmittedTool | null>
  readonly sources: Omit<
    Sources,
    'entries' | 'conversation' | 'digest' | 'standing' | 'labels' | 'now'
  >
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
  | {
      readonly tag: 'denied'
      readonly component: string
      readonly denied: Refusals
      readonly result: LiftedResult | null
      /** What to run the call with again; `null`: something outside may have changed, so nobody but its caller does. */
      readonly again: SoFar | null
      /** The person was asked and denied it; or the question is over without a word of theirs. */
      readonly word?: 'deny' | 'over'
    }
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
  /** Why there is no question for what a grant would change. */
  readonly unasked?: Unasked
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
  /** What it brought into its session. */
  readonly labels: LabelSet
  readonly claimant: string | null
}

export async function call(request: CallRequest, deps: CallDeps): Promise<Outcome> {
  const id = deps.newId()
  const startedAt = deps.now()
  const argumentsDigest = await digestOfArguments(request)
  const attempted = await attempt(id, request, argumentsDigest, deps).catch(faulted)
  const { outcome, moved, claimant, labels } = attempted
  const receipt = await receiptOf(id, request, attempted, {
    argumentsDigest,
    startedAt,
    ms: deps.now() - startedAt,
  })
  const denials = 'denied' in outcome ? outcome.denied.denials : []
  const goesOn = outcome.tag === 'asks' || mayGoOn(outcome, request.exchange)
  await deps.account.record(receipt, { claimant, goesOn, moved, denials, labels })
  return outcome
}

/** The person can be asked for what was refused, and the call be run again: `asking.ts` does, or gives it up. */
export function mayGoOn(outcome: Outcome, { shows }: Exchange): boolean {
  if (outcome.tag !== 'denied' || outcome.again === null) return false
  return (shows.forms || shows.pages) && outcome.denied.approvals.length > 0
}

export async function digestOfArguments({ arguments: args }: CallRequest): Promise<string> {
  return await digestOf(JSON.stringify(args ?? null))
}

async function attempt(
  id: string,
  request: CallRequest,
  argumentsDigest: string,
  deps: CallDeps,
): Promise<Attempt> {
  const { principal } = request
  const owner = ownerOf(principal.client, request.session)
  const which = requestOf(principal.client, request.tool, argumentsDigest)
  const admit = (claimant: string) => deps.account.admit(request.tool, id, owner, claimant, which)
  const first = () => admit(request.before?.claimant ?? id)
  const found = await first()
  if (found === 'too-many-calls') {
    return ended({ tag: 'bound', bound: 'concurrent-calls', denied: NOTHING_DENIED }, null)
  }
  const admitted = found === null ? null : await deps.refresh(found, first)
  if (admitted === null) return ended({ tag: 'unknown-tool' }, null)
  const { tool } = admitted
  const without = withoutAuthority(admitted)
  if (without !== null) return ended(without, admitted)
  const args = checkArguments(tool.model.function.type, request.arguments ?? {})
  if (!args.ok) return ended({ tag: 'bad-arguments', fault: args.error }, admitted)
  const { source } = admitted.install
  const round = roundOf(request, argumentsDigest)
  const before = request.before ?? (await formerRound(request, round, deps))
  // What an earlier round has claimed is the call's still.
  const claimant = before?.claimant ?? id
  const again = before === request.before ? admitted : await admit(claimant)
  if (again === null || again === 'too-many-calls' || typeof again.authority === 'string') {
    return ended({ tag: 'unknown-tool' }, admitted)
  }
  const authority = bindArguments(again.authority, request.arguments ?? {})
  const { notify, shows } = request.exchange
  const answers = before?.answers ?? []
  const handles = usesHandles(tool.model.function.type)
  using held = issueCapabilities(authority, {
    ...deps.sources,
    entries: (operation) => deps.account.keyValue(source, operation),
    conversation: { notify, canAsk: shows.forms, answers },
    digest: digestOf,
    standing: standingOf({ id: claimant, owner, request: which }, request, admitted, deps),
    labels: again.labels,
    now: deps.now,
  })
  const { limits } = authority
  const refused = await held.lease.bring(labelsOfStart(authority, again.labels))
  if (refused !== null) {
    held.meter.deny(refused)
    const denied = await refusals(request, argumentsDigest, admitted, held.meter, deps)
    const { component } = admitted.install
    const soFar = { answers, claimant }
    const outcome = { tag: 'denied', component, denied, result: null, again: soFar } as const
    return { ...ended(outcome, admitted), moved: held.lease.used, claimant }
  }
  const environment = await handedOver(authority, held.lease)
  const run = await runGuest(
    deps.isolate(admitted, principal.person),
    {
      id,
      export: tool.model.jsExport,
      args: args.value,
      environment,
      bounds: guestBounds(limits),
      slot: handles ? await slotOf(request, environment) : null,
    },
    held.guest,
    limits.wallClockMs,
    request.exchange.cancelled?.().catch(() => new Promise<void>(() => {})),
  ).then((outcome) => commandLine(tool.model.function.type, outcome))
  // What a failed guest wrote and neither closed nor synced is dropped: those files stay as they were.
  const unsaved = run.tag === 'ok' || run.tag === 'err' ? await held.save() : null
  const denied = await refusals(request, argumentsDigest, admitted, held.meter, deps)
  const { hostCalls } = held.meter
  const { used: moved, brought: labels } = held.lease
  const account = { admitted, hostCalls, fuel: run.fuel, moved, claimant, labels }
  if (unsaved !== null) return { outcome: { tag: 'unsaved', why: unsaved }, ...account }
  const question = held.questions.open
  if (run.tag === 'asks' && question !== null) {
    const state = deps.newId()
    const answered = [...held.questions.answered]
    await deps.account.keepRound(
      state,
      { kind: 'form', call: round, answers: answered, asked: question.digest, claimant },
      deps.now(),
    )
    const { component } = admitted.install
    const outcome = { tag: 'asks', component, form: question.form, state, denied } as const
    return { outcome, ...account }
  }
  // A kept instance remembers what a call did to it.
  const soFar = handles || held.meter.leftTraces ? null : { answers, claimant }
  return { outcome: conclude(admitted, run, held.meter, denied, soFar), ...account }
}

/** Why a call has no authority; `null` when it has one. */
function withoutAuthority({ authority, install }: AdmittedTool): Outcome | null {
  if (authority === 'waits') return { tag: 'waits', component: install.component }
  return typeof authority === 'string' ? { tag: authority } : null
}

/** The call's way back to the person's account, for as long as it runs. */
function standingOf(
  call: { readonly id: string; readonly owner: string; readonly request: string },
  request: CallRequest,
  { install }: AdmittedTool,
  { account }: CallDeps,
): Standing {
  const { source, digest } = install
  const running = { ...call, source, digest }
  const { client, clientName } = request.principal
  const { component } = install
  const by = { owner: call.owner, client, clientName, tool: request.tool, component }
  return {
    renew: async () => {
      const authority = await account.renew(running)
      return authority && bindArguments(authority, request.arguments ?? {})
    },
    claim: (grant) => account.claim(running, grant),
    bring: (brings, brought) => account.bring({ by, running }, brings, brought),
  }
}

/** Before anything runs: what the component is said to bring, and the variables that it is handed. */
function labelsOfStart({ environment, handed }: Authority, { declared }: LabelStanding): LabelSet {
  const grants = (key: string) => handed.find((permit) => permit.key === key)?.grants ?? []
  return union(declared, ...environment.map(([key]) => labelsOf('variable', grants(key))))
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

export function roundOf(
  { principal, session, tool }: CallRequest,
  argumentsDigest: string,
): RoundCall {
  return { client: principal.client, session, tool, argumentsDigest }
}

/** `null` for a call that begins. A state that is not ours to know is no state. */
async function formerRound(
  { exchange }: CallRequest,
  call: RoundCall,
  { account, now }: CallDeps,
): Promise<SoFar | null> {
  if (exchange.state === null) return null
  const round = await account.takeRound(exchange.state, call, now())
  if (round?.kind !== 'form') return null
  const { answers, asked, claimant } = round
  return { answers: [...answers, { form: asked, response: exchange.response }], claimant }
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
  again: Extract<Outcome, { tag: 'denied' }>['again'],
): Outcome {
  const { component } = install
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
    if (wasDenied) return { tag: 'denied', component, denied, result: null, again }
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
  if (wasDenied && lifted.value.isError) {
    return { tag: 'denied', component, denied, result: lifted.value, again }
  }
  const said = run.tag === 'ok' ? run.printed : run.log
  const printed = answersWithValue(type) ? '' : said
  return { tag: 'answered', component, result: lifted.value, printed, denied }
}

async function refusals(
  { principal, session, tool, arguments: args }: CallRequest,
  argumentsDigest: string,
  { install }: AdmittedTool,
  meter: CallMeter,
  deps: CallDeps,
): Promise<Refusals> {
  if (meter.denials.length === 0) return NOTHING_DENIED
  const wanted = new Map(
    meter.denials.filter(isGrantable).map((d) => [`${d.permission} ${d.rule}`, d]),
  )
  const approvals: { id: string; rule: string }[] = []
  let unasked: Unasked | null = null
  const call = { arguments: showArguments(args), digest: argumentsDigest }
  for (const { permission, rule } of [...wanted.values()].slice(0, MAX_QUESTIONS)) {
    const question = {
      client: principal.client,
      clientName: principal.clientName,
      owner: ownerOf(principal.client, session),
      component: install.component,
      tool,
      permission,
      rule,
      call,
    }
    const approval = await deps.account.ask(question, deps.now())
    if (approval.ok) approvals.push({ id: approval.value.id, rule })
    else unasked = approval.error
  }
  return { denials: meter.denials, approvals, ...(unasked === null ? {} : { unasked }) }
}

function ended(outcome: Outcome, admitted: AdmittedTool | null): Attempt {
  return { outcome, admitted, hostCalls: [], fuel: null, moved: null, claimant: null, labels: [] }
}

/** A surprise of ours: the operator reads the cause, the caller learns that it was us. */
function faulted(cause: unknown): Attempt {
  console.error('call fault', cause)
  return ended({ tag: 'fault' }, null)
}
