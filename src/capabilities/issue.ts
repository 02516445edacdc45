// The objects that one call may hold, made from its authority and taken back when the call ends.

import type { DriveError } from '../drive/tree.ts'
import type { Authority } from '../policy/authority.ts'
import type { DriveVerbs } from './drive.ts'
import { DriveAccess } from './drive.ts'
import type { ChunkStore } from './drive-file.ts'
import type { GuestCapabilities } from './held.ts'
import { CallMeter } from './meter.ts'
import { Network } from './network.ts'
import type { Upstreams } from './upstreams.ts'

/** What capabilities act on: the world outside of a call. */
export interface Sources {
  readonly upstreams: Upstreams
  /** The drive of the person, and where its bodies are. Asked for only when a call holds it. */
  readonly drive: () => { readonly tree: DriveVerbs; readonly store: ChunkStore }
}

/** Owned by `call.ts`, which disposes of it: afterwards every object in it refuses. */
export interface HeldCapabilities extends Disposable {
  readonly meter: CallMeter
  readonly guest: GuestCapabilities
  /** Saves what the guest wrote; why it could not be saved, or `null`. */
  save(): Promise<DriveError | null>
}

/**
 * A component that does not import an interface gets no object for it. One that does gets an object even
 * when nothing is granted: it refuses on our side of the wall, so the refusal is on the record.
 */
export function issueCapabilities(authority: Authority, sources: Sources): HeldCapabilities {
  const meter = new CallMeter(authority.limits)
  const network =
    authority.network === null ? null : new Network(authority.network, meter, sources.upstreams)
  const drive = authority.storage === null ? null : openDrive(authority.storage, meter, sources)
  return {
    meter,
    guest: { network, drive },
    save: async () => (drive === null ? null : await drive.save()),
    [Symbol.dispose]: () => {
      network?.[Symbol.dispose]()
      drive?.[Symbol.dispose]()
    },
  }
}

function openDrive(
  permission: NonNullable<Authority['storage']>,
  meter: CallMeter,
  sources: Sources,
): DriveAccess {
  const { tree, store } = sources.drive()
  return new DriveAccess({ drive: tree, store, permission, meter })
}
