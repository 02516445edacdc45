// The guest isolate's entry. It has no bindings and no network of its own: authority arrives with a call
// and ends with it. Everything in here counts as hostile once a guest has run.

import { WorkerEntrypoint } from 'cloudflare:workers'
import type { GuestCall, GuestReport } from './call.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import { run, stop } from './run.ts'

export default class Guest extends WorkerEntrypoint {
  run(call: GuestCall, capabilities: GuestCapabilities): Promise<GuestReport> {
    return run(call, capabilities)
  }

  stop(id: string): void {
    stop(id)
  }
}
