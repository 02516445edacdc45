// What an attempt at a call has come to. `call.ts` writes down on its `Course` what it knows as it goes, so that the
// record is whole whoever ends it: the call itself, or a fault of ours.

import type { AdmittedTool } from './account/verbs/calls.ts'
import type { HeldCapabilities } from './capabilities/issue.ts'
import type { HostCall } from './capabilities/meter.ts'
import type { Outcome } from './outcome.ts'
import { isStoreLate } from './patience.ts'
import type { Changes } from './policy/changes.ts'
import type { LabelSet } from './policy/labels.ts'
import type { Redactor } from './policy/redaction.ts'
import type { CallUsage } from './policy/usage.ts'
import { NOTHING_USED } from './policy/usage.ts'
import { OURS, redactJson } from './redact.ts'
import type { RunOutcome } from './sandbox/sandbox.ts'
import { usageOf } from './usage.ts'

export interface Attempt {
  readonly outcome: Outcome
  readonly admitted: AdmittedTool | null
  /** Names of the variables that the guest was handed. */
  readonly handed: readonly string[]
  readonly hostCalls: readonly HostCall[]
  /** Burnt, as the guest's isolate claims. */
  readonly fuel: number | null
  /** Bytes by limited grant; `null`: nobody knows. */
  readonly moved: Readonly<Record<string, number>> | null
  /** What it brought into its session. */
  readonly labels: LabelSet
  readonly claimant: string | null
  /** What it used of its authority; `null`: it had none. */
  readonly usage: CallUsage | null
  /** What the component wrote and logged, as much as is kept of it: its words. */
  readonly log: string
  /** What the component said that it has changed. */
  readonly changes: Changes
}

const NO_CHANGES: Changes = { listings: [], resources: [] }

interface Hands {
  readonly held: HeldCapabilities
  /** For whatever of the guest's words leaves the call. */
  readonly redactor: Redactor
}

interface Ran {
  readonly run: RunOutcome
  readonly ranMs: number
}

export class Course {
  readonly #args: unknown
  admitted: AdmittedTool | null = null
  /** Under which it claims grants: its own id, or that of its first round. */
  claimant: string | null
  handed: readonly string[] = []
  hands: Hands | null = null
  ran: Ran | null = null

  constructor(args: unknown, claimant: string | null) {
    this.#args = args
    this.claimant = claimant
  }

  ended(outcome: Outcome): Attempt {
    const { admitted, claimant, handed, hands, ran } = this
    const about = { outcome, admitted, claimant, handed }
    if (hands === null) {
      // An earlier round may have claimed something: nothing more of it was moved.
      const nothing = { hostCalls: [], fuel: null, moved: {}, labels: [], log: '' }
      const usage = admitted === null ? null : NOTHING_USED
      return { ...about, ...nothing, usage, changes: NO_CHANGES }
    }
    const { held, redactor } = hands
    const { lease, meter } = held
    const did = {
      // Names and paths that the guest asked for are its words too.
      hostCalls: redactJson(meter.hostCalls, redactor, OURS.hostCalls),
      moved: lease.used,
      labels: lease.brought,
    }
    if (ran === null) {
      const nothing = { fuel: null, log: '', changes: NO_CHANGES }
      const usage = { ...NOTHING_USED, unlisted: meter.unlisted }
      return { ...about, ...did, ...nothing, usage }
    }
    const { run, ranMs } = ran
    const used = usageOf(this.#args, meter, run, { ranMs, underWay: admitted?.underWay })
    const usage = redactJson(used, redactor, OURS.usage)
    return { ...about, ...did, fuel: run.fuel, log: run.log, usage, changes: held.changes() }
  }

  /** A surprise of ours: the operator reads the cause, the caller learns that it was us and whether the guest ran. */
  faulted(cause: unknown): Attempt {
    console.error('call fault', cause)
    return this.ended({ tag: 'fault', isLate: isStoreLate(cause), ran: this.ran !== null })
  }
}
