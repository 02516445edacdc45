// Which of a person's calls are looked for, and from where on: as SQL that one index answers in its order, however
// many calls there are. Newest first, by when they began.

import type { CallOutcome } from './call-outcomes.ts'

/** `null`: whichever. Names are compared exactly. */
export interface CallFilter {
  readonly component: string | null
  readonly tool: string | null
  /** `with-refusals`: something was refused, whether or not the call coped with it. */
  readonly outcome: CallOutcome | 'with-refusals' | null
  /** Canonical, of a request that the call made or was refused. */
  readonly host: string | null
  /** Unix milliseconds: began then or later. */
  readonly from: number | null
  /** Began before then. */
  readonly to: number | null
  /** Recorded before the call of this `seq`. */
  readonly recordedBefore: number | null
}

export const EVERY_CALL: CallFilter = {
  component: null,
  tool: null,
  outcome: null,
  host: null,
  from: null,
  to: null,
  recordedBefore: null,
}

/** A place among the calls: whatever comes behind it is older. */
export interface CallPlace {
  readonly at: number
  readonly seq: number
}

export function printPlace({ at, seq }: CallPlace): string {
  return `${at}-${seq}`
}

/** `null` for what no `printPlace` printed. */
export function parsePlace(text: string): CallPlace | null {
  const [, at = '', seq = ''] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? []
  return at === '' ? null : { at: Number(at), seq: Number(seq) }
}

/** What stands behind `SELECT … `, up to its order, and what is bound in it. */
export interface Selection {
  readonly sql: string
  readonly values: readonly (string | number)[]
  readonly order: string
}

/**
 * The calls that a filter lets through, from a place on. `calls` is joined in any case. The index is named, so that
 * a planner without statistics cannot choose to sort.
 */
export function select(person: string, filter: CallFilter, after: CallPlace | null): Selection {
  const { component, tool, outcome, host, from, to, recordedBefore } = filter
  const values: (string | number)[] = []
  const bound = (value: string | number): string => `?${values.push(value)}`
  const driving = host === null ? 'calls' : 'call_hosts'
  const conditions = [`${driving}.person = ${bound(person)}`]
  if (host !== null) conditions.push(`call_hosts.host = ${bound(host)}`)
  if (component !== null) conditions.push(`calls.component = ${bound(component)}`)
  if (tool !== null) conditions.push(`calls.tool = ${bound(tool)}`)
  if (outcome === 'with-refusals') conditions.push('calls.refused = 1')
  else if (outcome !== null) conditions.push(`calls.outcome = ${bound(outcome)}`)
  if (from !== null) conditions.push(`${driving}.started_at >= ${bound(from)}`)
  const end = first(after, to)
  if (end !== null) {
    const place = `(${driving}.started_at, ${driving}.seq)`
    conditions.push(`${place} < (${bound(end.at)}, ${bound(end.seq)})`)
  }
  if (recordedBefore !== null) conditions.push(`calls.seq < ${bound(recordedBefore)}`)
  const tables =
    host === null
      ? `calls INDEXED BY ${indexFor(filter)}`
      : 'call_hosts CROSS JOIN calls ON calls.person = call_hosts.person AND calls.seq = call_hosts.seq'
  return {
    sql: `FROM ${tables} WHERE ${conditions.join(' AND ')}`,
    values,
    order: `${driving}.started_at DESC, ${driving}.seq DESC`,
  }
}

/** The earlier of the two ends. No call has `seq` 0. */
function first(after: CallPlace | null, to: number | null): CallPlace | null {
  if (to === null) return after
  return after === null || to <= after.at ? { at: to, seq: 0 } : after
}

/** What most likely lets the fewest calls through. */
function indexFor({ component, tool, outcome }: CallFilter): string {
  if (tool !== null) return 'calls_by_tool'
  if (outcome === 'with-refusals') return 'calls_refused'
  if (outcome !== null && outcome !== 'answered') return 'calls_by_outcome'
  if (component !== null) return 'calls_by_component'
  return outcome === null ? 'calls_by_time' : 'calls_by_outcome'
}
