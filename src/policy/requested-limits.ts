// What policies ask of the bounds of a call, and what becomes of it: a host's ceiling moves a default, up to
// what the platform bears; everything else only lowers.

import type { CallLimits } from './limits.ts'
import { BOUNDS, mapBounds } from './limits.ts'

/**
 * Units of fuel of one millisecond of a core. By what the code is, a core burns 4 to 40 million in that time
 * (`npm run bench:metering`); policies need one number that is the same everywhere, and this is between them.
 */
export const FUEL_PER_CPU_MS = 10_000_000

export interface RequestedLimits {
  readonly bounds: Partial<CallLimits>
  /** Cores: with the wall clock they come to fuel. */
  readonly cpuCores: number | null
  /** Requests and operations on the drive a second. */
  readonly ioPerSecond: number | null
}

export interface EffectiveLimits {
  readonly limits: CallLimits
  /** `null`: no rate. */
  readonly ioPerSecond: number | null
}

export const NOTHING_REQUESTED: RequestedLimits = { bounds: {}, cpuCores: null, ioPerSecond: null }

/** The lowest that a ceiling says, where one does; then the lowest that anybody says. */
export function effectiveLimits(
  ceilings: readonly RequestedLimits[],
  narrowings: readonly RequestedLimits[] = [],
): EffectiveLimits {
  const clock = bounded(ceilings, narrowings, 'wallClockMs', () => null)
  const limits = mapBounds((_, key) =>
    bounded(ceilings, narrowings, key, ({ cpuCores }) =>
      key === 'fuel' && cpuCores !== null ? Math.ceil(cpuCores * clock * FUEL_PER_CPU_MS) : null,
    ),
  )
  const rates = [...ceilings, ...narrowings].flatMap(({ ioPerSecond }) => ioPerSecond ?? [])
  return { limits, ioPerSecond: rates.length === 0 ? null : Math.min(...rates) }
}

export function lowestLimits(a: EffectiveLimits, b: EffectiveLimits): EffectiveLimits {
  const rates = [a.ioPerSecond, b.ioPerSecond].filter((rate) => rate !== null)
  return {
    limits: mapBounds((_, key) => Math.min(a.limits[key], b.limits[key])),
    ioPerSecond: rates.length === 0 ? null : Math.min(...rates),
  }
}

function bounded(
  ceilings: readonly RequestedLimits[],
  narrowings: readonly RequestedLimits[],
  key: keyof CallLimits,
  more: (of: RequestedLimits) => number | null,
): number {
  const said = (of: readonly RequestedLimits[]) =>
    of.flatMap((requested) => [requested.bounds[key] ?? [], more(requested) ?? []].flat())
  const raised = said(ceilings)
  const { default: standard, most } = BOUNDS[key]
  const ceiling = raised.length === 0 ? standard : Math.min(most, ...raised)
  return Math.min(ceiling, ...said(narrowings))
}
