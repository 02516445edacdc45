// wasi:clocks: wall and monotonic clock at millisecond resolution (no high-resolution timer for guests),
// and a time zone that is always UTC.

import { Pollable } from './poll.ts'

export const NANOS_PER_MILLI = 1_000_000n
/** Longest single wait; the call's wall clock ends earlier. */
const MAX_WAIT_MS = 600_000

/** One for a call: marks of both versions of WASI are of the same clock. In nanoseconds. */
export class MonotonicClock {
  readonly #startMs = Date.now()
  // The platform's clock may stand still, and must never run backwards for a guest.
  #lastMs = this.#startMs

  now(): bigint {
    this.#lastMs = Math.max(this.#lastMs, Date.now())
    return BigInt(this.#lastMs - this.#startMs) * NANOS_PER_MILLI
  }

  /** `null` when there is nothing to wait for. */
  after(nanos: bigint): Promise<void> | null {
    if (nanos <= 0n) return null
    const millis = nanos / NANOS_PER_MILLI + (nanos % NANOS_PER_MILLI === 0n ? 0n : 1n)
    const ms = millis < MAX_WAIT_MS ? Number(millis) : MAX_WAIT_MS
    return new Promise((resolve) => setTimeout(resolve, ms))
  }
}

export function wallClock(): { seconds: bigint; nanoseconds: number } {
  const ms = Date.now()
  return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * 1_000_000 }
}

export function clocks(clock: MonotonicClock): Record<string, Record<string, unknown>> {
  const after = (nanos: bigint): Pollable => {
    let done = false
    const wait = clock.after(nanos)?.then(() => void (done = true))
    return wait === undefined
      ? Pollable.always()
      : new Pollable(
          () => done,
          () => wait,
        )
  }

  return {
    'wasi:clocks/wall-clock': {
      now: wallClock,
      resolution: () => ({ seconds: 0n, nanoseconds: Number(NANOS_PER_MILLI) }),
    },
    'wasi:clocks/timezone': {
      display: () => ({ utcOffset: 0, name: 'UTC', inDaylightSavingTime: false }),
      utcOffset: () => 0,
    },
    'wasi:clocks/monotonic-clock': {
      now: () => clock.now(),
      resolution: () => NANOS_PER_MILLI,
      subscribeDuration: after,
      subscribeInstant: (when: bigint) => after(when - clock.now()),
    },
  }
}
