// What metered code of one component counts down, its fuel and its memory, as the shell hands it out. A guest
// that spent a slice of fuel lets others of the process run, if no frame of ours lies on its stack.

import { FuelSlices } from '../component/fuel-slices.ts'
import { MemoryPages } from '../component/memory-pages.ts'
import { METER_MODULE } from '../component/meter-import.ts'
import type { GuestBounds } from './call.ts'
import type { Halt } from './halt.ts'

/** Fuel between two pauses: a few milliseconds of work. Others of the process wait that long. */
const SLICE = 20_000_000n

/** What a host call costs at least: ours is the time, the guest's is the wish. */
const HOST_CALL_COST = 2_000

/**
 * By how much a host call brings the next pause nearer: until the engine has compiled its glue, which it
 * seldom has in a call, it takes up to thirty microseconds.
 */
const HOST_CALL_PACE = 200_000

/** Names of the asynchronous canonical ABI in core modules, `[async-lift]…`, `[task-return]…` and so on. */
const ASYNCHRONOUS = /^\[(?:async|task|subtask|waitable|stream|future|context)-/

/**
 * Whether a component runs tasks of its own. The glue may enter it whenever something it began ends, and
 * it counts on not being interrupted until it waits (Component Model, "Concurrency"), so it is never
 * suspended for a pause. A guest that chooses such names for nothing gains what it has in a constructor.
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
  readonly #slices: FuelSlices
  readonly #memory = new MemoryPages()
  readonly #meter: Record<string, WebAssembly.ImportValue>

  /** `pauses`: the guest may be suspended between two slices. */
  constructor(halt: Halt, pauses: boolean) {
    this.#halt = halt
    this.#slices = new FuelSlices({
      slice: SLICE,
      pauses,
      isEnded: () => halt.reason !== null,
      onSpent: () => halt.mark({ tag: 'bound', bound: 'fuel' }),
    })
    this.#meter = { ...this.#slices.imports, ...this.#memory.imports }
  }

  /** An instance that has more memory than this call allows is ended before it serves it. */
  begin({ fuel, memoryBytes }: Pick<GuestBounds, 'fuel' | 'memoryBytes'>): void {
    this.#slices.begin(fuel)
    if (!this.#memory.begin(memoryBytes)) this.#outOfMemory()
  }

  /**
   * Fuel burnt since `begin`. Of a function that trapped, what it had not yet written back is
   * missing. Code that runs between two calls (destructors, when a handle ends) has what is left of
   * one slice.
   */
  end(): number {
    return this.#slices.end()
  }

  /** With each host call: `units` of lifting went before it. The guest meets the end at its next check. */
  chargeHostCall(units: number): void {
    this.#slices.charge(HOST_CALL_COST + units, HOST_CALL_PACE)
  }

  /** In place of `WebAssembly.instantiate`: the module is metered and finds its meter. */
  readonly instantiate = async (
    module: WebAssembly.Module,
    imports: WebAssembly.Imports = {},
  ): Promise<WebAssembly.Instance> => {
    this.#admit(module)
    return await WebAssembly.instantiate(module, { ...imports, [METER_MODULE]: this.#meter })
  }

  /** In place of `new WebAssembly.Instance`, for the small modules that jco writes into its code. */
  readonly newInstance = (
    module: WebAssembly.Module,
    imports: WebAssembly.Imports = {},
  ): WebAssembly.Instance => {
    this.#admit(module)
    return new WebAssembly.Instance(module, { ...imports, [METER_MODULE]: this.#meter })
  }

  #admit(module: WebAssembly.Module): void {
    if (this.#memory.admit(module)) return
    this.#outOfMemory()
    throw new Error('a memory that starts with more than there is left')
  }

  #outOfMemory(): void {
    this.#halt.mark({ tag: 'bound', bound: 'memoryBytes' })
  }
}
