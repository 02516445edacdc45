// One call inside the guest isolate: a fresh instance for it, or for a function with resources the one
// that is kept for the client.

import type { GuestCall, GuestReport } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import { Instance } from './instance.ts'
import { HandleError, KeptInstances } from './kept.ts'

/** Of the isolate, which belongs to one person and one component. Holds no authority and no stub. */
const kept = new KeptInstances()

export async function run(call: GuestCall, capabilities: GuestCapabilities): Promise<GuestReport> {
  const create = (): Instance => new Instance(call, capabilities)
  if (call.slot === null) return await create().run(call, capabilities, call.args, (value) => value)
  try {
    const lease = kept.lease(call.slot, call.args, Date.now(), create)
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
    return { outcome: { tag: 'handle', fault: thrown.fault }, stdout: '', stderr: '', fuel: 0 }
  }
}
