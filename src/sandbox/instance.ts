// A component instance: an import object that starts empty, the shims the component asked for, and the
// calls it serves, one at a time. All but those with resources that a client may name serve one call.

import type { GuestCall, GuestReport } from './call.ts'
import type { DriveFace, GuestCapabilities } from '../capabilities/held.ts'
import { instantiate } from './component.js'
import { countedGlobals, LiftBudget } from './counted-globals.ts'
import { Fuel, isAsynchronous } from './fuel.ts'
import { Halt, trapMessage } from './halt.ts'
import type { Interfaces } from './imports.ts'
import { importsOf } from './imports.ts'
import { cores } from './modules.js'
import { Pending } from './pending.ts'
import { Rebound } from './rebound.ts'
import { Captured } from './wasi/stdio.ts'

type Exports = Record<string, unknown>

const PAUSES = !isAsynchronous(Object.values(cores))

export class Instance {
  readonly #halt = new Halt()
  readonly #fuel = new Fuel(this.#halt, PAUSES)
  readonly #pending = new Pending()
  readonly #captured: Captured
  readonly #budget: LiftBudget
  readonly #rebound: Rebound
  #current: GuestCall
  #exports: Exports | null = null

  constructor(call: GuestCall, capabilities: GuestCapabilities) {
    this.#captured = new Captured(call.bounds.logBytes, this.#halt)
    this.#budget = new LiftBudget(call.bounds.liftUnits, this.#halt)
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
    this.#current = call
    this.#captured.empty()
    this.#fuel.begin(call.bounds)
    const outcome = await this.#attempt(call, args, settle)
    // What a guest began may wait for something that never comes: nobody waits for a call given up.
    if (outcome.tag !== 'stopped') await this.#pending.settled()
    const [stdout, stderr] = [this.#captured.text('stdout'), this.#captured.text('stderr')]
    return { outcome, stdout, stderr, fuel: this.#fuel.end() }
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
    const reached = (): void => {
      this.#halt.check()
      this.#fuel.chargeHostCall(this.#budget.refill())
    }
    const state = { captured: this.#captured, halt: this.#halt, pending: this.#pending, reached }
    const { faces } = this.#rebound
    const held = { ...faces, drive: refilling(faces.drive, this.#budget) }
    const imports = guarded(
      importsOf(() => this.#current, held, state),
      reached,
    )
    return await instantiate(core, imports, this.#fuel.instantiate, {
      ...countedGlobals(this.#budget),
      _newInstance: this.#fuel.newInstance,
      _hostReads: () => this.#pending.reads,
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
  let found: unknown = exports
  for (const key of path) {
    const holder = typeof found === 'object' || typeof found === 'function' ? found : null
    if (holder === null || !Object.hasOwn(holder, key)) {
      throw new Error('the component lacks the export')
    }
    found = (holder as Record<string, unknown>)[key]
  }
  if (typeof found !== 'function') throw new Error('the export is not a function')
  return [found as (...args: readonly unknown[]) => unknown, path.at(-2) === 'prototype']
}

/**
 * Plain functions get `before` in front; resource classes are shared by all calls and stay as they are.
 * A halted guest is stopped by the next plain host call or lift.
 */
function guarded(interfaces: Interfaces, before: () => void): Interfaces {
  const result: Interfaces = {}
  for (const [name, members] of Object.entries(interfaces)) {
    const copy: Record<string, unknown> = {}
    for (const [key, member] of Object.entries(members)) {
      const isFunction = typeof member === 'function' && !/^[A-Z]/.test(key)
      copy[key] = isFunction ? hostCall(member as HostFunction, before) : member
    }
    result[name] = copy
  }
  return result
}

/**
 * What a guest writes to a file goes through resource classes, which are not guarded. Its way to the drive
 * is a host call as any other: without this a long file would count as one large value.
 */
function refilling(drive: DriveFace | null, budget: LiftBudget): DriveFace | null {
  if (drive === null) return null
  return new Proxy(drive, {
    get(target, verb) {
      const method: unknown = Reflect.get(target, verb)
      if (typeof method !== 'function') return method
      return (...args: readonly unknown[]): unknown => {
        budget.refill()
        return Reflect.apply(method, target, args)
      }
    },
  })
}

type HostFunction = (...args: readonly unknown[]) => unknown

function hostCall(host: HostFunction, before: () => void): HostFunction {
  return (...args) => {
    before()
    return host(...args)
  }
}
