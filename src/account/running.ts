// The calls of a person that run now, so that one agent in a loop does not hold all that a person may use.
// In memory only: after an eviction nobody waits for an answer any more.

import { BOUNDS } from '../policy/limits.ts'

/** Milliseconds after which a call that was never recorded counts as over: the longest there is, and some. */
const FORGOTTEN_MS = 2 * BOUNDS.wallClockMs.most

export class RunningCalls {
  readonly #since = new Map<string, number>()

  /** False when the person has as many calls under way as one person may. */
  begin(id: string, at: number, most: number): boolean {
    for (const [other, since] of this.#since) {
      if (at - since >= FORGOTTEN_MS) this.#since.delete(other)
    }
    if (!this.#since.has(id) && this.#since.size >= most) return false
    this.#since.set(id, at)
    return true
  }

  get count(): number {
    return this.#since.size
  }

  end(id: string): void {
    this.#since.delete(id)
  }
}
