// The verbs of a person's `Account` that look back at what calls have used. What is on the record is in D1 first.

import { hindsight } from '../hindsight.ts'
import type { NarrowingView } from '../narrowing.ts'
import { narrow, narrowingOf } from '../narrowing.ts'
import type { Parts } from '../parts.ts'
import type { UnusedGrants } from '../used-grants.ts'
import { takeBackUnused, unusedGrants } from '../used-grants.ts'

type Needed = Pick<Parts, 'acts' | 'authorities' | 'holdings' | 'labels' | 'recording' | 'usages'>

export class UsageVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /** What this policy would have said to the calls since then; nothing is changed. */
  async whatIf(component: string, policy: string | Uint8Array, since: number, at: number) {
    await this.#parts.recording.copy()
    return await hindsight(this.#parts, component, policy, since, at)
  }

  /** Grants by their use: those that no call has relied on since then, and the others. */
  async unusedGrants(since: number, at: number): Promise<UnusedGrants> {
    await this.#parts.recording.copy()
    return await unusedGrants(this.#parts, since, at)
  }

  /** The person's word: all of these unused grants, or none. */
  async takeBackUnused(ids: readonly string[], since: number, at: number) {
    await this.#parts.recording.copy()
    return await this.#parts.acts.narrowed(since, () => takeBackUnused(this.#parts, ids, since, at))
  }

  /** The smallest grants for what the component has used since then. `null`: no such component. */
  async narrowing(component: string, since: number, at: number): Promise<NarrowingView | null> {
    await this.#parts.recording.copy()
    return await narrowingOf(this.#parts, component, since, at)
  }

  /** The person's word: those in the place of what they had granted, as they have seen it. */
  async narrow(component: string, wish: Parameters<typeof narrow>[2], at: number) {
    await this.#parts.recording.copy()
    return await this.#parts.acts.narrowed(wish.since, () =>
      narrow(this.#parts, component, wish, at),
    )
  }
}
