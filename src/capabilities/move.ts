// Whether a call may move something on its person's drive, now.

import type { LabelsDenial, StorageDenial } from '../policy/denial.ts'
import type { DrivePath } from '../policy/drive-path.ts'
import { isWithin, NO_LABELS, union } from '../policy/labels.ts'
import { labelsOfMove, missingToMove } from '../policy/storage.ts'
import type { Access } from '../policy/storage-rule.ts'
import type { Lease } from './lease.ts'
import type { CallMeter } from './meter.ts'

/** `isThere`: there is something to move. */
export interface MovedNode {
  readonly isDirectory: boolean
  readonly isThere: boolean
}

/**
 * Why it must not be moved; `null` when it may be, and then what the move brings is brought. Claiming that may
 * take seconds: what holds after it decides.
 */
export async function whyNotMove(
  { lease, meter }: { readonly lease: Lease; readonly meter: CallMeter },
  from: DrivePath,
  to: DrivePath,
  { isDirectory, isThere }: MovedNode,
): Promise<StorageDenial | LabelsDenial | null> {
  const noted = meter.ledger.note({ kind: 'move', from, to, directory: isDirectory })
  let brought = NO_LABELS
  let denial: LabelsDenial | null = null
  while (denial === null) {
    // oxlint-disable-next-line no-await-in-loop -- as often as other grants bring other labels: there are three
    const permission = (await lease.current())?.storage ?? null
    if (permission === null) {
      noted.refused('gone')
      return gone(from, 'write')
    }
    const missing = missingToMove(permission, from, to, isDirectory)
    if (missing !== null) {
      noted.refused(missing.reason)
      return missing
    }
    const brings = isThere ? labelsOfMove(permission, from, to, isDirectory) : NO_LABELS
    if (isWithin(brings, brought)) break
    // oxlint-disable-next-line no-await-in-loop
    denial = await lease.bring(brings)
    brought = union(brought, brings)
  }
  noted.allowed([])
  return denial
}

export function gone(path: DrivePath, access: Access): StorageDenial {
  return { reason: 'gone', permission: 'storage', path, access }
}
