// One tool call by a proven principal: admit (resolve and authorize), check the arguments, issue
// capabilities, run, record, answer. Every call leaves a record; an answer that cannot be recorded is not given.

import type { Account } from './account/account.ts'
import type { AdmittedTool } from './account/verbs/calls.ts'
import type { NoAuthority, RunningCall } from './account/authorities.ts'
import type { Receipt } from './account/record.ts'
import type { RoundCall } from './account/rounds.ts'
import type { Attempt } from './attempt.ts'
import { Course } from './attempt.ts'
import type { Sources } from './capabilities/issue.ts'
import { issueCapabilities } from './capabilities/issue.ts'
import type { Standing } from './capabilities/lease.ts'
import { CallSecrets } from './capabilities/secrets.ts'
import { checkArguments } from './component/arguments.ts'
import { givenBy, takenBy } from './component/command.ts'
import { digestOf } from './component/digest.ts'
import { usesHandles } from './component/handles.ts'
import type { Environment } from './policy/authority.ts'
import { bindArguments } from './policy/authority.ts'
import { ownerOf, requestOf } from './policy/life.ts'
import type { Exchange } from './exchange.ts'
import { givenUp } from './exchange.ts'
import type { Principal } from './principal.ts'
import { receiptOf } from './receipt.ts'
import { OURS, redactConversation, redactJson } from './redact.ts'
import { refusalsOf } from './refusals.ts'
import type { GuestStub } from './sandbox/isolate.ts'
import { guestBounds } from './sandbox/call.ts'
import { runGuest } from './sandbox/sandbox.ts'
import { handedOver, labelsOfStart, withPlaceholders } from './handing.ts'
import type { Outcome, Outdated, SoFar } from './outcome.ts'
import { commandLine, conclude, NOTHING_DENIED, savesFiles, withoutSecrets } from './outcome.ts'

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

/** The whole world of a call: a test builds it by hand. */
export interface CallDeps {
  readonly account: Pick<
    Account,
    | 'admit'
    | 'announce'
    | 'ask'
    | 'bring'
    | 'claim'
    | 'doubtToken'
    | 'keepRound'
    | 'keyValue'
    | 'record'
    | 'renew'
    | 'secretValue'
    | 'takeRound'
  >
  readonly isolate: (tool: AdmittedTool, person: string) => GuestStub
  /**
   * Makes an install current when the compiler has changed since: what `again` admits then. What another compiler has
   * made is never run, so an outcome says why it could not be made anew.
   */
  readonly refresh: (
    tool: AdmittedTool,
    again: () => ReturnType<Account['admit']>,
  ) => Promise<Awaited<ReturnType<Account['admit']>> | Outdated>
  readonly sources: Omit<
    Sources,
    'entries' | 'conversation' | 'digest' | 'secrets' | 'standing' | 'labels' | 'now' | 'askedAt'
  >
  readonly now: () => number
  readonly newId: () => string
  /** Is told what is recorded; `null`: nobody wants to know. */
  readonly onReceipt: ((receipt: Receipt) => void) | null
}

/** Characters of the client's answers to one set of questions, as they are kept until the next. */
const MAX_RESPONSES_CHARS = 262_144

export async function call(request: CallRequest, deps: CallDeps): Promise<Outcome> {
  const id = deps.newId()
  const startedAt = deps.now()
  const argumentsDigest = await digestOfArguments(request)
  const course = new Course(request.arguments ?? {}, request.before?.claimant ?? null)
  const about = { id, argumentsDigest, startedAt }
  const attempted = await attempt(request, about, course, deps).catch((cause: unknown) =>
    course.faulted(cause),
  )
  const { outcome, moved, claimant, labels, admitted, changes } = attempted
  const receipt = await receiptOf(id, request, attempted, {
    argumentsDigest,
    startedAt,
    ms: deps.now() - startedAt,
  })
  deps.onReceipt?.(receipt)
  const denials = 'denied' in outcome ? outcome.denied.denials : []
  const goesOn = outcome.tag === 'asks' || mayGoOn(outcome, request.exchange)
  await deps.account.record(receipt, { claimant, goesOn, moved, denials, labels })
  if (admitted !== null && changes.listings.length + changes.resources.length > 0) {
    // The call is on the record: its answer waits for nobody who might want to know.
    await deps.account
      .announce(admitted.install.component, changes)
      .catch((cause: unknown) => console.error('a change was not announced', cause))
  }
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
  request: CallRequest,
  {
    id,
    argumentsDigest,
    startedAt,
  }: { readonly id: string; readonly argumentsDigest: string; readonly startedAt: number },
  course: Course,
  deps: CallDeps,
): Promise<Attempt> {
  const { principal, session } = request
  const owner = ownerOf(principal.client, session)
  const which = requestOf(principal.client, request.tool, argumentsDigest)
  const about = {
    client: principal.client,
    client_name: principal.clientName,
    session,
    arguments_digest: argumentsDigest,
    started_at: startedAt,
  }
  const admit = (claimant: string) =>
    deps.account.admit(request.tool, id, owner, claimant, which, about)
  const first = () => admit(request.before?.claimant ?? id)
  const found = await first()
  if (found === 'too-many-calls') return course.ended(TOO_MANY_CALLS)
  course.admitted = found
  const admitted = found === null ? null : await deps.refresh(found, first)
  if (admitted === 'too-many-calls') return course.ended(TOO_MANY_CALLS)
  if (admitted !== null && 'tag' in admitted) return course.ended(admitted)
  course.admitted = admitted
  if (admitted === null) return course.ended({ tag: 'unknown-tool' })
  const { tool } = admitted
  if (typeof admitted.authority === 'string') {
    return course.ended(withoutAuthority(admitted.authority, admitted.install))
  }
  const args = checkArguments(takenBy(tool.model.function).type, request.arguments ?? {})
  if (!args.ok) return course.ended({ tag: 'bad-arguments', fault: args.error })
  const round = roundOf(request, argumentsDigest)
  const before = request.before ?? (await formerRound(request, round, deps))
  // What an earlier round has claimed is the call's still.
  const claimant = before?.claimant ?? id
  course.claimant = claimant
  const again = before === request.before ? admitted : await admit(claimant)
  if (again === 'too-many-calls') return course.ended(TOO_MANY_CALLS)
  // What was read of the arguments was read for the version that is there no more.
  if (again === null || !isSameVersion(again, admitted)) {
    return course.ended({ tag: 'unknown-tool' })
  }
  // The record says what the call runs with.
  course.admitted = again
  const { authority: given } = again
  if (typeof given === 'string') return course.ended(withoutAuthority(given, again.install))
  const authority = bindArguments(given, request.arguments ?? {})
  const { notify, abilities } = request.exchange
  const answers = before?.answers ?? []
  const handles = usesHandles(tool.model.function.type)
  const running = { call: id, id: claimant, owner, request: which, ...versionOf(admitted) }
  const keeping = { ...versionOf(admitted), storeLife: again.storeLife }
  const secrets = new CallSecrets(
    again.secrets,
    (wanted) => deps.account.secretValue(running, wanted),
    (name, value) => deps.account.doubtToken(running, name, value),
  )
  const { untold: redactor } = secrets
  using held = issueCapabilities(authority, {
    ...deps.sources,
    entries: (operation) => deps.account.keyValue(keeping, operation),
    conversation: redactConversation({ notify, abilities, answers }, redactor),
    secrets,
    digest: digestOf,
    standing: standingOf(running, admitted, request, deps),
    labels: again.labels,
    now: deps.now,
    askedAt: startedAt,
  })
  course.hands = { held, redactor }
  const { component } = admitted.install
  const refusedCall = { principal, session, tool: request.tool, component, argumentsDigest }
  const refusals = () =>
    refusalsOf({ ...refusedCall, arguments: request.arguments }, held.meter, redactor, deps)
  const refused = await held.lease.bring(labelsOfStart(authority, again.labels))
  if (refused !== null) {
    held.meter.deny(refused)
    const soFar = { answers, claimant }
    return course.ended({
      tag: 'denied',
      component,
      denied: await refusals(),
      result: null,
      again: soFar,
    })
  }
  const environment = await handedOver(authority, held.lease, held.meter.ledger)
  for (const [, value] of environment) secrets.handed(value)
  course.handed = environment.map(([key]) => key)
  const handed = withPlaceholders(authority, environment)
  const beganAt = deps.now()
  const run = await runGuest(
    deps.isolate(admitted, principal.person),
    {
      id,
      export: tool.model.jsExport,
      ...givenBy(tool.model.function, component, args.value),
      environment: handed,
      bounds: guestBounds(authority.limits),
      slot: handles ? await slotOf(request, handed) : null,
    },
    held.guest,
    authority.limits.wallClockMs,
    givenUp(request.exchange),
    redactor,
  ).then((outcome) => commandLine(tool.model.function.type, outcome))
  course.ran = { run, ranMs: deps.now() - beganAt }
  // Whoever answers and goes on does nothing that the record would not have.
  held[Symbol.dispose]()
  // A kept instance remembers what a call did to it.
  const soFar = handles || held.meter.leftTraces ? null : { answers, claimant }
  const unasked = { denials: held.meter.denials, approvals: [] }
  const ending = conclude(admitted, run, held.meter, unasked, soFar)
  // What a failed guest wrote and neither closed nor synced is dropped: those files stay as they were.
  const unsaved = savesFiles(run, ending) ? await held.save() : null
  if (unsaved !== null) return course.ended({ tag: 'unsaved', why: unsaved })
  const denied = await refusals()
  const outcome = 'denied' in ending ? { ...ending, denied } : ending
  const question = held.questions.open
  if (run.tag === 'asks' && question !== null) {
    const state = deps.newId()
    const answered = [...held.questions.answered]
    await deps.account.keepRound(
      state,
      {
        kind: 'form',
        call: round,
        answers: answered,
        asked: question.digest,
        names: question.asked.map(([name]) => name),
        claimant,
      },
      deps.now(),
    )
    const asked = redactJson(question.asked, redactor, OURS.questions)
    return course.ended({ tag: 'asks', component, asked, state, denied })
  }
  const { lacking } = held.questions
  if (run.tag === 'asks' && lacking.length > 0) {
    return course.ended({ tag: 'lacks', abilities: lacking, denied })
  }
  return course.ended(withoutSecrets(outcome, redactor))
}

const TOO_MANY_CALLS: Outcome = {
  tag: 'bound',
  bound: 'concurrent-calls',
  denied: NOTHING_DENIED,
}

/** A call that has no authority. */
function withoutAuthority(why: NoAuthority, { component }: AdmittedTool['install']): Outcome {
  return why === 'waits' ? { tag: why, component } : { tag: why }
}

/** The same code, described in the same words. */
function isSameVersion({ install: one }: AdmittedTool, { install: other }: AdmittedTool): boolean {
  return (['source', 'digest', 'wit', 'artifact'] as const).every((key) => one[key] === other[key])
}

/** The call's way back to the person's account, for as long as it runs. */
function standingOf(
  running: RunningCall & { readonly owner: string },
  { install: { component } }: AdmittedTool,
  request: CallRequest,
  { account }: CallDeps,
): Standing {
  const { client, clientName } = request.principal
  const by = { owner: running.owner, client, clientName, tool: request.tool, component }
  return {
    renew: async () => {
      const authority = await account.renew(running)
      return authority && bindArguments(authority, request.arguments ?? {})
    },
    claim: (grant) => account.claim(running, grant),
    bring: (brings, brought) => account.bring({ by, running }, brings, brought),
  }
}

function versionOf({ install: { source, digest } }: AdmittedTool) {
  return { source, digest }
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
  const { answers, asked, names, claimant } = round
  const responses = kept(exchange.responses, names)
  return { answers: [...answers, { form: asked, responses }], claimant }
}

/** What answers questions, and of that no more than is kept until the next: beyond it nothing was answered. */
function kept(responses: Exchange['responses'], names: readonly string[]): Exchange['responses'] {
  const own = names.filter((name) => Object.hasOwn(responses, name))
  const answered = Object.fromEntries(own.map((name) => [name, responses[name]]))
  return JSON.stringify(answered).length > MAX_RESPONSES_CHARS ? {} : answered
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
