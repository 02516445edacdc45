// Who compiles when: work that holds memory waits until what is under way leaves room for it. A request may
// be cancelled at any time, and then nothing of it runs again: whoever is not heard of stops to count.

/** How often whoever waits looks again, and after how long without a look it is taken for gone. */
const LOOK_AGAIN_MS = 20
const GONE_MS = 2_000

interface UnderWay {
  readonly weight: number
  readonly until: number
}

export class Turns {
  readonly #room: number
  readonly #leaseMs: number
  readonly #now: () => number
  readonly #underWay = new Set<UnderWay>()
  readonly #waiting = new Set<{ seenAt: number }>()

  /** `room` is what everything under way may weigh together; each counts for `leaseMs` at the most. */
  constructor(room: number, leaseMs: number, now: () => number = Date.now) {
    this.#room = room
    this.#leaseMs = leaseMs
    this.#now = now
  }

  /**
   * In the order of arrival. What weighs more than the room counts as the room: it is alone. Waiting is by a
   * timer, because the runtime cancels a request that only another one could wake.
   */
  async take<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const counted = Math.min(weight, this.#room)
    const self = { seenAt: this.#now() }
    this.#waiting.add(self)
    while (!this.#mayBegin(self, counted)) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
      self.seenAt = this.#now()
    }
    this.#waiting.delete(self)
    const begun = { weight: counted, until: this.#now() + this.#leaseMs }
    this.#underWay.add(begun)
    try {
      return await work()
    } finally {
      this.#underWay.delete(begun)
    }
  }

  #mayBegin(self: { seenAt: number }, weight: number): boolean {
    const now = this.#now()
    for (const one of this.#waiting) if (one.seenAt < now - GONE_MS) this.#waiting.delete(one)
    this.#waiting.add(self)
    for (const one of this.#underWay) if (one.until < now) this.#underWay.delete(one)
    const [first] = this.#waiting
    const taken = [...this.#underWay].reduce((sum, one) => sum + one.weight, 0)
    return first === self && taken + weight <= this.#room
  }
}
