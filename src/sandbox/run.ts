// One call inside the guest isolate: a fresh instance for it, or for a function with resources the one
// that is kept for the client.

import type { GuestCall, GuestReport } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import { Instance } from './instance.ts'
import { HandleError, KeptInstances } from './kept.ts'

/** Of the isolate, which belongs to one person and one component. Holds no authority and no stub. */
const kept = new KeptInstances()

/** By the id of the call that each serves now. */
const running = new Map<string, Instance>()

/** Gives up a call. One that is not running here is over. */
export function stop(id: string): void {
  running.get(id)?.stop()
}

export async function run(call: GuestCall, capabilities: GuestCapabilities): Promise<GuestReport> {
  try {
    return await serve(call, capabilities)
  } finally {
    running.delete(call.id)
  }
}

async function serve(call: GuestCall, capabilities: GuestCapabilities): Promise<GuestReport> {
  const create = (): Instance => new Instance(call, capabilities)
  if (call.slot === null) {
    const instance = create()
    running.set(call.id, instance)
    return await instance.run(call, capabilities, call.args, (value) => value)
  }
  try {
    const lease = kept.lease(call.slot, call.args, Date.now(), create)
    running.set(call.id, lease.instance)
    let fault: unknown = null
    const settle = (value: unknown): unknown => {
      try {
        return lease.settle(value)
      } catch (thrown) {
        fault = thrown
        throw thrown
      }
    }
    const report = await lease.instance.run(call, capabilities, lease.args, settle)
    if (fault !== null) throw fault
    const { tag } = report.outcome
    // What trapped, left or met a bound is in no state to be called again.
    if (tag !== 'ok' && tag !== 'err') lease.drop()
    return report
  } catch (thrown) {
    if (!(thrown instanceof HandleError)) throw thrown
    return {
      outcome: { tag: 'handle', fault: thrown.fault },
      stdout: '',
      stderr: '',
      fuel: 0,
      spent: null,
    }
  }
}
