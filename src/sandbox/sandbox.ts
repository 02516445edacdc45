// Runs one tool call in a guest isolate and turns the isolate's claim into an outcome. The wall clock is
// kept here: a guest that does not answer in time is given up, whatever it does next.

import * as z from 'zod'
import type { GuestCall } from './call.ts'
import { LATE, within } from '../deadline.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import type { GuestStub } from './isolate.ts'
import { GuestStopped } from './isolate.ts'

/** The guest's words: at most this many characters of each stream and of a trap's message are kept. */
const MAX_REPORTED_CHARS = 8_192
/** Characters of a standard output that is the answer itself; the shell's own bound is as large. */
const MAX_PRINTED_CHARS = 256 * 1024

const Report = z.strictObject({
  outcome: z.discriminatedUnion('tag', [
    z.strictObject({ tag: z.literal('ok'), value: z.unknown() }),
    z.strictObject({ tag: z.literal('err'), value: z.unknown() }),
    z.strictObject({ tag: z.literal('trap'), message: z.string() }),
    z.strictObject({ tag: z.literal('exit'), code: z.number() }),
    z.strictObject({ tag: z.literal('bound'), bound: z.enum(['logBytes', 'liftUnits']) }),
  ]),
  stdout: z.string(),
  stderr: z.string(),
})

/** How a run ended. `log` is what the guest wrote, `printed` its standard output alone: its words. */
export type RunOutcome =
  | {
      readonly tag: 'ok' | 'err'
      readonly value: unknown
      readonly log: string
      readonly printed: string
    }
  | { readonly tag: 'trap'; readonly message: string; readonly log: string }
  | {
      readonly tag: 'exit'
      readonly code: number
      readonly log: string
      readonly printed: string
    }
  | { readonly tag: 'bound'; readonly bound: RunBound; readonly log: string }

export type RunBound = 'log-bytes' | 'result-size' | 'wall-clock'

const STOPPED = Symbol('stopped')
const BOUND_NAMES = { logBytes: 'log-bytes', liftUnits: 'result-size' } as const

export async function runGuest(
  guest: GuestStub,
  call: GuestCall,
  capabilities: GuestCapabilities,
  wallClockMs: number,
): Promise<RunOutcome> {
  const claim = await within(guest.run(call, capabilities), wallClockMs).catch((cause: unknown) => {
    if (!(cause instanceof GuestStopped)) throw cause
    return STOPPED
  })
  if (claim === LATE) return { tag: 'bound', bound: 'wall-clock', log: '' }
  if (claim === STOPPED)
    return { tag: 'trap', message: 'the runtime stopped the component', log: '' }
  const report = Report.safeParse(claim)
  if (!report.success) return { tag: 'trap', message: 'the isolate answered out of form', log: '' }
  const { outcome, stdout, stderr } = report.data
  const log = `${stdout.slice(0, MAX_REPORTED_CHARS)}${stderr.slice(0, MAX_REPORTED_CHARS)}`
  const printed = stdout.slice(0, MAX_PRINTED_CHARS)
  switch (outcome.tag) {
    case 'ok':
    case 'err':
      return { tag: outcome.tag, value: outcome.value, log, printed }
    case 'trap':
      return { tag: 'trap', message: outcome.message.slice(0, MAX_REPORTED_CHARS), log }
    case 'exit':
      return { tag: 'exit', code: outcome.code, log, printed }
    case 'bound':
      return { tag: 'bound', bound: BOUND_NAMES[outcome.bound], log }
  }
}
