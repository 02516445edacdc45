// How a call ends: what it is told to be, and what the run of a guest comes to.

import type { AnsweredForm } from './capabilities/questions.ts'
import type { AdmittedTool } from './account/verbs/calls.ts'
import type { Unasked } from './account/questions.ts'
import type { CallMeter, MeteredBound } from './capabilities/meter.ts'
import type { ArgumentFault } from './component/arguments.ts'
import type { LiftedResult } from './component/results.ts'
import { answersWithValue, liftResult } from './component/results.ts'
import type { FunctionType } from './component/wit.ts'
import type { DriveError } from './drive/node.ts'
import type { LoadFault } from './load.ts'
import type { Denial } from './policy/denial.ts'
import type { Redactor } from './policy/redaction.ts'
import type { BoundName } from './policy/limits.ts'
import type { Ability, Questions } from './policy/questions.ts'
import type { RuleKind } from './policy/words.ts'
import { redactResult } from './redact.ts'
import type { HandleFault } from './sandbox/call.ts'
import type { RunOutcome } from './sandbox/sandbox.ts'

/** A call that is run again, as the person has answered or decided something, is one call. */
export interface SoFar {
  readonly answers: readonly AnsweredForm[]
  /** Under which it has claimed grants. */
  readonly claimant: string
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
  /** The client is asked; it comes back with the answers and `state`. */
  | {
      readonly tag: 'asks'
      readonly component: string
      readonly asked: Questions
      readonly state: string
      readonly denied: Refusals
    }
  /** The component needs what its client cannot do. */
  | { readonly tag: 'lacks'; readonly abilities: readonly Ability[]; readonly denied: Refusals }
  /** An argument names a resource that is not there, or cannot be used now. */
  | { readonly tag: 'handle'; readonly fault: HandleFault; readonly denied: Refusals }
  | { readonly tag: 'unsaved'; readonly why: DriveError }
  /** The client gave it up: nobody reads the answer. */
  | { readonly tag: 'cancelled'; readonly denied: Refusals }
  /** The variables of the component do not open with the host's keys: it does not run without them. */
  | { readonly tag: 'sealed' }
  /** Nor do the secrets that are bound to its requests. */
  | { readonly tag: 'secrets-sealed' }
  /** The host's policy for this call is no policy any more. */
  | { readonly tag: 'ceiling-unreadable' }
  /** A new version of the component: its person has not looked at it yet. */
  | { readonly tag: 'waits'; readonly component: string }
  | Outdated
  | { readonly tag: 'bad-result' }
  /** Ours. `isLate`: a store did not answer. What a guest did that `ran` is done, and its answer is lost. */
  | { readonly tag: 'fault'; readonly isLate: boolean; readonly ran: boolean }

/** The compiler has changed since the component was loaded, and does not make it anew: what it made then is not run. */
export interface Outdated {
  readonly tag: 'outdated'
  readonly why: LoadFault['reason']
}

/** What was refused during a call, and the question it opened for the person, if a grant would help. */
export interface Refusals {
  readonly denials: readonly Denial[]
  readonly approvals: readonly {
    readonly id: string
    readonly permission: RuleKind
    readonly rule: string
  }[]
  /** Why there is no question for what a grant would change. */
  readonly unasked?: Unasked | 'arguments-too-long' | 'fault'
  /** The component that has to be connected to its service again. */
  readonly reconnect?: string
}

export const NOTHING_DENIED: Refusals = { denials: [], approvals: [] }
/** Leaving with code 0 is how a command says ok, where no other value is owed. */
export function commandLine(type: FunctionType, run: RunOutcome): RunOutcome {
  if (run.tag !== 'exit' || run.code !== 0 || answersWithValue(type)) return run
  return { ...run, tag: 'ok', value: undefined }
}

/** What the run of a guest comes to; `again`: how the call could go on, if it was denied. */
export function conclude(
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

/** The guest came to its end, and its caller is told what it answered: files that it left open are saved. */
export function savesFiles(run: RunOutcome, outcome: Outcome): boolean {
  if (run.tag !== 'ok' && run.tag !== 'err') return false
  return outcome.tag === 'answered' || outcome.tag === 'denied'
}

/** Values of secrets are in no result, whatever the guest has made of them. */
export function withoutSecrets(outcome: Outcome, redactor: Redactor): Outcome {
  if (outcome.tag !== 'answered' && outcome.tag !== 'denied') return outcome
  const { result } = outcome
  if (result === null) return outcome
  return { ...outcome, result: redactResult(result, redactor) } as typeof outcome
}
