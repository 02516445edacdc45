// The calls of a person that run now, and the compiles, so that one agent in a loop does not hold all that a person
// may use. In memory only: after an eviction nobody waits for an answer any more.

import { COMPONENT_LIMITS } from '../component/limits.ts'
import { BOUNDS } from '../policy/limits.ts'

/** Milliseconds after which a call that was never recorded counts as over: the longest there is, and some. */
const FORGOTTEN_MS = 2 * BOUNDS.wallClockMs.most

/** Compiles of one person at once: each takes turns with everybody's calls, for a minute if it is made for that. */
const COMPILES = 8

export class RunningCalls {
  readonly #since = new Map<string, number>()
  readonly #forgottenMs: number

  constructor(forgottenMs: number = FORGOTTEN_MS) {
    this.#forgottenMs = forgottenMs
  }

  /** False when the person has as many calls under way as one person may. */
  begin(id: string, at: number, most: number): boolean {
    for (const [other, since] of this.#since) {
      if (at - since >= this.#forgottenMs) this.#since.delete(other)
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

export class RunningCompiles {
  /** By then each has stopped, its request cancelled or not. */
  readonly #running = new RunningCalls(COMPONENT_LIMITS.MAX_COMPILE_MS)

  /** False when the person has as many under way as one person may. */
  begin(id: string, at: number): boolean {
    return this.#running.begin(id, at, COMPILES)
  }

  end(id: string): void {
    this.#running.end(id)
  }
}
