// What a guest began and did not wait for. A call does not answer before it is settled: files that a guest
// dropped without a flush are written first.

/** A guest that has answered may still have a stream open: this long it is read on. */
const GRACE_MS = 100

export class Pending {
  readonly #open = new Set<Promise<unknown>>()
  #reading = 0
  #given = Promise.withResolvers<undefined>()

  /** With each call: a promise of an earlier request wakes nobody. */
  begin(): void {
    this.#given = Promise.withResolvers()
  }

  /** Resolves a moment after the guest has answered its call: what comes later is not waited for. */
  get given(): Promise<undefined> {
    return this.#given.promise
  }

  /** Whether a stream of the guest is being read: it may wait for that without being stuck. */
  get reads(): boolean {
    return this.#reading > 0
  }

  async whileReading<T>(work: Promise<T>): Promise<T> {
    this.#reading += 1
    try {
      return await work
    } finally {
      this.#reading -= 1
    }
  }

  track(work: Promise<unknown>): void {
    const settled = Promise.allSettled([work])
    this.#open.add(settled)
    void settled.finally(() => this.#open.delete(settled))
  }

  /** Called when the guest has answered. */
  async settled(): Promise<void> {
    if (this.#open.size === 0) return
    const grace = setTimeout(() => this.#given.resolve(undefined), GRACE_MS)
    while (this.#open.size > 0) await Promise.all(this.#open)
    clearTimeout(grace)
    this.#given = Promise.withResolvers()
  }
}
