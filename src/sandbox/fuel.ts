// The fuel of an instance: what its metered code counts down, and what happens when a slice of it is
// spent. The guest then lets others of the process run, if no frame of ours lies on its stack.

import { CALLS_WITHOUT_CHECK, FUEL_GLOBAL, TICK_FUNCTION } from '../component/meter-import.ts'
import type { Halt } from './halt.ts'

/** Fuel between two pauses: a few milliseconds of work. Others of the process wait that long. */
const SLICE = 20_000_000n
/** Host calls between two pauses: jco's glue takes some ten microseconds for one. */
const SLICE_CALLS = 500

/** A pause that could not be made is tried again behind a host call, which has to be followed by a check. */
const TRIES = 2 * CALLS_WITHOUT_CHECK

/** What a host call costs at least: ours is the time, the guest's is the wish. */
const HOST_CALL_COST = 10_000

// Asks `yield`, which suspends the guest. Where that cannot be (a frame of JavaScript between here and
// the export, or no `promising` at its start) the engine throws a SuspendError, and `stay` is called.
// Fuel that is still below zero ends the guest in a trap, which it cannot catch.
//   (module
//     (import "" "yield" (func $yield))
//     (import "" "stay" (func $stay))
//     (global $fuel (import "" "fuel") (mut i64))
//     (func (export "tick")
//       (block $done
//         (block $caught (try_table (catch_all $caught) (call $yield) (br $done)))
//         (call $stay))
//       (if (i64.lt_s (global.get $fuel) (i64.const 0)) (then (unreachable)))))
const TICK = new (WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module)(
  Uint8Array.from([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 27, 3, 0, 5, 121, 105, 101, 108, 100, 0, 0,
    0, 4, 115, 116, 97, 121, 0, 0, 0, 4, 102, 117, 101, 108, 3, 126, 1, 3, 2, 1, 0, 7, 8, 1, 4, 116,
    105, 99, 107, 0, 2, 10, 31, 1, 29, 0, 2, 64, 2, 64, 31, 64, 1, 2, 0, 16, 0, 12, 2, 11, 11, 16,
    1, 11, 35, 0, 66, 0, 83, 4, 64, 0, 11, 11,
  ]),
)

/** Not in the types of the runtime yet (JavaScript Promise Integration). */
const { Suspending } = WebAssembly as unknown as {
  Suspending: new (host: () => Promise<void> | undefined) => WebAssembly.ImportValue
}

/** Names of the asynchronous canonical ABI in core modules, `[async-lift]…`, `[task-return]…` and so on. */
const ASYNCHRONOUS = /^\[(?:async|task|subtask|waitable|stream|future|context)-/

/**
 * Whether a component runs tasks of its own. The glue may enter it whenever something it began ends, and
 * it counts on not being interrupted until it waits (Component Model, "Concurrency"), so it is
 * suspended for a pause nowhere else. A guest that chooses such names for nothing gains what it has in a constructor.
 */
export function isAsynchronous(modules: readonly WebAssembly.Module[]): boolean {
  return modules.some((module) =>
    [...WebAssembly.Module.imports(module), ...WebAssembly.Module.exports(module)].some(
      ({ name }) => ASYNCHRONOUS.test(name),
    ),
  )
}

/** One per instance; `begin` with every call, before any code of the guest runs. */
export class Fuel {
  readonly #halt: Halt
  readonly #global = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  /** What a metered module imports. */
  readonly meter: Record<string, WebAssembly.ImportValue>
  #budget = 0n
  /** What was not handed to the guest yet. */
  #left = 0n
  #calls = 0
  /** How often in a row a pause could not be made. */
  #missed = 0
  /** A pause is to be tried behind the host call at hand. */
  #isDue = false
  /** Of a component that is never suspended: a slice is over. */
  #isTired = false

  /** `pauses`: the guest may be suspended between two slices. */
  constructor(halt: Halt, pauses: boolean) {
    this.#halt = halt
    const stay = () => {
      if (!this.#refill()) return
      if (!pauses) {
        this.#isTired = true
        return
      }
      this.#missed = (this.#missed + 1) % TRIES
      this.#isDue = this.#missed > 0
    }
    const rest = () => pause().then(() => void (this.#missed = 0))
    const { exports } = new WebAssembly.Instance(TICK, {
      '': {
        [FUEL_GLOBAL]: this.#global,
        yield: pauses ? new Suspending(() => (this.#refill() ? rest() : undefined)) : stay,
        stay,
      },
    })
    const tick = exports['tick'] as WebAssembly.ExportValue
    this.meter = { [FUEL_GLOBAL]: this.#global, [TICK_FUNCTION]: tick }
  }

  begin(budget: number): void {
    this.#budget = BigInt(budget)
    this.#left = this.#budget
    this.#global.value = 0n
    this.#hand(0n)
  }

  /**
   * Fuel burnt since `begin`. Of a function that trapped, what it had not yet written back is
   * missing. Code that runs between two calls (destructors, when a handle ends) has what is left of
   * one slice.
   */
  end(): number {
    const burnt = Number(this.#budget - this.#left - this.#fuel)
    this.#left = 0n
    return burnt
  }

  /** With each host call: `units` of lifting went before it. The guest meets the end at its next check. */
  chargeHostCall(units: number): void {
    const fuel = this.#fuel - BigInt(HOST_CALL_COST + units)
    this.#calls += 1
    this.#global.value = fuel
    if (this.#calls % SLICE_CALLS === 0 && fuel >= 0n) this.#cut(fuel)
  }

  /**
   * Behind the outermost host call. Guest code that such a call runs cannot be suspended: what it used up
   * there it would have without a pause for as long as it likes.
   */
  returned(): void {
    if (!this.#isDue) return
    this.#isDue = false
    const fuel = this.#fuel
    if (fuel >= 0n) this.#cut(fuel)
  }

  /** What a host call came to that the guest waits for: with a pause behind it, if a slice is over. */
  readonly rested = (work: unknown): unknown => {
    if (!this.#isTired) return work
    this.#isTired = false
    return Promise.resolve(work).finally(pause)
  }

  /** Takes back what is left of a slice, so that the next check asks for another. */
  #cut(fuel: bigint): void {
    this.#left += fuel + 1n
    this.#global.value = -1n
  }

  get #fuel(): bigint {
    return this.#global.value as bigint
  }

  /** Whether the guest may go on. */
  #refill(): boolean {
    const fuel = this.#fuel
    if (fuel >= 0n) return true
    // Ended meanwhile, by whom ever: it goes no further than this check.
    if (this.#halt.reason !== null) return false
    this.#hand(fuel)
    if (this.#fuel >= 0n) return true
    this.#halt.mark({ tag: 'bound', bound: 'fuel' })
    return false
  }

  #hand(fuel: bigint): void {
    const wanted = SLICE - fuel
    const slice = wanted < this.#left ? wanted : this.#left
    this.#left -= slice
    this.#global.value = fuel + slice
  }
}

/** A timer goes through the event loop of the process; a resolved promise would not. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
