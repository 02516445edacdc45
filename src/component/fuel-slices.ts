// The fuel of metered instances as their host hands it out: slice by slice, with a pause between two, in
// which others of the process run, if no frame of JavaScript lies on the stack.

import { FUEL_GLOBAL, TICK_FUNCTION } from './meter-import.ts'

// Asks `yield`, unless `goesOn`, which suspends the code. Where that cannot be (a frame of JavaScript between
// here and the export, or no `promising` at its start) the engine throws a SuspendError, and `stay` is called.
// Fuel that is still below zero ends the code in a trap, which it cannot catch.
//   (module
//     (import "" "goesOn" (func $goesOn (result i32)))
//     (import "" "yield" (func $yield))
//     (import "" "stay" (func $stay))
//     (global $fuel (import "" "fuel") (mut i64))
//     (func (export "tick")
//       (if (call $goesOn) (then (return)))
//       (block $done
//         (block $caught (try_table (catch_all $caught) (call $yield) (br $done)))
//         (call $stay))
//       (if (i64.lt_s (global.get $fuel) (i64.const 0)) (then (unreachable)))))
const TICK = new (WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module)(
  Uint8Array.from([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 2, 96, 0, 1, 127, 96, 0, 0, 2, 37, 4, 0, 6, 103, 111, 101,
    115, 79, 110, 0, 0, 0, 5, 121, 105, 101, 108, 100, 0, 1, 0, 4, 115, 116, 97, 121, 0, 1, 0, 4,
    102, 117, 101, 108, 3, 126, 1, 3, 2, 1, 1, 7, 8, 1, 4, 116, 105, 99, 107, 0, 3, 10, 37, 1, 35,
    0, 16, 0, 4, 64, 15, 11, 2, 64, 2, 64, 31, 64, 1, 2, 0, 16, 1, 12, 2, 11, 11, 16, 2, 11, 35, 0,
    66, 0, 83, 4, 64, 0, 11, 11,
  ]),
)

/** Not in the types of the runtime yet (JavaScript Promise Integration). */
const { Suspending } = WebAssembly as unknown as {
  Suspending: new (host: () => Promise<void>) => WebAssembly.ImportValue
}

/** The code catches it, and calls `stay`. */
const STAY = new Error('stay')

/**
 * A slice is handed out in parts, with a look at the clock between two: there is code of which an instruction takes
 * microseconds, because no cache holds what it reads or because the engine compiles it first. Parts grow with
 * every slice that was quick: the next part may be slow.
 */
const LEAST_PARTS = 32n
const MOST_PARTS = 128n
/** Milliseconds of a part that is slow. */
const PART_MS = 3
/** Milliseconds that end a slice, however much of it is left. */
const SLICE_MS = 10
/**
 * Milliseconds of code that cannot be suspended, in one stretch; honest code takes a hundredth of it. The clock
 * of the deployed platform stands still while code runs: fuel ends it there, or the CPU of a call.
 */
const LONGEST_STAY_MS = 5_000

export interface FuelRules {
  /** Fuel between two pauses. Others of the process wait that long. */
  readonly slice: bigint
  /** What the code waits for between two slices; without it, it is never suspended. */
  readonly pause?: () => Promise<void>
  /** Whether it may be suspended right now. */
  readonly canPause?: () => boolean
  /** The code has been ended, by whom ever: it goes no further than its next check. */
  readonly isEnded: () => boolean
  /** The budget is spent: the code ends in a trap as soon as this returns. */
  readonly onSpent: () => void
  /** A slice is handed out where the code could not be suspended, at once if `pause` was called. */
  readonly onStayed?: () => void
  /** The code was suspended, and goes on. */
  readonly onPaused?: () => void
  /**
   * Fuel handed out between two pauses at the most, where none can be made; without it there is no such bound,
   * nor one of time.
   */
  readonly longestStay?: bigint
  /** Milliseconds since whenever. */
  readonly now?: () => number
  /** When others of the process could run last, beside the pauses of these slices. */
  readonly othersRan?: () => number
}

export class FuelSlices {
  readonly #rules: FuelRules
  readonly #global = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  /** What metered modules import. */
  readonly imports: Readonly<Record<string, WebAssembly.ImportValue>>
  #budget = 0n
  /** What was not handed out yet. */
  #left = 0n
  /** Of it, what is left of the slice at hand. */
  #slice = 0n
  #sliceSince = 0
  /** What is handed out at once. */
  #part: bigint
  #partSince = 0
  /** Handed out since the last pause. */
  #stayed = 0n
  #staySince = 0

  constructor(rules: FuelRules) {
    this.#rules = rules
    this.#part = rules.slice / MOST_PARTS
    const { pause } = rules
    const stay = () => {
      if (this.#staysTooLong()) rules.onSpent()
      else if (this.#refill()) rules.onStayed?.()
    }
    const paused = () => {
      this.#paused()
      // What was charged meanwhile may have used it up.
      this.#refill()
      rules.onPaused?.()
    }
    const rest = (pause: () => Promise<void>) => {
      // The engine suspends the code for any answer, but not for an exception.
      if (rules.canPause?.() === false || !this.#refill()) throw STAY
      const pausing = pause()
      void pausing.then(paused)
      return pausing
    }
    const { exports } = new WebAssembly.Instance(TICK, {
      '': {
        [FUEL_GLOBAL]: this.#global,
        goesOn: () => this.#goesOn(),
        yield: pause === undefined ? stay : new Suspending(() => rest(pause)),
        stay,
      },
    })
    const tick = exports['tick'] as WebAssembly.ExportValue
    this.imports = { [FUEL_GLOBAL]: this.#global, [TICK_FUNCTION]: tick }
  }

  /** Before any metered code runs. */
  begin(budget: number): void {
    this.#budget = BigInt(budget)
    this.#left = this.#budget
    this.#global.value = 0n
    this.#paused()
    this.#begin(0n)
  }

  /** Fuel burnt since `begin`. Of a function that trapped, what it had not yet written back is missing. */
  end(): number {
    const burnt = Number(this.#budget - this.#left - this.#fuel)
    // The rest of the slice is for code that runs between two calls.
    this.#global.value = this.#fuel + (this.#slice < this.#left ? this.#slice : this.#left)
    this.#slice = this.#left = 0n
    return burnt
  }

  /** The code meets the end at its next check. */
  charge(units: number): void {
    this.#global.value = this.#fuel - BigInt(units)
  }

  /** Takes back what is left of a slice, so that the next check asks for another. It burns nothing. */
  cut(): void {
    const fuel = this.#fuel
    this.#slice = 0n
    if (fuel < 0n) return
    this.#left += fuel + 1n
    this.#stayed -= fuel + 1n
    this.#global.value = -1n
  }

  get #fuel(): bigint {
    return this.#global.value as bigint
  }

  /** Whether the code may go on. */
  #refill(): boolean {
    const fuel = this.#fuel
    if (fuel >= 0n) return true
    if (this.#rules.isEnded()) return false
    this.#begin(fuel)
    if (this.#fuel >= 0n) return true
    this.#rules.onSpent()
    return false
  }

  /** A new slice. */
  #begin(fuel: bigint): void {
    this.#slice = this.#rules.slice - fuel
    this.#sliceSince = this.#now()
    this.#hand(fuel)
  }

  /** The next part of the slice at hand, and what is owed. */
  #hand(fuel: bigint): void {
    const part = this.#part - fuel
    const wanted = part < this.#slice ? part : this.#slice
    const handed = wanted < this.#left ? wanted : this.#left
    this.#slice -= handed
    this.#left -= handed
    this.#stayed += handed
    this.#global.value = fuel + handed
  }

  /** Whether the code may go on without a pause: 1 or 0. */
  #goesOn(): number {
    const now = this.#now()
    const { slice } = this.#rules
    if (now - this.#since(this.#partSince) >= PART_MS) this.#part = slice / MOST_PARTS
    else if (this.#slice <= 0n && this.#part < slice / LEAST_PARTS) this.#part += slice / MOST_PARTS
    this.#partSince = now
    if (this.#slice <= 0n || now - this.#since(this.#sliceSince) >= SLICE_MS) return 0
    this.#hand(this.#fuel)
    return this.#fuel >= 0n ? 1 : 0
  }

  #paused(): void {
    this.#stayed = 0n
    this.#staySince = this.#sliceSince = this.#partSince = this.#now()
  }

  #staysTooLong(): boolean {
    const { longestStay } = this.#rules
    if (longestStay === undefined || this.#fuel >= 0n) return false
    return (
      this.#stayed > longestStay || this.#now() - this.#since(this.#staySince) >= LONGEST_STAY_MS
    )
  }

  #now(): number {
    return this.#rules.now?.() ?? 0
  }

  /** When the thread came to the code last, if that was after `then`. */
  #since(then: number): number {
    return Math.max(then, this.#rules.othersRan?.() ?? 0)
  }
}
