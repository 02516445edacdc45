// Whose slice is next, among the instances of one isolate that compute: however many calls of a component are under
// way, others of the process wait for one slice of it, and not for one of each.

import { pause } from '../component/pause.ts'

/** Times that all others have looked while one did not: it is gone, as a request may be cancelled at any time. */
const LOOKS_MISSED = 3

interface Waiting {
  /** The look of it that was the last, counted over all. */
  looked: number
}

export class SliceTurns {
  /** In the order of arrival. */
  readonly #waiting = new Set<Waiting>()
  readonly #pause: () => Promise<void>
  #begun = 0
  #looks = 0

  /** `wait` goes through the event loop once. Each has its own: the runtime lets no request wake another. */
  constructor(wait: () => Promise<void> = pause) {
    this.#pause = wait
  }

  /** Between two slices. One at the most begins each time that the event loop comes round: who waits longest. */
  async next(): Promise<void> {
    const self: Waiting = { looked: this.#looks }
    this.#waiting.add(self)
    for (;;) {
      const before = this.#begun
      // oxlint-disable-next-line no-await-in-loop -- until it is its turn
      await this.#pause()
      this.#looks += 1
      self.looked = this.#looks
      if (before === this.#begun && this.#isFirst(self)) break
    }
    this.#waiting.delete(self)
    this.#begun += 1
  }

  #isFirst(self: Waiting): boolean {
    for (const one of this.#waiting) {
      if (one === self) return true
      if (this.#looks - one.looked <= LOOKS_MISSED * this.#waiting.size) return false
      this.#waiting.delete(one)
    }
    return true
  }
}

/** Of this isolate. */
export const sliceTurns = new SliceTurns()
