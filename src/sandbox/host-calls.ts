// Calls of the host: every JavaScript function that a core module imports, be it a function of an interface,
// a method of a resource or a builtin of the component model. Each is counted, charged, and a place where
// an ended guest stops. Functions that one core module has from another are the guest's own, and metered.

import { METER_MODULE } from '../component/meter-import.ts'
import type { LiftBudget } from './counted-globals.ts'
import type { Fuel } from './fuel.ts'
import type { Halt } from './halt.ts'
import type { Stacks } from './stacks.ts'

type HostFunction = (...args: unknown[]) => unknown
type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What the glue sees of an instance: its functions are not the code itself. */
interface CoreInstance {
  readonly exports: Readonly<Record<string, unknown>>
}

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
  readonly #stacks: Stacks
  #bound = 0
  #left = 0

  constructor(halt: Halt, fuel: Fuel, budget: LiftBudget, stacks: Stacks) {
    this.#halt = halt
    this.#fuel = fuel
    this.#budget = budget
    this.#stacks = stacks
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
  ): Promise<CoreInstance> => {
    this.#fuel.admit(module)
    return this.#known(await WebAssembly.instantiate(module, this.#counted(imports)))
  }

  /** In place of `new WebAssembly.Instance`, for the small modules that jco writes into its code. */
  readonly newInstance = (module: WebAssembly.Module, imports: Imports = {}): CoreInstance => {
    this.#fuel.admit(module)
    return this.#known(new WebAssembly.Instance(module, this.#counted(imports)))
  }

  /** In place of `new WebAssembly.Suspending`, which hides its function. */
  readonly suspending = (host: HostFunction): object => {
    const call = this.#hostCall(host)
    return new Suspending((...args) => this.#stacks.resumed(call(...args)))
  }

  #counted(imports: Imports): WebAssembly.Imports {
    const counted: Record<string, Record<string, unknown>> = {}
    for (const [from, members] of Object.entries(imports)) {
      const copy: Record<string, unknown> = {}
      for (const [name, given] of Object.entries(members)) {
        const member = this.#stacks.codeOf(given)
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
      try {
        return this.#stacks.within(() => host(...args))
      } finally {
        if (this.#stacks.canPause) this.#fuel.returned()
      }
    }
  }

  #known({ exports }: WebAssembly.Instance): CoreInstance {
    const known: Record<string, unknown> = {}
    for (const [name, exported] of Object.entries(exports)) {
      const isCode = typeof exported === 'function'
      if (isCode) this.#wasm.add(exported)
      known[name] = isCode ? this.#stacks.called(exported as HostFunction) : exported
    }
    return { exports: known }
  }
}
