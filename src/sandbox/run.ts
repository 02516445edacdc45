// One call inside the guest isolate: a fresh instance for it, or for a function with resources the one
// that is kept for the client.

import type { GuestCall, GuestReport } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import { Instance } from './instance.ts'
import type { Lease } from './kept.ts'
import { HandleError, KeptInstances } from './kept.ts'

/** Of the isolate, which belongs to one person and one component. Holds no authority and no stub. */
const kept = new KeptInstances()

/** By the id of the call: the instance that serves it now, or null while it waits for one. */
const running = new Map<string, Instance | null>()

/** Gives up a call. One that is not running here is over, and one that waits never begins. */
export function stop(id: string): void {
  running.get(id)?.stop()
  running.delete(id)
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
  const { slot } = call
  if (slot === null) {
    const instance = create()
    running.set(call.id, instance)
    return await instance.run(call, capabilities, call.args, (value) => value)
  }
  running.set(call.id, null)
  try {
    const isGivenUp = (): boolean => !running.has(call.id)
    const report = await kept.inTurn(slot, isGivenUp, async () => {
      const lease = kept.lease(slot, call.args, Date.now(), create)
      running.set(call.id, lease.instance)
      return await withHandles(lease, call, capabilities)
    })
    return report ?? unserved({ tag: 'stopped' })
  } catch (thrown) {
    if (!(thrown instanceof HandleError)) throw thrown
    return unserved({ tag: 'handle', fault: thrown.fault })
  }
}

async function withHandles(
  lease: Lease,
  call: GuestCall,
  capabilities: GuestCapabilities,
): Promise<GuestReport> {
  let fault: HandleError | null = null
  const settle = (value: unknown): unknown => {
    try {
      return lease.settle(value)
    } catch (thrown) {
      if (thrown instanceof HandleError) fault = thrown
      throw thrown
    }
  }
  const report = await lease.instance.run(call, capabilities, lease.args, settle)
  if (fault !== null) throw fault as HandleError
  const { tag } = report.outcome
  // What trapped, left or met a bound is in no state to be called again.
  if (tag !== 'ok' && tag !== 'err') lease.drop()
  return report
}

/** Nothing of the guest ran, or nothing that is said. */
function unserved(outcome: GuestReport['outcome']): GuestReport {
  return { outcome, stdout: '', stderr: '', fuel: 0, spent: null }
}
