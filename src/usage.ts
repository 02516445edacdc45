// What is recorded of what a call used: put together from what its capabilities counted and noted.

import type { Ledger } from './capabilities/ledger.ts'
import type { CallMeter } from './capabilities/meter.ts'
import type { Naming } from './policy/named-by.ts'
import { namingsOf, placesIn } from './policy/named-by.ts'
import type { CallUsage, Decision } from './policy/usage.ts'
import { unusualLimits } from './policy/usage.ts'
import type { GuestSpent } from './sandbox/call.ts'

/** `ranMs`: from the start of the guest to its answer. `underWay`: calls of the person when it began, itself included. */
export function usageOf(
  args: unknown,
  meter: CallMeter,
  { fuel, spent }: { readonly fuel: number | null; readonly spent: GuestSpent | null },
  { ranMs, underWay }: { readonly ranMs: number; readonly underWay: number | undefined },
): CallUsage {
  const { ledger, limits, used, ioNeeded, ioPerSecond } = meter
  const responses = meter.hostCalls.filter(
    ({ kind, status }) => kind === 'network' && status !== null,
  )
  const measured = {
    ...used,
    ...spent,
    ...(fuel === null ? {} : { fuel }),
    wallClockMs: ranMs,
    ...(underWay === undefined ? {} : { concurrentCalls: underWay }),
    responseMs: Math.max(0, ...responses.map(({ ms }) => ms)),
  }
  return {
    ran: true,
    unlisted: meter.unlisted,
    decisions: decisionsOf(args, ledger),
    complete: ledger.isComplete,
    grants: [...ledger.grants],
    amounts: measured,
    ioNeeded,
    limits: unusualLimits(limits),
    ioPerSecond,
  }
}

/** Bytes of all namings of one call: beyond them it is not known which arguments named what. */
const MAX_NAMING_BYTES = 64 * 1024
/** Grants that one question, and all of them, are said to have relied on, or else one each; the call has all. */
const MAX_GRANTS = 16
const MAX_GRANTS_OF_ALL = 1_024
const utf8 = new TextEncoder()

function decisionsOf(args: unknown, { entries }: Ledger): Decision[] {
  if (entries.length === 0) return []
  const places = placesIn(args)
  let left = MAX_NAMING_BYTES
  let grantsLeft = MAX_GRANTS_OF_ALL
  return entries.flatMap(({ asked, verdicts, grants }) => {
    const named = namingsOf(places, asked)
    left -= named === null || named.length === 0 ? 0 : bytesOf(named)
    const namings = named === null || left < 0 ? null : [...named]
    const relied = [...grants].slice(0, Math.max(1, Math.min(MAX_GRANTS, grantsLeft)))
    grantsLeft -= relied.length
    return [...verdicts].map(([verdict, times]) => ({
      asked,
      verdict,
      times,
      grants: verdict === 'allowed' ? relied : [],
      namings,
    }))
  })
}

function bytesOf(namings: readonly Naming[]): number {
  return utf8.encode(JSON.stringify(namings)).byteLength
}
