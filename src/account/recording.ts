// How a call ends on the record of a person's `Account`, with what belongs to it: its labels, what was refused to it,
// what is left of the grants that it had claimed.

import type { Denial } from '../policy/denial.ts'
import type { LabelSet } from '../policy/labels.ts'
import { ownerOf } from '../policy/life.ts'
import type { Calls } from '../store/calls.ts'
import type { AuditChain } from './audit-chain.ts'
import { callEvent } from './audit-events.ts'
import type { Authorities } from './authorities.ts'
import type { BegunCalls } from './begun-calls.ts'
import type { Moved } from './claims.ts'
import type { Labelling } from './labelling.ts'
import type { Receipt, RecordLog } from './record.ts'
import type { RecentRefusals } from './refusals.ts'
import type { RunningCalls } from './running.ts'
import type { Bringer } from './session-labels.ts'

/** What a call leaves behind besides its record. */
export interface Aftermath {
  /** Under which it has claimed grants; `null`: under its own id. */
  readonly claimant: string | null
  /** It waits for an answer of the person, and is run again with it. */
  readonly goesOn: boolean
  readonly moved: Moved
  readonly denials: readonly Denial[]
  /** What it brought into its session. */
  readonly labels: LabelSet
}

/** Of a call whose end nobody says. */
export const UNKNOWN: Aftermath = {
  claimant: null,
  goesOn: false,
  moved: null,
  denials: [],
  labels: [],
}

export interface RecordingParts {
  readonly person: string
  readonly audit: AuditChain
  readonly authorities: Authorities
  readonly begun: BegunCalls
  readonly calls: Calls
  readonly labelling: Labelling
  readonly log: RecordLog
  readonly refusals: RecentRefusals
  readonly running: RunningCalls
  /** Work that nobody waits for. */
  readonly goOn: (work: Promise<unknown>) => void
}

export class Recording {
  readonly #parts: RecordingParts
  /** One copy at a time: of who is forgotten, none arrives behind the end of their rows. */
  #copying: Promise<unknown> = Promise.resolve()
  /** The one that comes behind it, for all who ask meanwhile. */
  #next: Promise<void> | null = null

  constructor(parts: RecordingParts) {
    this.#parts = parts
  }

  /**
   * Written before this returns. Where nobody knows what was moved under the grants that the call had claimed, all
   * that it had reserved is used up.
   */
  async record(receipt: Receipt, aftermath: Aftermath = UNKNOWN): Promise<void> {
    const { audit, authorities, begun, labelling, log, refusals, running, goOn } = this.#parts
    const { claimant, goesOn, moved, denials, labels } = aftermath
    running.end(receipt.id)
    const { source, tool, started_at: at } = receipt
    await audit.append(callEvent(receipt), Date.now(), () => {
      begun.end(receipt.id)
      // Nothing but the chain is kept of what still runs for somebody who was forgotten.
      if (!audit.isOpen()) return
      log.append(receipt)
      if (source !== null) refusals.add(source, tool, denials, at)
      labelling.done(labels, bringerOf(receipt), Date.now())
    })
    const claimed = authorities.settle(claimant ?? receipt.id, moved, Date.now(), goesOn)
    if (claimed.length > 0) goOn(authorities.endSpent(claimed, Date.now()))
  }

  /** What is on the record is in D1. Of who is being forgotten, nothing is copied any more once this returns. */
  async copy(): Promise<void> {
    if (this.#next === null) {
      const next = this.#copying.then(() => {
        this.#next = null
        return this.#copy()
      })
      this.#next = next
      this.#copying = next.catch(() => {})
    }
    await this.#next
  }

  async #copy(): Promise<void> {
    const { audit, calls, log, person } = this.#parts
    while (audit.isOpen()) {
      const rows = log.pending()
      const last = rows.at(-1)
      if (last === undefined) return
      await calls.copy(person, rows)
      log.forget(last.seq)
    }
  }
}

function bringerOf({
  client,
  client_name: clientName,
  session,
  tool,
  component,
}: Receipt): Bringer {
  return { owner: ownerOf(client, session), client, clientName, tool, component }
}
