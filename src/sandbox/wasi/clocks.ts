// wasi:clocks: wall and monotonic clock at millisecond resolution (no high-resolution timer for guests),
// and a time zone that is always UTC.

import { Pollable } from './poll.ts'

const NANOS_PER_MILLI = 1_000_000n
/** Longest single wait; the call's wall clock ends earlier. */
const MAX_WAIT_MS = 600_000

export function clocks(): Record<string, Record<string, unknown>> {
  const startMs = Date.now()
  // The platform's clock may stand still, and must never run backwards for a guest.
  let lastMs = startMs
  const nowMs = () => (lastMs = Math.max(lastMs, Date.now()))
  const monotonic = () => BigInt(nowMs() - startMs) * NANOS_PER_MILLI

  const after = (nanos: bigint): Pollable => {
    const millis = nanos / NANOS_PER_MILLI + (nanos % NANOS_PER_MILLI === 0n ? 0n : 1n)
    if (millis <= 0n) return Pollable.always()
    let done = false
    let waiting: Promise<void> | undefined
    const wait = () =>
      (waiting ??= new Promise((resolve) => {
        const ms = millis < MAX_WAIT_MS ? Number(millis) : MAX_WAIT_MS
        setTimeout(() => {
          done = true
          resolve()
        }, ms)
      }))
    void wait()
    return new Pollable(() => done, wait)
  }

  return {
    'wasi:clocks/wall-clock': {
      now: () => {
        const ms = Date.now()
        return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * 1_000_000 }
      },
      resolution: () => ({ seconds: 0n, nanoseconds: Number(NANOS_PER_MILLI) }),
    },
    'wasi:clocks/timezone': {
      display: () => ({ utcOffset: 0, name: 'UTC', inDaylightSavingTime: false }),
      utcOffset: () => 0,
    },
    'wasi:clocks/monotonic-clock': {
      now: monotonic,
      resolution: () => NANOS_PER_MILLI,
      subscribeDuration: after,
      subscribeInstant: (when: bigint) => after(when - monotonic()),
    },
  }
}
