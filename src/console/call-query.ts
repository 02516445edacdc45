// The query of a request for calls, as filters of the page and of the API have it. What cannot be read is refused
// by its name: a filter that was left out silently would show more than was asked for.

import type { CallFilter, CallPlace } from '../store/call-filter.ts'
import { parsePlace } from '../store/call-filter.ts'
import { CALL_OUTCOMES } from '../store/call-outcomes.ts'

export interface CallQuery {
  readonly filter: CallFilter
  /** Calls behind this one. */
  readonly after: CallPlace | null
}

export interface QueryFault {
  readonly parameter: string
  readonly sentence: string
}

/** UTF-16 units of a name in a filter; none that is recorded is longer. */
const MAX_NAME_CHARS = 512
/** A date, or a date and a time; without a zone it is UTC. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/
const NUMBER = /^\d{1,15}$/

type Read = (name: string) => string | undefined

/** An empty parameter counts as none: a form sends every field. */
export function readCallQuery(read: Read): CallQuery | QueryFault {
  const texts = new Map<string, string>()
  for (const name of ['component', 'tool', 'host', 'outcome', 'from', 'to', 'before', 'cursor']) {
    const text = read(name) ?? ''
    if (text.length > MAX_NAME_CHARS) return fault(name, 'is too long.')
    if (text !== '') texts.set(name, text)
  }
  const text = (name: string): string | null => texts.get(name) ?? null
  const outcome = text('outcome')
  const known = [...CALL_OUTCOMES, 'with-refusals' as const].find((one) => one === outcome)
  if (outcome !== null && known === undefined) {
    return fault('outcome', `is one of ${[...CALL_OUTCOMES, 'with-refusals'].join(', ')}.`)
  }
  const [from, to] = [timeOf(text('from')), timeOf(text('to'))]
  if (from === undefined) return fault('from', NO_TIME)
  if (to === undefined) return fault('to', NO_TIME)
  if (from !== null && to !== null && from >= to) return fault('from', 'is not before to.')
  const before = text('before')
  if (before !== null && !NUMBER.test(before)) return fault('before', 'is the seq of a call.')
  const cursor = text('cursor')
  const after = cursor === null ? null : parsePlace(cursor)
  if (cursor !== null && after === null) return fault('cursor', 'is not what next was.')
  return {
    filter: {
      component: text('component'),
      tool: text('tool'),
      outcome: known ?? null,
      // Hosts are recorded in lower case and without a dot at the end.
      host: text('host')?.trim().toLowerCase().replace(/\.$/, '') ?? null,
      from,
      to,
      recordedBefore: before === null ? null : Number(before),
    },
    after,
  }
}

const NO_TIME =
  'is a date as 2026-11-26, or a time as 2026-11-26T08:40 (UTC) or 2026-11-26T08:40:00+01:00 (the plus written %2B).'

function fault(parameter: string, why: string): QueryFault {
  return { parameter, sentence: `${parameter} ${why}` }
}

/** Unix milliseconds; `undefined` for what is no time. */
function timeOf(text: string | null): number | null | undefined {
  if (text === null) return null
  const [whole, date = '', time = '00:00', seconds = ':00', zone = 'Z'] = TIME.exec(text) ?? []
  if (whole === undefined) return undefined
  const day = new Date(`${date}T00:00Z`)
  // A 31st of February would be read as the 3rd of March.
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return undefined
  const at = Date.parse(`${date}T${time}${seconds}${zone}`)
  return Number.isNaN(at) || at < 0 ? undefined : at
}

/** The parameters of a query, without its place: what `readCallQuery` reads back. */
export function printFilter(filter: CallFilter): URLSearchParams {
  const { component, tool, outcome, host, from, to, recordedBefore } = filter
  const pairs: readonly (readonly [string, string | null])[] = [
    ['component', component],
    ['tool', tool],
    ['outcome', outcome],
    ['host', host],
    ['from', from === null ? null : new Date(from).toISOString()],
    ['to', to === null ? null : new Date(to).toISOString()],
    ['before', recordedBefore === null ? null : String(recordedBefore)],
  ]
  return new URLSearchParams(
    pairs.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  )
}
