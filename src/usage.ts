// What is recorded of what a call used: put together from what its capabilities counted and noted.

import type { Ledger } from './capabilities/ledger.ts'
import type { CallMeter } from './capabilities/meter.ts'
import { namingsOf, placesIn } from './policy/named-by.ts'
import type { CallUsage, Decision } from './policy/usage.ts'
import { unusualLimits } from './policy/usage.ts'
import type { RunOutcome } from './sandbox/sandbox.ts'

/** `ranMs`: from the start of the guest to its answer. `underWay`: calls of the person when it began, itself included. */
export function usageOf(
  args: unknown,
  meter: CallMeter,
  { fuel, spent }: Pick<RunOutcome, 'fuel' | 'spent'>,
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

function decisionsOf(args: unknown, { entries }: Ledger): Decision[] {
  if (entries.length === 0) return []
  const places = placesIn(args)
  return entries.flatMap(({ asked, verdicts, grants }) => {
    const namings = namingsOf(places, asked)
    return [...verdicts].map(([verdict, times]) => ({
      asked,
      verdict,
      times,
      grants: verdict === 'allowed' ? [...grants] : [],
      namings: namings && [...namings],
    }))
  })
}
