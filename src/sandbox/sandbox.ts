// Runs one tool call in a guest isolate and turns the isolate's claim into an outcome. The wall clock is
// kept here: a guest that does not answer in time is given up, whatever it does next.

import * as z from 'zod'
import { BOUNDS } from '../policy/limits.ts'
import { Redactor } from '../policy/redaction.ts'
import type { GuestBound, GuestCall, GuestSpent, HandleFault } from './call.ts'
import { GUEST_BOUNDS, HANDLE_FAULTS } from './call.ts'
import { LATE, within } from '../deadline.ts'
import type { GuestCapabilities } from '../capabilities/held.ts'
import type { GuestStub } from './isolate.ts'
import { GuestStopped } from './isolate.ts'

/** The guest's words: at most this many characters of each stream, and of a trap's message, are kept. */
const MAX_REPORTED_CHARS = 8_192
const MAX_MESSAGE_CHARS = 1_000

const BOUND_NAMES: readonly GuestBound[] = GUEST_BOUNDS.map((key) => BOUNDS[key].name)

const amount = z.number().int().nonnegative()

const Report = z.strictObject({
  outcome: z.discriminatedUnion('tag', [
    z.strictObject({ tag: z.literal('ok'), value: z.unknown() }),
    z.strictObject({ tag: z.literal('err'), value: z.unknown() }),
    z.strictObject({ tag: z.literal('trap'), message: z.string() }),
    z.strictObject({ tag: z.literal('exit'), code: z.number() }),
    z.strictObject({ tag: z.literal('bound'), bound: z.enum(BOUND_NAMES) }),
    z.strictObject({ tag: z.literal('asks') }),
    z.strictObject({ tag: z.literal('stopped') }),
    z.strictObject({
      tag: z.literal('handle'),
      fault: z.enum(HANDLE_FAULTS),
    }),
  ]),
  stdout: z.string(),
  stderr: z.string(),
  fuel: amount,
  spent: z
    .strictObject({ memoryBytes: amount, hostCalls: amount, logBytes: amount, liftUnits: amount })
    .nullable()
    .default(null),
})

/**
 * How a run ended. `log` is what the guest wrote, `printed` its standard output alone: its words, redacted. `fuel` is
 * what it burnt and `spent` what it used beside, as its isolate claims; null when the isolate did not say.
 */
export type RunOutcome = {
  readonly log: string
  readonly fuel: number | null
  readonly spent: GuestSpent | null
} & (
  | { readonly tag: 'ok' | 'err'; readonly value: unknown; readonly printed: string }
  | { readonly tag: 'trap'; readonly message: string }
  | { readonly tag: 'exit'; readonly code: number; readonly printed: string }
  | { readonly tag: 'bound'; readonly bound: GuestBound | 'wall-clock' }
  | { readonly tag: 'handle'; readonly fault: HandleFault }
  | { readonly tag: 'asks' }
  /** Its client gave the call up. */
  | { readonly tag: 'cancelled' }
)

const STOPPED = Symbol('stopped')
const UNKNOWN = { log: '', fuel: null, spent: null } as const
const CANCELLED = Symbol('cancelled')

export async function runGuest(
  guest: GuestStub,
  call: GuestCall,
  capabilities: GuestCapabilities,
  wallClockMs: number,
  /** Settles when the client gives the call up. */
  cancelled?: Promise<void>,
  /** Takes out of the guest's words what may not be told, before they are cut. */
  redactor: Redactor = new Redactor(),
): Promise<RunOutcome> {
  const answer = guest.run(call, capabilities)
  const given = cancelled?.then(() => CANCELLED)
  const work = given === undefined ? answer : Promise.race([answer, given])
  const claim = await within(work, wallClockMs).catch((cause: unknown) => {
    if (!(cause instanceof GuestStopped)) throw cause
    return STOPPED
  })
  if (claim === LATE || claim === CANCELLED) {
    const fault = claim === LATE ? guest.loadFault() : null
    if (fault !== null) throw fault
    // Nobody waits for it any more: it need not go on until it meets a bound.
    const stopped = guest.stop(call.id).catch(() => {})
    if (claim === CANCELLED) return { tag: 'cancelled', ...UNKNOWN }
    await stopped
    return { tag: 'bound', bound: 'wall-clock', ...UNKNOWN }
  }
  if (claim === STOPPED)
    return { tag: 'trap', message: 'the runtime stopped the component', ...UNKNOWN }
  const report = Report.safeParse(claim)
  if (!report.success)
    return { tag: 'trap', message: 'the isolate answered out of form', ...UNKNOWN }
  const { outcome, stdout, stderr, ...counted } = report.data
  // Who was stopped may have been in the middle of it.
  const isWhole = outcome.tag === 'ok' || outcome.tag === 'err'
  const log = [stdout, stderr].map((text) => reported(text, isWhole, redactor)).join('')
  // The answer itself, of a command.
  const printed = redactor.cut(stdout, call.bounds.logBytes)
  switch (outcome.tag) {
    case 'ok':
    case 'err':
      return { tag: outcome.tag, value: outcome.value, log, ...counted, printed }
    case 'trap':
      return {
        tag: 'trap',
        message: redactor.cut(outcome.message, MAX_MESSAGE_CHARS),
        log,
        ...counted,
      }
    case 'exit':
      return { tag: 'exit', code: outcome.code, log, ...counted, printed }
    case 'bound':
      return { tag: 'bound', bound: outcome.bound, log, ...counted }
    case 'asks':
      return { tag: 'asks', log, ...counted }
    case 'stopped':
      return { tag: 'trap', message: 'the isolate answered out of form', log, ...counted }
    case 'handle':
      return { tag: 'handle', fault: outcome.fault, log, ...counted }
  }
}

/** What is cut off is counted: nobody takes a part for the whole. */
function reported(text: string, isWhole: boolean, redactor: Redactor): string {
  const more = text.length - MAX_REPORTED_CHARS
  if (more <= 0) return isWhole ? redactor.text(text) : redactor.beginning(text)
  return `${redactor.cut(text, MAX_REPORTED_CHARS)}\n[${more} more characters]\n`
}
