// When a request is given up before the head of its answer: by the guest's own timeouts, and by ours.

import type { HttpErrorCode } from './held.ts'

/** The platform's fetch does not tell when a connection is there: another one to the same place does. */
const MAX_REACH_MS = 1_000

export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #timers: ReturnType<typeof setTimeout>[] = []
  #met: HttpErrorCode | null = null
  #isOver = false

  /** Runs from now on. `reachable`: whether a connection opens within so many milliseconds. */
  constructor(
    asked: { readonly timeoutMs: number | null; readonly connectMs?: number | null | undefined },
    responseMs: number,
    reachable: (withinMs: number) => Promise<boolean>,
  ) {
    const headMs = Math.min(asked.timeoutMs ?? responseMs, responseMs)
    this.#after(headMs, () => this.#meet('HTTP-response-timeout'))
    const { connectMs } = asked
    if (typeof connectMs !== 'number' || connectMs >= headMs) return
    this.#after(connectMs, () => {
      // A server that is there and thinks has met its timeout for connecting.
      void this.#meetUnless(reachable(Math.min(connectMs, MAX_REACH_MS)))
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Which one ended the request, if one did. */
  get met(): HttpErrorCode | null {
    return this.#met
  }

  /** Ends the request for another reason, whether its head is there or not. */
  abort(): void {
    this.#controller.abort()
  }

  /** The head is there: its body is no longer ours to end. */
  [Symbol.dispose](): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.length = 0
  }

  #after(ms: number, then: () => void): void {
    this.#timers.push(setTimeout(then, ms))
  }

  async #meetUnless(reachable: Promise<boolean>): Promise<void> {
    if (!(await reachable)) this.#meet('connection-timeout')
  }

  #meet(tag: HttpErrorCode['tag']): void {
    if (this.#isOver) return
    this.#met ??= { tag }
    this.#controller.abort()
  }
}
