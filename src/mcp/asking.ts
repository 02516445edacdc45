// The ladder of a refused call: a page that the client opens for the person, a form with the link, a plain
// refusal with it. The call goes on when the person allows it on the page; the client's word decides nothing.

import type { Account } from '../account/account.ts'
import type { Round } from '../account/rounds.ts'
import type { CallRequest } from '../call.ts'
import type { Outcome, Refusals, SoFar } from '../outcome.ts'
import type { Exchange, PageQuestion } from '../exchange.ts'
import { givenUp } from '../exchange.ts'
import { digestOfArguments, mayGoOn, roundOf } from '../call.ts'
import { toPageQuestion, isWilling } from './page-question.ts'
import { approvalUrl, QUESTION_KEY } from './results.ts'

export interface AskingDeps {
  readonly account: Pick<Account, 'giveUp' | 'keepRound' | 'takeRound' | 'word'>
  readonly publicUrl: string
  readonly now: () => number
  readonly newId: () => string
}

/** Of who waits for the person's word on one question. */
export interface WaitDeps {
  readonly account: Pick<Account, 'word'>
  readonly now: () => number
}

type Denied = Extract<Outcome, { tag: 'denied' }>

/** The client is to come back when it has sent the person to the page. */
export interface Page {
  readonly tag: 'page'
  readonly question: ReturnType<typeof toPageQuestion>
}

/** States of ours that stand for a page; those of a component's questions have no such start. */
export const PAGE_STATE = 'page.'
/** Times that one call is run again: each is a rule that the person has just given. */
const MAX_AGAIN = 3
/**
 * Milliseconds from the start of a request within which it is answered, whoever holds a question open: clients
 * end a request after a minute, but for those that follow its progress (the SDKs' default).
 */
const WAIT_MS = 50_000
/** Milliseconds that a request whose progress is followed waits for the page, once the client is back. */
const PATIENT_WAIT_MS = 120_000
/** Milliseconds of a question that such a client holds open itself (`push.ts`). */
const HELD_WAIT_MS = 10 * 60_000
/** Milliseconds of one look at the person's account, and between two signs of life. */
const LOOK_MS = 10_000
/** Milliseconds before another look when one failed. */
const PAUSE_MS = 500
/** Denials that a refusal keeps until the client comes back. */
const MAX_KEPT_DENIALS = 8

/** What was given to this call so far, and what it has been told. */
interface Progress {
  readonly granted: readonly string[]
  readonly before: SoFar | null
}

export async function callAsking(
  request: CallRequest,
  run: (request: CallRequest) => Promise<Outcome>,
  deps: AskingDeps,
): Promise<Outcome | Page> {
  const startedAt = deps.now()
  let progress: Progress = { granted: [], before: null }
  let { exchange } = request
  if (exchange.state?.startsWith(PAGE_STATE) === true) {
    const back = await comeBack(request, exchange.state, deps)
    exchange = { ...exchange, state: null }
    if (back !== null && 'tag' in back) return back
    // A state that is not known (any more) is none: the call begins.
    progress = back ?? progress
  }
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- each time with what the time before led to
    const outcome = await run({ ...request, exchange, before: progress.before })
    const asked = toAsk(outcome, exchange, progress, deps.publicUrl)
    if (asked === null) {
      // oxlint-disable-next-line no-await-in-loop
      if (mayGoOn(outcome, exchange)) await giveUp(outcome, deps)
      return outcome
    }
    const { denied, question, approval } = asked
    // oxlint-disable-next-line no-await-in-loop
    if (exchange.push === null) return await leave(request, asked, progress, deps)
    // oxlint-disable-next-line no-await-in-loop
    const word = await hold(exchange, exchange.push, { question, id: approval.id, startedAt }, deps)
    if (word !== 'allow') {
      // oxlint-disable-next-line no-await-in-loop
      await giveUp(denied, deps)
      return settled(denied, approval.id, word)
    }
    progress = { granted: [...progress.granted, approval.rule], before: denied.again }
    exchange = { ...exchange, state: null }
  }
}

interface Asked {
  readonly denied: Denied
  readonly again: SoFar
  readonly question: PageQuestion
  readonly approval: Refusals['approvals'][number]
}

/** `null`: nobody can be asked, or the call is not to be run again by us. */
function toAsk(
  outcome: Outcome,
  { shows }: Exchange,
  { granted }: Progress,
  publicUrl: string,
): Asked | null {
  if (outcome.tag !== 'denied' || outcome.again === null) return null
  const mode = shows.pages ? 'url' : shows.forms ? 'form' : null
  const approval = outcome.denied.approvals[0]
  if (mode === null || approval === undefined || granted.length >= MAX_AGAIN) return null
  // What was just given did not help, or is used up: to give it again is for the person to begin.
  if (granted.includes(approval.rule)) return null
  const { component } = outcome
  const { permission, rule } = approval
  const url = approvalUrl(publicUrl, approval.id)
  return {
    denied: outcome,
    again: outcome.again,
    approval,
    question: { mode, because: 'refused', component, permission, rule, url },
  }
}

/** 2026-07-28: the answer asks, and the client repeats its request. */
async function leave(
  request: CallRequest,
  { denied: { denied }, again, question }: Asked,
  { granted }: Progress,
  { account, newId, now }: AskingDeps,
): Promise<Page> {
  const state = `${PAGE_STATE}${newId()}`
  const round: Round = {
    kind: 'page',
    call: roundOf(request, await digestOfArguments(request)),
    answers: [...again.answers],
    claimant: again.claimant,
    mode: question.mode,
    component: question.component,
    denied: {
      denials: denied.denials.slice(0, MAX_KEPT_DENIALS),
      approvals: [...denied.approvals],
    },
    granted: [...granted],
  }
  await account.keepRound(state, round, now())
  return { tag: 'page', question: toPageQuestion(question, state) }
}

/** The client is back: what to go on with, or how it ends. `null`: from nowhere that we know. */
async function comeBack(
  request: CallRequest,
  state: string,
  deps: AskingDeps,
): Promise<Progress | Outcome | null> {
  const { exchange } = request
  const call = roundOf(request, await digestOfArguments(request))
  const round = await deps.account.takeRound(state, call, deps.now())
  if (round?.kind !== 'page') return null
  const { answers, claimant, granted, component } = round
  const [approval] = round.denied.approvals
  if (approval === undefined) return null
  const denied: Denied = {
    tag: 'denied',
    component,
    denied: round.denied,
    result: null,
    again: { answers, claimant },
  }
  const willing = isWilling(round, exchange.responses[QUESTION_KEY])
  // Who has declined may have decided all the same: one look, and no wait.
  const until = deps.now() + (willing ? waitMsOf(exchange) : 0)
  const word = await wait(exchange, approval.id, { until }, deps)
  if (word !== 'allow') {
    await giveUp(denied, deps)
    return settled(denied, approval.id, word)
  }
  return { granted: [...granted, approval.rule], before: denied.again }
}

export type Word = Awaited<ReturnType<Account['word']>> | 'cancelled'

/** Sessions: the client asks while the request waits, and whichever comes first counts. */
export async function hold(
  exchange: Exchange,
  push: NonNullable<Exchange['push']>,
  asked: { readonly question: PageQuestion; readonly id: string; readonly startedAt: number },
  deps: WaitDeps,
): Promise<Word> {
  const { question, id, startedAt } = asked
  const { isPatient } = exchange
  const last = startedAt + WAIT_MS
  // The call itself has taken its time: a question would be withdrawn as it is asked.
  if (!isPatient && last <= deps.now()) return 'open'
  const patience = { until: isPatient ? deps.now() + HELD_WAIT_MS : last }
  const answer = async (): Promise<void> => {
    const given = await push.ask(question).catch(() => 'cancel' as const)
    if (given !== 'accept') patience.until = deps.now()
    else if (isPatient) patience.until = deps.now() + PATIENT_WAIT_MS
  }
  const word = await wait(exchange, id, patience, deps, answer())
  await push.settle().catch(() => {})
  return word
}

/** The longest that a request waits for its person, whichever way it asks. */
export function longestWaitMsOf({ isPatient, push }: Exchange): number {
  if (!isPatient) return WAIT_MS
  return push === null ? PATIENT_WAIT_MS : HELD_WAIT_MS + PATIENT_WAIT_MS
}

export function waitMsOf({ isPatient }: Exchange): number {
  return isPatient ? PATIENT_WAIT_MS : WAIT_MS
}

/** `open` when the time is over; `answered` may bring that nearer. Short looks survive an eviction. */
export async function wait(
  exchange: Exchange,
  id: string,
  patience: { readonly until: number },
  { account, now }: WaitDeps,
  answered: Promise<void> | null = null,
): Promise<Word> {
  const gone = givenUp(exchange).then(() => 'cancelled' as const)
  let interrupted = answered?.then(() => 'interrupted' as const)
  for (;;) {
    const left = patience.until - now()
    const look = account.word(id, Math.max(0, Math.min(LOOK_MS, left))).catch(pause)
    const first = [look, gone, interrupted].filter((one) => one !== undefined)
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    const word = await Promise.race(first)
    if (word === 'interrupted') {
      interrupted = undefined
      continue
    }
    if (word !== 'open' || left <= 0) return word
    // oxlint-disable-next-line no-await-in-loop
    await exchange.notify?.({ kind: 'waiting' }).catch(() => {})
  }
}

/** The account was evicted, or its database did not answer. */
async function pause(): Promise<'open'> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  return 'open'
}

/** What the call has claimed and not used is for others again. */
async function giveUp(outcome: Outcome, { account }: AskingDeps): Promise<void> {
  if (outcome.tag === 'denied' && outcome.again !== null)
    await account.giveUp(outcome.again.claimant)
}

/** A refusal that stands: what was decided is asked no more. */
function settled(denied: Denied, id: string, word: Exclude<Word, 'allow'>): Outcome {
  if (word === 'cancelled') return { tag: 'cancelled', denied: denied.denied }
  if (word !== 'deny' && word !== 'over') return denied
  const approvals = denied.denied.approvals.filter((approval) => approval.id !== id)
  return { ...denied, denied: { ...denied.denied, approvals }, word }
}
