// What is recorded of what a call used: put together from what its capabilities counted and noted.

import type { Ledger } from './capabilities/ledger.ts'
import type { CallMeter } from './capabilities/meter.ts'
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
    decisions: decisionsOf(args, ledger),
    complete: ledger.isComplete,
    grants: [...ledger.grants],
    amounts: measured,
    ioNeeded,
    limits: unusualLimits(limits),
    ioPerSecond,
  }
}

/** Characters of all namings of one call: beyond them it is not known which arguments named what. */
const MAX_NAMING_CHARS = 64 * 1024
/** Grants that one question is said to have relied on; the call has all of them. */
const MAX_GRANTS = 16

function decisionsOf(args: unknown, { entries }: Ledger): Decision[] {
  if (entries.length === 0) return []
  const places = placesIn(args)
  let left = MAX_NAMING_CHARS
  return entries.flatMap(({ asked, verdicts, grants }) => {
    const named = namingsOf(places, asked)
    left -= named === null || named.length === 0 ? 0 : JSON.stringify(named).length
    const namings = named === null || left < 0 ? null : [...named]
    return [...verdicts].map(([verdict, times]) => ({
      asked,
      verdict,
      times,
      grants: verdict === 'allowed' ? [...grants].slice(0, MAX_GRANTS) : [],
      namings,
    }))
  })
}
