// Calls of the host: every JavaScript function that a core module imports, be it a function of an interface,
// a method of a resource or a builtin of the component model. Each is counted, charged, and a place where
// an ended guest stops. Functions that one core module has from another are the guest's own, and metered.

import { METER_MODULE } from '../component/meter-import.ts'
import type { LiftBudget } from './counted-globals.ts'
import type { Fuel } from './fuel.ts'
import type { Halt } from './halt.ts'

type HostFunction = (...args: unknown[]) => unknown
type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** Not in the types of the runtime yet (JavaScript Promise Integration). */
const { Suspending } = WebAssembly as unknown as {
  Suspending: new (host: HostFunction) => object
}

/** One per instance; `begin` with every call. What it offers is all that the glue makes instances with. */
export class HostCalls {
  readonly #halt: Halt
  readonly #fuel: Fuel
  readonly #budget: LiftBudget
  /** What instances of core modules export: an import that is none of these is ours. */
  readonly #wasm = new WeakSet<object>()
  #bound = 0
  #left = 0
  /** Host calls within each other, by code of the guest that one runs. */
  #depth = 0

  constructor(halt: Halt, fuel: Fuel, budget: LiftBudget) {
    this.#halt = halt
    this.#fuel = fuel
    this.#budget = budget
  }

  begin(bound: number): void {
    this.#bound = bound
    this.#left = bound
  }

  /** Since `begin`. */
  get made(): number {
    return this.#bound - this.#left
  }

  /** First thing in every host call, and wherever a guest gives us something beside one. */
  readonly reached = (): void => {
    this.#halt.check()
    this.#left -= 1
    if (this.#left < 0) this.#halt.end({ tag: 'bound', bound: 'host-calls' })
    this.#fuel.chargeHostCall(this.#budget.refill())
  }

  /** In place of `WebAssembly.instantiate`: the module is metered and finds its meter. */
  readonly instantiate = async (
    module: WebAssembly.Module,
    imports: Imports = {},
  ): Promise<WebAssembly.Instance> => {
    this.#fuel.admit(module)
    return this.#known(await WebAssembly.instantiate(module, this.#counted(imports)))
  }

  /** In place of `new WebAssembly.Instance`, for the small modules that jco writes into its code. */
  readonly newInstance = (
    module: WebAssembly.Module,
    imports: Imports = {},
  ): WebAssembly.Instance => {
    this.#fuel.admit(module)
    return this.#known(new WebAssembly.Instance(module, this.#counted(imports)))
  }

  /** In place of `new WebAssembly.Suspending`, which hides its function. */
  readonly suspending = (host: HostFunction): object => new Suspending(this.#hostCall(host))

  #counted(imports: Imports): WebAssembly.Imports {
    const counted: Record<string, Record<string, unknown>> = {}
    for (const [from, members] of Object.entries(imports)) {
      const copy: Record<string, unknown> = {}
      for (const [name, member] of Object.entries(members)) {
        const ours = typeof member === 'function' && !this.#wasm.has(member)
        copy[name] = ours ? this.#hostCall(member as HostFunction) : member
      }
      counted[from] = copy
    }
    return { ...(counted as WebAssembly.Imports), [METER_MODULE]: this.#fuel.meter }
  }

  #hostCall(host: HostFunction): HostFunction {
    return (...args) => {
      this.reached()
      this.#depth += 1
      try {
        return host(...args)
      } finally {
        this.#depth -= 1
        if (this.#depth === 0) this.#fuel.returned()
      }
    }
  }

  #known(instance: WebAssembly.Instance): WebAssembly.Instance {
    for (const exported of Object.values(instance.exports)) {
      if (typeof exported === 'function') this.#wasm.add(exported)
    }
    return instance
  }
}
