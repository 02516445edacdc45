// Whose turn it is: work waits until what is under way leaves room for it (compiles, by the memory that they
// hold; calls of one kept instance). A request may be cancelled at any time, and then nothing of it runs
// again: whoever is not heard of stops to count.

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
  constructor(room: number, leaseMs: number, now: () => number) {
    this.#room = room
    this.#leaseMs = leaseMs
    this.#now = now
  }

  /** How many wait, those included that are not heard of any more. */
  get waiting(): number {
    return this.#waiting.size
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#underWay.size === 0
  }

  /** In the order of arrival. What weighs more than the room counts as the room: it is alone. */
  async take<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const begun = await this.#begin(weight, () => false)
    if (begun === null) throw new Error('nobody gives this up')
    return await this.#run(begun, work)
  }

  /** `null`: it was given up before its turn, and `work` has not begun. */
  async takeUnless<T>(
    isGivenUp: () => boolean,
    weight: number,
    work: () => Promise<T>,
  ): Promise<T | null> {
    const begun = await this.#begin(weight, isGivenUp)
    return begun === null ? null : await this.#run(begun, work)
  }

  /** Waiting is by a timer, because the runtime cancels a request that only another one could wake. */
  async #begin(weight: number, isGivenUp: () => boolean): Promise<UnderWay | null> {
    const counted = Math.min(weight, this.#room)
    const self = { seenAt: this.#now() }
    this.#waiting.add(self)
    while (!this.#mayBegin(self, counted) && !isGivenUp()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
      self.seenAt = this.#now()
    }
    this.#waiting.delete(self)
    if (isGivenUp()) return null
    const begun = { weight: counted, until: this.#now() + this.#leaseMs }
    this.#underWay.add(begun)
    return begun
  }

  async #run<T>(begun: UnderWay, work: () => Promise<T>): Promise<T> {
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
