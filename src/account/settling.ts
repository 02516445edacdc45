// What comes to an end without anybody saying so, inside a person's `Account`: calls that were cut off, calls that
// nobody has come back to, grants whose time is over or that are spent, hours of which something was only counted.
// Looked for whenever the object wakes and somebody reads.

import type { AuditChain } from './audit-chain.ts'
import type { Authorities } from './authorities.ts'
import type { BegunCalls, CutOffCall } from './begun-calls.ts'
import type { Expiries } from './expiries.ts'
import type { RefusedSignIns } from './refused-sign-ins.ts'

export interface SettlingParts {
  readonly authorities: Pick<Authorities, 'endAllSpent' | 'giveUp' | 'paused'>
  readonly begun: BegunCalls
  readonly expiries: Expiries
  readonly refusedSignIns: RefusedSignIns
  readonly chain: AuditChain
  /** Puts a call on the record, with what belongs to it. */
  readonly record: (call: CutOffCall) => Promise<void>
}

export class Settling {
  readonly #parts: SettlingParts
  /** One look at a time: two would record the same. */
  #looking: Promise<unknown> = Promise.resolve()

  constructor(parts: SettlingParts) {
    this.#parts = parts
  }

  async settle(at: number): Promise<void> {
    const mine = this.#looking.then(() => this.#settle(at))
    this.#looking = mine.catch(() => {})
    await mine
  }

  /** When something is due next, if nobody says its end before; `null`: nothing is. */
  async nextAt(): Promise<number | null> {
    const { authorities, begun, expiries, refusedSignIns } = this.#parts
    const due = [
      begun.nextAt(),
      authorities.paused.nextAt(),
      refusedSignIns.nextAt(),
      await expiries.nextAt(),
    ]
    const times = due.filter((time) => time !== null)
    return times.length === 0 ? null : Math.min(...times)
  }

  async #settle(at: number): Promise<void> {
    const { authorities, begun, expiries, refusedSignIns, chain, record } = this.#parts
    // oxlint-disable-next-line no-await-in-loop -- one record after the other
    for (const call of begun.cutOff(at)) await record(call)
    for (const call of authorities.paused.abandoned(at)) {
      // oxlint-disable-next-line no-await-in-loop
      await authorities.giveUp(call, at)
    }
    await expiries.endTimed(at)
    await authorities.endAllSpent(at)
    for (const { hour, event } of refusedSignIns.over(at)) {
      const forget = (): void => refusedSignIns.forget(hour)
      // oxlint-disable-next-line no-await-in-loop
      if (event !== null) await chain.append(event, at, forget)
      else forget()
    }
  }
}
