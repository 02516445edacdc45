// wasi:clocks of 0.3, over the clocks of 0.2: the same resolution, the same zone.

import type { MonotonicClock } from '../wasi/clocks.ts'
import { NANOS_PER_MILLI, wallClock } from '../wasi/clocks.ts'

export function clocks3(clock: MonotonicClock): Record<string, Record<string, unknown>> {
  const waitFor = async (nanos: bigint): Promise<void> => {
    await clock.after(nanos)
  }

  return {
    'wasi3:clocks/system-clock': { now: wallClock, getResolution: () => NANOS_PER_MILLI },
    'wasi3:clocks/timezone': {
      ianaId: () => 'UTC',
      utcOffset: () => 0n,
      toDebugString: () => 'UTC',
    },
    'wasi3:clocks/monotonic-clock': {
      now: () => clock.now(),
      getResolution: () => NANOS_PER_MILLI,
      waitFor,
      waitUntil: (when: bigint) => waitFor(when - clock.now()),
    },
  }
}
