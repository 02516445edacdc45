// The one alarm of a person's `Account`: it has a time, and several things wait for it.

/** Milliseconds until records are copied to D1: short, so that pages are current. */
const COPY_DELAY_MS = 1_000

export class Alarm {
  readonly #storage: DurableObjectStorage
  /** It is set for copying what was recorded; after an eviction the next record sets it again. */
  #copyDue = false

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** Something was recorded. */
  async copySoon(): Promise<void> {
    if (this.#copyDue) return
    this.#copyDue = true
    await this.#storage.setAlarm(Date.now() + COPY_DELAY_MS)
  }

  /** It has rung: what is recorded from now on needs another. */
  rung(): void {
    this.#copyDue = false
  }

  /** At the earliest of these, in Unix milliseconds; `null`: nothing is due. */
  async wakeBy(due: readonly (number | null)[]): Promise<void> {
    const times = due.filter((time) => time !== null)
    // What came in meanwhile has set an earlier one.
    if (times.length > 0 && !this.#copyDue) await this.#storage.setAlarm(Math.min(...times))
  }
}
