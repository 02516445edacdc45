// Which requests leave spans: the samplers of the OpenTelemetry specification (sdk, "Built-in samplers"), under the
// names of OTEL_TRACES_SAMPLER.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { TraceContext } from './trace-context.ts'

const ROOTS = ['always_on', 'always_off', 'traceidratio'] as const
const PARENT_BASED = 'parentbased_'

export interface Sampler {
  /** A caller that says whether its trace is sampled decides for its requests. */
  readonly followsParent: boolean
  /** Of traces that begin here, or of all: 0 to 1. */
  readonly ratio: number
}

export type SamplerFault =
  | `OTEL_TRACES_SAMPLER is none of ${string}`
  | 'OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1'

/** Texts that are empty count as unset: `parentbased_always_on`, as the specification says. */
export function readSampler(name = '', argument = ''): Result<Sampler, SamplerFault> {
  const chosen = name === '' ? 'parentbased_always_on' : name
  const followsParent = chosen.startsWith(PARENT_BASED)
  const root = followsParent ? chosen.slice(PARENT_BASED.length) : chosen
  if (!ROOTS.some((known) => known === root)) {
    const names = [...ROOTS, ...ROOTS.map((known) => `${PARENT_BASED}${known}`)]
    return err(`OTEL_TRACES_SAMPLER is none of ${names.join(', ')}` as const)
  }
  if (root !== 'traceidratio') return ok({ followsParent, ratio: root === 'always_on' ? 1 : 0 })
  const ratio = argument === '' ? 1 : Number(argument)
  const isRatio = /^\d*\.?\d+$/.test(argument === '' ? '1' : argument) && ratio <= 1
  if (!isRatio) return err('OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1')
  return ok({ followsParent, ratio })
}

/**
 * The last 14 digits are random in every trace id (W3C Trace Context 2, random trace-id flag); the upper 52 of
 * these 56 bits, which a number holds exactly.
 */
const RANDOM_DIGITS = [-14, -1] as const
const RANDOM_VALUES = 2 ** 52

/** The same for every request of a trace, so that what is kept of a trace is all of it. */
export function isSampled(
  sampler: Sampler,
  traceId: string,
  parent: Pick<TraceContext, 'isSampled'> | null,
): boolean {
  if (sampler.followsParent && parent !== null) return parent.isSampled
  const value = Number.parseInt(traceId.slice(...RANDOM_DIGITS), 16)
  return value >= (1 - sampler.ratio) * RANDOM_VALUES
}
