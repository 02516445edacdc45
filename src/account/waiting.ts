// Who waits for a question to be decided, in memory: what was decided is in D1, and whoever waits asks
// again after an eviction.

/** Calls of one person that wait at a time: each holds a request open. */
const MAX_WAITING = 32

/** One of `MAX_WAITING`, given back once by whoever has begun to wait, also when a look of theirs fails. */
export interface Place extends Disposable {
  /** Resolves when `tell` is called or the time is over. */
  readonly told: Promise<void>
}

export class Waiting {
  readonly #told = new Map<string, Set<() => void>>()
  #count = 0

  /** `null`: too many wait already. */
  begin(id: string, waitMs: number): Place | null {
    if (this.#count >= MAX_WAITING) return null
    this.#count += 1
    const { promise: told, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, waitMs)
    const waiters = this.#told.get(id) ?? new Set()
    this.#told.set(id, waiters.add(resolve))
    return {
      told,
      [Symbol.dispose]: () => {
        clearTimeout(timer)
        this.#count -= 1
        waiters.delete(resolve)
        if (waiters.size === 0) this.#told.delete(id)
      },
    }
  }

  tell(id: string): void {
    for (const resolve of this.#told.get(id) ?? []) resolve()
  }
}
