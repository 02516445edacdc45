// Labels against the lethal trifecta: whoever has read private data and taken in what strangers write must not
// send anything outward unasked. Pure. A set of labels only grows by union, and more labels never allow more.
// The reasons for each default are in `docs/labels.md`.

import * as z from 'zod'
import type { GrantRef } from './layers.ts'

/**
 * `private`: it reads what is the person's own. `untrusted`: it takes in what others may have written.
 * `outward`: it lets something leave for a place that is not the person's.
 */
export const LABELS = ['private', 'untrusted', 'outward'] as const
export const Label = z.enum(LABELS)
export type Label = z.infer<typeof Label>

/** Each label once, in the order of `LABELS`: equal sets are equal texts. */
export type LabelSet = readonly Label[]
export const NO_LABELS: LabelSet = []

export const LabelSet: z.ZodType<LabelSet> = z.array(Label).transform((set) => union(set))

export function union(...sets: readonly LabelSet[]): LabelSet {
  return LABELS.filter((label) => sets.some((set) => set.includes(label)))
}

export function minus(set: LabelSet, other: LabelSet): LabelSet {
  return set.filter((label) => !other.includes(label))
}

export function isWithin(set: LabelSet, other: LabelSet): boolean {
  return set.every((label) => other.includes(label))
}

/**
 * Whether what brings these labels needs a permission in a session that has those: together they are all
 * three. In a session that has them all, whatever brings any does.
 */
export function completes(has: LabelSet, brings: LabelSet): boolean {
  return brings.length > 0 && union(has, brings).length === LABELS.length
}

/** As a rule: `untrusted,outward`. */
export function labelRule(set: LabelSet): string {
  return union(set).join(',')
}

/** `null`: no such rule. */
export function parseLabelRule(text: string): LabelSet | null {
  const parsed = LabelSet.safeParse(text.split(','))
  return parsed.success && parsed.data.join(',') === text ? parsed.data : null
}

/** What a call does that brings labels. */
export type Use = 'request' | 'connection' | 'storage-read' | 'keyvalue-read' | 'variable'

/** Of a use that the person has said nothing about. */
const DEFAULTS: Readonly<Record<Use, LabelSet>> = {
  // The URL alone carries data out, and nobody knows who wrote the answer.
  request: ['untrusted', 'outward'],
  connection: ['untrusted', 'outward'],
  'storage-read': ['private'],
  'keyvalue-read': ['private'],
  variable: ['private'],
}

/** `grants`: what permitted it. Where the person has labelled any of them, their word counts. */
export function labelsOf(use: Use, grants: readonly Pick<GrantRef, 'labels'>[]): LabelSet {
  const chosen = grants.flatMap(({ labels }) => (labels === undefined ? [] : [labels]))
  return chosen.length === 0 ? DEFAULTS[use] : union(...chosen)
}

/** A session as a call of a component finds it. */
export interface LabelStanding {
  readonly has: LabelSet
  /** What every call of the component brings, whatever it does: as it says itself, or the host says. */
  readonly declared: LabelSet
  /** What reading what it keeps under wasi:keyvalue brings. */
  readonly keyValue: LabelSet
}

/** What a session has after a call has brought something. */
export interface Brought {
  readonly has: LabelSet
  /** All three, and it was permitted all the same. */
  readonly permitted: boolean
}

/** The most that calls of a component bring by themselves: what it imports, and what it says of itself. */
export function labelsOfImports(imports: readonly string[], declared: LabelSet): LabelSet {
  const uses = (Object.entries(USES) as [string, Use][]).filter(([owner]) =>
    imports.some((name) => name.startsWith(`${owner}/`)),
  )
  const variables = imports.some((name) => READS_VARIABLES.test(name)) ? DEFAULTS.variable : []
  return union(declared, variables, ...uses.map(([, use]) => DEFAULTS[use]))
}

const USES: Readonly<Record<string, Use>> = {
  'wasi:http': 'request',
  'wasi:sockets': 'connection',
  'wasi:filesystem': 'storage-read',
  'wasi:keyvalue': 'keyvalue-read',
}
const READS_VARIABLES = /^(wasi:cli\/environment|wasi:config\/)/

/** What happens to a call that would complete the three, from the mildest on. */
export const MODES = ['off', 'ask', 'refuse'] as const
export const Mode = z.enum(MODES)
export type Mode = z.infer<typeof Mode>

/** What the host of a server has configured. */
export interface HostMode {
  readonly mode: Mode
  /** People may switch it off for a client of theirs, where the mode is `ask`. */
  readonly mayBeOff: boolean
}

/** `ceilings`: of the documents that apply; `person`: their word for the client, `null` for none. */
export function effectiveMode(
  { mode, mayBeOff }: HostMode,
  ceilings: readonly (Mode | null)[],
  person: Mode | null,
): Mode {
  const host = strictest([mode, ...ceilings])
  if (person === null) return host
  if (person === 'off') return mayBeOff && host === 'ask' ? 'off' : host
  return strictest([host, person])
}

function strictest(modes: readonly (Mode | null)[]): Mode {
  return MODES.findLast((mode) => modes.includes(mode)) ?? 'refuse'
}

/** A host's configuration as text: `ask`, `refuse`, `off`, or `ask, off by people`. `null`: none of these. */
export function readHostMode(text: string | undefined): HostMode | null {
  const written = (text ?? '').trim()
  // Who says nothing gets the default.
  if (written === '') return { mode: 'ask', mayBeOff: false }
  if (written === OFF_BY_PEOPLE) return { mode: 'ask', mayBeOff: true }
  const mode = Mode.safeParse(written)
  return mode.success ? { mode: mode.data, mayBeOff: false } : null
}

export const OFF_BY_PEOPLE = 'ask, off by people'
