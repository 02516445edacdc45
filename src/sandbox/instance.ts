// A fresh component instance for one call: an import object that starts empty, the shims the component
// asked for, the call, and nothing kept afterwards.

import { instantiate } from './component.js'
import type { GuestCall, GuestReport } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import { countedGlobals, LiftBudget } from './counted-globals.ts'
import { Halt, trapMessage } from './halt.ts'
import type { Interfaces } from './imports.ts'
import { importsOf } from './imports.ts'
import { cores } from './modules.js'
import { Pending } from './pending.ts'
import { Captured } from './wasi/stdio.ts'

export async function run(call: GuestCall, capabilities: GuestCapabilities): Promise<GuestReport> {
  const halt = new Halt()
  const budget = new LiftBudget(call.bounds.liftUnits, halt)
  const pending = new Pending()
  const captured = new Captured(call.bounds.logBytes, halt)
  const reached = () => {
    halt.check()
    budget.refill()
  }
  const state = { captured, halt, pending, reached }
  const imports = guarded(importsOf(call, capabilities, state), reached)
  const outcome = await attempt(call, imports, budget, halt)
  await pending.settled()
  return { outcome, stdout: captured.text('stdout'), stderr: captured.text('stderr') }
}

async function attempt(
  call: GuestCall,
  imports: Interfaces,
  budget: LiftBudget,
  halt: Halt,
): Promise<GuestReport['outcome']> {
  try {
    const core = (name: string): WebAssembly.Module => {
      const module = cores[name]
      if (module === undefined) throw new Error(`no core module ${name}`)
      return module
    }
    const exports = await instantiate(
      core,
      imports,
      WebAssembly.instantiate,
      countedGlobals(budget),
    )
    budget.refill()
    const value = await Promise.race([
      exportedFunction(exports, call.export)(...call.args),
      halt.ended,
    ])
    return halt.reason ?? { tag: 'ok', value }
  } catch (thrown) {
    // jco throws the error of a `result` as a plain value; an `Error` is a trap or a fault of the glue.
    if (halt.reason !== null) return halt.reason
    if (!(thrown instanceof Error)) return { tag: 'err', value: thrown }
    return { tag: 'trap', message: trapMessage(thrown) }
  }
}

function exportedFunction(
  exports: Record<string, unknown>,
  path: readonly string[],
): (...args: readonly unknown[]) => unknown {
  let found: unknown = exports
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) {
      throw new Error('the component lacks the export')
    }
    found = (found as Record<string, unknown>)[key]
  }
  if (typeof found !== 'function') throw new Error('the export is not a function')
  return found as (...args: readonly unknown[]) => unknown
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

type HostFunction = (...args: readonly unknown[]) => unknown

function hostCall(host: HostFunction, before: () => void): HostFunction {
  return (...args) => {
    before()
    return host(...args)
  }
}
