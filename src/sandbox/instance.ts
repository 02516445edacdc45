// A component instance: an import object that starts empty, the shims the component asked for, and the
// calls it serves, one at a time. All but those with resources that a client may name serve one call.

import type { GuestCall, GuestReport } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import { DROP } from '../component/drops.ts'
import { instantiate } from './component.js'
import { countedGlobals, LiftBudget } from './counted-globals.ts'
import { Fuel } from './fuel.ts'
import { Halt, trapMessage } from './halt.ts'
import { HostCalls } from './host-calls.ts'
import { importsOf } from './imports.ts'
import { disposeOf } from './kept.ts'
import { cores } from './modules.js'
import { Pending } from './pending.ts'
import { Rebound } from './rebound.ts'
import { Stacks } from './stacks.ts'
import { Captured } from './wasi/stdio.ts'

type Exports = Record<string, unknown>

export class Instance {
  readonly #halt = new Halt()
  readonly #stacks = new Stacks(this.#halt)
  readonly #fuel = new Fuel(this.#halt, this.#stacks)
  readonly #pending = new Pending()
  readonly #captured: Captured
  readonly #budget: LiftBudget
  readonly #hostCalls: HostCalls
  readonly #rebound: Rebound
  #current: GuestCall
  #exports: Exports | null = null

  constructor(call: GuestCall, capabilities: GuestCapabilities) {
    this.#captured = new Captured(this.#halt)
    this.#budget = new LiftBudget(this.#halt)
    this.#hostCalls = new HostCalls(this.#halt, this.#fuel, this.#budget, this.#stacks)
    this.#rebound = new Rebound(capabilities)
    this.#current = call
  }

  /** Runs one call in an instance that serves no other meanwhile; `settle` sees its value before it leaves. */
  async run(
    call: GuestCall,
    capabilities: GuestCapabilities,
    args: readonly unknown[],
    settle: (value: unknown) => unknown,
  ): Promise<GuestReport> {
    this.#rebound.bind(capabilities)
    this.#halt.begin()
    this.#pending.begin()
    // What an earlier call left computing ended with it, in the midst: nothing can be entered any more.
    if (this.#stacks.isPaused) this.#halt.mark({ tag: 'trap', message: 'it was still computing' })
    this.#current = call
    this.#captured.begin(call.bounds.logBytes)
    this.#budget.begin(call.bounds.liftUnits)
    this.#hostCalls.begin(call.bounds.hostCalls)
    this.#fuel.begin(call.bounds)
    const outcome = await this.#attempt(call, args, settle)
    // What a guest began may wait for something that never comes: nobody waits for a call given up.
    if (outcome.tag !== 'stopped') await this.#pending.settled()
    const [stdout, stderr] = [this.#captured.text('stdout'), this.#captured.text('stderr')]
    const spent = {
      memoryBytes: this.#fuel.memoryBytes,
      hostCalls: this.#hostCalls.made,
      logBytes: this.#captured.bytes,
      liftUnits: this.#budget.most,
    }
    return { outcome, stdout, stderr, fuel: this.#fuel.end(), spent }
  }

  /** Whether that is a resource of the class at this path of its exports. */
  isOf(path: readonly string[], resource: object): boolean {
    if (this.#exports === null) return false
    const found = exportAt(this.#exports, path)
    return typeof found === 'function' && resource instanceof found
  }

  /** Gives up the call at hand. */
  stop(): void {
    this.#halt.stop()
  }

  async #attempt(
    call: GuestCall,
    args: readonly unknown[],
    settle: (value: unknown) => unknown,
  ): Promise<GuestReport['outcome']> {
    try {
      if (this.#halt.reason !== null) return this.#halt.reason
      this.#exports ??= await this.#instantiate()
      this.#budget.refill()
      const [target, receiver] = exportedFunction(this.#exports, call.export)
      const answer = receiver ? Reflect.apply(target, args[0], args.slice(1)) : target(...args)
      const value: unknown = await Promise.race([answer, this.#halt.abandoned])
      return this.#halt.reason ?? { tag: 'ok', value: settle(value) }
    } catch (thrown) {
      // jco throws the error of a `result` as a plain value; an `Error` is a trap or a fault of the glue.
      if (this.#halt.reason !== null) return this.#halt.reason
      if (!(thrown instanceof Error)) return { tag: 'err', value: settle(thrown) }
      return { tag: 'trap', message: trapMessage(thrown) }
    }
  }

  async #instantiate(): Promise<Exports> {
    const { reached, instantiate: instantiateCore, newInstance, suspending } = this.#hostCalls
    const state = { captured: this.#captured, halt: this.#halt, pending: this.#pending, reached }
    const imports = importsOf(() => this.#current, this.#rebound.faces, state)
    return await instantiate(core, imports, instantiateCore, {
      ...countedGlobals(this.#budget),
      _newInstance: newInstance,
      _suspending: suspending,
      _stacks: this.#stacks,
      _goesOn: () => this.#pending.reads || this.#stacks.isBusy,
    })
  }
}

function core(name: string): WebAssembly.Module {
  const module = cores[name]
  if (module === undefined) throw new Error(`no core module ${name}`)
  return module
}

/** The function, and whether it is a method: those take their first argument as the receiver. */
function exportedFunction(
  exports: Exports,
  path: readonly string[],
): [target: (...args: readonly unknown[]) => unknown, isMethod: boolean] {
  if (path.at(-1) === DROP) return [disposeOf, false]
  const found = exportAt(exports, path)
  if (typeof found !== 'function') throw new Error('the export is not a function')
  return [found as (...args: readonly unknown[]) => unknown, path.at(-2) === 'prototype']
}

function exportAt(exports: Exports, path: readonly string[]): unknown {
  let found: unknown = exports
  for (const key of path) {
    const holder = typeof found === 'object' || typeof found === 'function' ? found : null
    if (holder === null || !Object.hasOwn(holder, key)) {
      throw new Error('the component lacks the export')
    }
    found = (holder as Record<string, unknown>)[key]
  }
  return found
}
