// The fuel of metered instances as their host hands it out: slice by slice, with a pause between two, in
// which others of the process run, if no frame of JavaScript lies on the stack.

import { FUEL_GLOBAL, TICK_FUNCTION } from './meter-import.ts'

// Asks `yield`, which suspends the code. Where that cannot be (a frame of JavaScript between here and
// the export, or no `promising` at its start) the engine throws a SuspendError, and `stay` is called.
// Fuel that is still below zero ends the code in a trap, which it cannot catch.
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
  Suspending: new (host: () => Promise<void>) => WebAssembly.ImportValue
}

/** The code catches it, and calls `stay`. */
const STAY = new Error('stay')

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
  /** Fuel handed out between two pauses at the most, where none can be made; without it there is no such bound. */
  readonly longestStay?: bigint
}

export class FuelSlices {
  readonly #rules: FuelRules
  readonly #global = new WebAssembly.Global({ value: 'i64', mutable: true }, 0n)
  /** What metered modules import. */
  readonly imports: Readonly<Record<string, WebAssembly.ImportValue>>
  #budget = 0n
  /** What was not handed out yet. */
  #left = 0n
  /** Handed out since the last pause. */
  #stayed = 0n

  constructor(rules: FuelRules) {
    this.#rules = rules
    const { pause } = rules
    const stay = () => {
      if (this.#staysTooLong()) rules.onSpent()
      else if (this.#refill()) rules.onStayed?.()
    }
    const paused = () => {
      this.#stayed = 0n
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
    this.#stayed = 0n
    this.#hand(0n)
  }

  /** Fuel burnt since `begin`. Of a function that trapped, what it had not yet written back is missing. */
  end(): number {
    const burnt = Number(this.#budget - this.#left - this.#fuel)
    this.#left = 0n
    return burnt
  }

  /** The code meets the end at its next check. */
  charge(units: number): void {
    this.#global.value = this.#fuel - BigInt(units)
  }

  /** Takes back what is left of a slice, so that the next check asks for another. It burns nothing. */
  cut(): void {
    const fuel = this.#fuel
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
    this.#hand(fuel)
    if (this.#fuel >= 0n) return true
    this.#rules.onSpent()
    return false
  }

  #hand(fuel: bigint): void {
    const wanted = this.#rules.slice - fuel
    const slice = wanted < this.#left ? wanted : this.#left
    this.#left -= slice
    this.#stayed += slice
    this.#global.value = fuel + slice
  }

  #staysTooLong(): boolean {
    const { longestStay } = this.#rules
    return longestStay !== undefined && this.#stayed > longestStay && this.#fuel < 0n
  }
}
