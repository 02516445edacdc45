// The stacks of one instance, and when each may run. A guest that computes is suspended between two slices of
// fuel, in the middle of its allocator for example: until it has gone on, no other code of the instance may
// run. So whatever begins or resumes a stack passes here, one at a time. What the glue calls without
// waiting for it cannot: the glue asks first (`compiler/stacks.ts`), and a call that did not ends the guest.

import type { Halt } from './halt.ts'
import { sliceTurns } from './slice-turns.ts'

type Code = (...args: unknown[]) => unknown

/** Not in the types of the runtime yet (JavaScript Promise Integration). */
const { promising } = WebAssembly as unknown as {
  promising: (code: Code) => (...args: unknown[]) => Promise<unknown>
}

/** What the glue notes of the task at hand. It belongs to the stack that runs, so it is put back with it. */
class CurrentTask {
  readonly byComponent: Record<string, unknown> = {}
  readonly mayBlock = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)

  /** Puts back what is so now. */
  keep(): () => void {
    const tasks = { ...this.byComponent }
    const mayBlock = this.mayBlock.value as number
    return () => {
      Object.assign(this.byComponent, tasks)
      this.mayBlock.value = mayBlock
    }
  }
}

/** One per instance. */
export class Stacks {
  readonly task = new CurrentTask()
  readonly #halt: Halt
  /** What the glue calls → the code itself, which other modules import and the engine suspends. */
  readonly #code = new WeakMap<object, Code>()
  /** Host calls within each other, by code of the guest that one runs. */
  #depth = 0
  /** The pause at hand: a stack is suspended in its midst. */
  #pause: PromiseWithResolvers<void> | null = null
  /** A stack was let go on, and has perhaps not begun to: the engine resumes it behind a microtask. */
  #isTaken = false
  /** The stack whose pause is over goes on before all others. */
  #rested: (() => void) | null = null
  readonly #waiting: (() => void)[] = []
  /** When a stack began or went on last, by `Date.now`: others of the process have run in front of that. */
  othersRan = 0

  constructor(halt: Halt) {
    this.#halt = halt
  }

  get isPaused(): boolean {
    return this.#pause !== null
  }

  /** No code is suspended in its midst. Ask again then: others may have been quicker. */
  get over(): Promise<void> {
    return this.#pause?.promise ?? Promise.resolve()
  }

  /** Some stack goes on without anybody's doing. */
  get isBusy(): boolean {
    return this.isPaused || this.#isTaken || this.#waiting.length > 0
  }

  /** Whether the code that runs lies directly on a stack: in a host call there are others below it. */
  get canPause(): boolean {
    return this.#depth === 0
  }

  within<T>(hostCall: () => T): T {
    this.#depth += 1
    try {
      return hostCall()
    } finally {
      this.#depth -= 1
    }
  }

  /** For the stack that runs to wait for. If the engine refuses, `missed` has to be called before anything else. */
  pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const mine = Promise.withResolvers<void>()
    const restore = this.task.keep()
    this.#pause = mine
    // The engine's own reaction comes next: nothing runs in between.
    const begin = () => {
      restore()
      this.#endPause()
      this.#taken()
    }
    void promise.then(begin)
    const rested = () => {
      if (this.#pause !== mine) return
      this.#rested = resolve
      this.#next()
    }
    void sliceTurns.next().then(rested)
    return promise
  }

  missed(): void {
    if (this.#pause === null) return
    this.#endPause()
    queueMicrotask(() => this.#next())
  }

  /**
   * The answer to a host call. The engine suspends the stack for any, a promise or not; it goes on when no
   * other is in the way.
   */
  resumed(answer: unknown): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    let restore = () => {}
    // As in `pause`.
    const begin = () => {
      restore()
      this.#taken()
    }
    void promise.then(begin, begin)
    const settle = (how: () => void) => {
      restore = this.task.keep()
      this.later(() => {
        this.#isTaken = true
        how()
      })
    }
    Promise.resolve(answer).then(
      (value) => settle(() => resolve(value)),
      (thrown: unknown) => settle(() => reject(thrown)),
    )
    return promise
  }

  /** In place of `WebAssembly.promising`: what the glue waits for may wait itself, and be suspended. */
  readonly promising = (call: Code): Code => {
    const code = promising(this.codeOf(call))
    const run: Code = (...args) => {
      if (this.#depth === 0) this.othersRan = Date.now()
      return code(...args)
    }
    return (...args) => {
      if (this.#depth > 0 || this.#isFree) return run(...args)
      const restore = this.task.keep()
      return new Promise((resolve, reject) => {
        this.later(() => {
          restore()
          // What it throws at once, over its arguments, belongs to its caller as well.
          try {
            resolve(run(...args))
          } catch (thrown) {
            reject(thrown as Error)
          }
        })
      })
    }
  }

  /** What the glue calls at once, for `code`. */
  called(code: Code): Code {
    const call: Code = (...args) => {
      if (this.isPaused && this.#depth === 0) {
        this.#halt.end({ tag: 'trap', message: 'called in the midst of its computing' })
      }
      return code(...args)
    }
    this.#code.set(call, code)
    return call
  }

  /** `called` undone; anything else comes back as it is. */
  codeOf<T>(call: T): T {
    const isFunction = typeof call === 'function'
    return isFunction ? ((this.#code.get(call) as T | undefined) ?? call) : call
  }

  /** Runs `work` as soon as no stack is in the way. */
  readonly later = (work: () => void): void => {
    this.#waiting.push(work)
    if (this.#depth === 0) this.#next()
    else queueMicrotask(() => this.#next())
  }

  get #isFree(): boolean {
    return !this.isPaused && !this.#isTaken
  }

  #next(): void {
    if (this.#rested !== null && !this.#isTaken) {
      this.#isTaken = true
      this.#rested()
      this.#rested = null
      return
    }
    while (this.#isFree) {
      const work = this.#waiting.shift()
      if (work === undefined) return
      try {
        work()
      } catch (thrown) {
        this.#halt.fault(thrown)
      }
    }
  }

  /** Called right before the engine resumes the stack that was let go on. */
  #taken(): void {
    this.othersRan = Date.now()
    queueMicrotask(() => {
      this.#isTaken = false
      this.#next()
    })
  }

  #endPause(): void {
    this.#pause?.resolve()
    this.#pause = null
  }
}
