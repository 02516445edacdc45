// What one call used of its authority, as it is recorded: every question that it asked, and how much of each
// bound it needed. Another policy is judged by it (`what-if.ts`), and what was never used shows (`narrow.ts`).

import * as z from 'zod'
import { Asked, AskedVerdict } from './asked.ts'
import type { CallLimits } from './limits.ts'
import { BOUNDS, CALL_LIMITS } from './limits.ts'
import { Naming } from './named-by.ts'

/** One question, and one answer to it. */
export const Decision = z.strictObject({
  asked: Asked,
  verdict: AskedVerdict,
  /** How often. */
  times: z.number().int().positive(),
  /** Grants that it relied on, by id, the first of them; none for what was refused. */
  grants: z.array(z.string()),
  /** Arguments of the call that name the place; `null`: too many to tell. */
  namings: z.array(Naming).nullable(),
})
export type Decision = z.infer<typeof Decision>

const KEYS = Object.keys(BOUNDS) as [keyof CallLimits, ...(keyof CallLimits)[]]
const amounts = z.partialRecord(z.enum(KEYS), z.number().nonnegative())

export const CallUsage = z.strictObject({
  /** False: it was admitted, and ended before its guest began. */
  ran: z.boolean(),
  /** Host calls that it made and that are not on the record. Calls from before they were counted have none. */
  unlisted: z.number().int().nonnegative().default(0),
  decisions: z.array(Decision),
  /** False: it asked for more than is kept. */
  complete: z.boolean(),
  /** Every grant that it relied on, also for what is not kept. */
  grants: z.array(z.string()),
  /** What it needed of each bound; a bound that is missing was not measured. */
  amounts,
  /** The lowest rate of host I/O that it would not have met, operations a second; `null`: not measured. */
  ioNeeded: z.number().nonnegative().nullable(),
  /** Bounds that it had and that are not the default. */
  limits: amounts,
  /** The rate of host I/O that it had; `null`: none. */
  ioPerSecond: z.number().nonnegative().nullable(),
})
export type CallUsage = z.infer<typeof CallUsage>

/** Of a call that never ran. */
export const NOTHING_USED: CallUsage = {
  ran: false,
  unlisted: 0,
  decisions: [],
  complete: true,
  grants: [],
  amounts: {},
  ioNeeded: null,
  limits: {},
  ioPerSecond: null,
}

/** The bounds that it had. */
export function limitsOf({ limits }: CallUsage): CallLimits {
  return { ...CALL_LIMITS, ...limits } as CallLimits
}

/** Those that are not the default. */
export function unusualLimits(limits: CallLimits): CallUsage['limits'] {
  return Object.fromEntries(
    KEYS.filter((key) => limits[key] !== CALL_LIMITS[key]).map((key) => [key, limits[key]]),
  )
}
