// What metered code of one component counts down, its fuel and its memory, as the shell hands it out. A guest
// that spent a slice of fuel lets others of the process run, if no frame of ours lies on its stack.

import { FuelSlices } from '../component/fuel-slices.ts'
import { MemoryPages } from '../component/memory-pages.ts'
import { CALLS_WITHOUT_CHECK } from '../component/meter-import.ts'
import type { GuestBounds } from './call.ts'
import type { Halt } from './halt.ts'
import type { Stacks } from './stacks.ts'

/** Fuel between two pauses: a few milliseconds of work. Others of the process wait that long. */
const SLICE = 20_000_000n
/**
 * Fuel of code that cannot be suspended (start functions, destructors, `realloc`, `post-return`), in one stretch: a
 * quarter of a second, as a rule. Such code of honest components burns a hundredth of it.
 */
const LONGEST_STAY = 2_000_000_000n
/** Host calls between two pauses: jco's glue takes some ten microseconds for one. */
const SLICE_CALLS = 250

/** A pause that could not be made is tried again behind a host call, which has to be followed by a check. */
const TRIES = 2 * CALLS_WITHOUT_CHECK

/** What a host call costs at least: ours is the time, the guest's is the wish. */
const HOST_CALL_COST = 10_000

/** One per instance; `begin` with every call, before any code of the guest runs. */
export class Fuel {
  readonly #halt: Halt
  readonly #slices: FuelSlices
  readonly #memory = new MemoryPages()
  /** What a metered module imports. */
  readonly meter: Record<string, WebAssembly.ImportValue>
  #calls = 0
  /** How often in a row a pause could not be made. */
  #missed = 0
  /** A pause is to be tried behind the host call at hand. */
  #isDue = false

  constructor(halt: Halt, stacks: Stacks) {
    this.#halt = halt
    this.#slices = new FuelSlices({
      slice: SLICE,
      pause: () => stacks.pause(),
      canPause: () => stacks.canPause,
      longestStay: LONGEST_STAY,
      now: Date.now,
      othersRan: () => stacks.othersRan,
      isEnded: () => halt.reason !== null,
      onSpent: () => halt.mark({ tag: 'bound', bound: 'fuel' }),
      onStayed: () => {
        stacks.missed()
        this.#missed = (this.#missed + 1) % TRIES
        this.#isDue = this.#missed > 0
      },
      onPaused: () => {
        this.#missed = 0
      },
    })
    this.meter = { ...this.#slices.imports, ...this.#memory.imports }
  }

  /** An instance that has more memory than this call allows is ended before it serves it. */
  begin({ fuel, memoryBytes }: Pick<GuestBounds, 'fuel' | 'memoryBytes'>): void {
    this.#slices.begin(fuel)
    if (!this.#memory.begin(memoryBytes)) this.#outOfMemory()
  }

  /** Before an instance of `module` is made. Throws when its memories are more than what is left. */
  admit(module: WebAssembly.Module): void {
    if (this.#memory.admit(module)) return
    this.#outOfMemory()
    throw new Error('a memory that starts with more than there is left')
  }

  #outOfMemory(): void {
    this.#halt.mark({ tag: 'bound', bound: 'memory' })
  }

  /**
   * Fuel burnt since `begin`. Of a function that trapped, what it had not yet written back is
   * missing. Code that runs between two calls (destructors, when a handle ends) has what is left of
   * one slice.
   */
  end(): number {
    return this.#slices.end()
  }

  /** Memory of the instances now. */
  get memoryBytes(): number {
    return this.#memory.usedBytes
  }

  /** With each host call: `units` of lifting went before it. The guest meets the end at its next check. */
  chargeHostCall(units: number): void {
    this.#slices.charge(HOST_CALL_COST + units)
    this.#calls += 1
    if (this.#calls % SLICE_CALLS === 0) this.#slices.cut()
  }

  /**
   * Behind the outermost host call. Guest code that such a call runs cannot be suspended: what it used up
   * there it would have without a pause for as long as it likes.
   */
  returned(): void {
    if (!this.#isDue) return
    this.#isDue = false
    this.#slices.cut()
  }
}
