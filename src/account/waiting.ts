// Who waits for a question to be decided, in memory: what was decided is in D1, and whoever waits asks
// again after an eviction.

/** Calls of one person that wait at a time: each holds a request open. */
const MAX_WAITING = 32

export class Waiting {
  readonly #told = new Map<string, Set<() => void>>()
  #count = 0

  /** Resolves when `tell` is called or the time is over; `null`: too many wait already. */
  begin(id: string, waitMs: number): Promise<void> | null {
    if (this.#count >= MAX_WAITING) return null
    this.#count += 1
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, waitMs)
    const waiters = this.#told.get(id) ?? new Set()
    this.#told.set(id, waiters.add(resolve))
    return promise.finally(() => {
      clearTimeout(timer)
      this.#count -= 1
      waiters.delete(resolve)
      if (waiters.size === 0) this.#told.delete(id)
    })
  }

  tell(id: string): void {
    for (const resolve of this.#told.get(id) ?? []) resolve()
  }
}
