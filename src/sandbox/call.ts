// What crosses the wall between us and a guest isolate, both ways. What comes back is a hostile claim:
// `sandbox.ts` parses it.

import type { BOUNDS, CallLimits } from '../policy/limits.ts'

/** One call, as the shell gets it. Everything in it is data: authority is in `GuestCapabilities`. */
export interface GuestCall {
  /** For `stop`: unique and nobody's to guess. */
  readonly id: string
  /** Path into jco's exports, `['fetch']` or `['ns:pkg/iface@1.0.0', 'doIt']`. */
  readonly export: readonly string[]
  /** Positional arguments in jco's JavaScript shapes. */
  readonly args: readonly unknown[]
  /** A command's own name and its arguments; empty for every other function. */
  readonly argv: readonly string[]
  /** What standard input holds. */
  readonly stdin: string
  /** What `wasi:cli/environment` answers. */
  readonly environment: readonly (readonly [string, string])[]
  readonly bounds: GuestBounds
  /**
   * Where instances are kept whose resources a client holds: an opaque name of the session or client.
   * `null` for a function that neither takes nor returns resources.
   */
  readonly slot: string | null
}

/** Bounds that the shell keeps, in part so that a guest fails early: the outside keeps its own. */
export const GUEST_BOUNDS = ['fuel', 'memoryBytes', 'hostCalls', 'logBytes', 'liftUnits'] as const

export type GuestBounds = Pick<CallLimits, (typeof GUEST_BOUNDS)[number]>

export type GuestBound = (typeof BOUNDS)[keyof GuestBounds]['name']

export function guestBounds(limits: GuestBounds): GuestBounds {
  return Object.fromEntries(GUEST_BOUNDS.map((key) => [key, limits[key]])) as GuestBounds
}

/** Why a call cannot have the resources that its arguments or its result name. */
export const HANDLE_FAULTS = ['gone', 'busy', 'too-many', 'other-resource'] as const
export type HandleFault = (typeof HANDLE_FAULTS)[number]

export type GuestOutcome =
  | { readonly tag: 'ok'; readonly value: unknown }
  | { readonly tag: 'err'; readonly value: unknown }
  | { readonly tag: 'trap'; readonly message: string }
  | { readonly tag: 'exit'; readonly code: number }
  | { readonly tag: 'bound'; readonly bound: GuestBound }
  | { readonly tag: 'handle'; readonly fault: HandleFault }
  /** The guest put a question to the person and ended there. */
  | { readonly tag: 'asks' }
  /** The call was given up from outside. */
  | { readonly tag: 'stopped' }

export interface GuestReport {
  readonly outcome: GuestOutcome
  readonly stdout: string
  readonly stderr: string
  /** Burnt in this call; 0 when nothing of the guest ran. */
  readonly fuel: number
  /** `null`: nothing of the guest ran. */
  readonly spent: GuestSpent | null
}

/** How much of each bound the call needed, beside fuel. */
export type GuestSpent = Omit<GuestBounds, 'fuel'>
