// A selection of calls as a file: JSON Lines, or CSV for a spreadsheet. A page of them is read as the file is taken.

import { neutralise } from '../component/text.ts'
import type { Activity } from '../store/activity.ts'
import type { CallFilter, CallPlace } from '../store/call-filter.ts'
import type { CallRow } from '../store/calls.ts'

/** Queries for one file, half of what one request may ask of the database, and calls that each brings at the most. */
const PAGES = 500
const PAGE = 100

export const EXPORT_TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/jsonl' } as const
export type ExportFormat = keyof typeof EXPORT_TYPES

export function isExportFormat(text: string | undefined): text is ExportFormat {
  return text !== undefined && Object.hasOwn(EXPORT_TYPES, text)
}

/** Newest first, behind `after`; with the head of a table where the format has one. */
export async function* exportCalls(
  format: ExportFormat,
  activity: Activity,
  person: string,
  filter: CallFilter,
  after: CallPlace | null,
): AsyncGenerator<string> {
  if (format === 'csv') yield line(COLUMNS.map(([name]) => name))
  let place = after
  for (let read = 0; read < PAGES; read += 1) {
    const page = { limit: PAGE, after: place, hostCalls: null }
    // oxlint-disable-next-line no-await-in-loop -- each page begins where the one before ended
    const { calls, more } = await activity.page(person, filter, page)
    const last = calls.at(-1)
    if (last === undefined) return
    yield calls
      .map((call) =>
        format === 'csv'
          ? line(COLUMNS.map(([, cell]) => cell(call)))
          : `${JSON.stringify(call)}\n`,
      )
      .join('')
    if (!more) return
    place = { at: last.started_at, seq: last.seq }
  }
}

type Cell = string | number | null

const COLUMNS: readonly (readonly [string, (call: CallRow) => Cell])[] = [
  ['seq', ({ seq }) => seq],
  ['id', ({ id }) => id],
  ['started_at', ({ started_at: at }) => new Date(at).toISOString()],
  ['ms', ({ ms }) => ms],
  ['tool', ({ tool }) => tool],
  ['component', ({ component }) => component],
  ['source', ({ source }) => source],
  ['digest', ({ digest }) => digest],
  ['client', ({ client }) => client],
  ['client_name', ({ client_name: name }) => name],
  ['session', ({ session }) => session],
  ['outcome', ({ outcome }) => outcome],
  ['reason', ({ reason }) => reason],
  ['fuel', ({ fuel }) => fuel],
  ['policy_digest', ({ policy_digest: policy }) => policy],
  ['arguments_digest', ({ arguments_digest: args }) => args],
  ['refusals', ({ refusals }) => refusals.length],
  ['host_calls', ({ host_calls: made }) => made.length],
  ['hosts', hosts],
  ['bytes_out', (call) => sum(call, 'bytes_out')],
  ['bytes_in', (call) => sum(call, 'bytes_in')],
  ['unlisted', ({ unlisted }) => unlisted],
]

function hosts({ host_calls: made }: CallRow): string {
  const network = made.filter(({ kind }) => kind === 'network')
  return [...new Set(network.map(({ host }) => host))].join(' ')
}

function sum({ host_calls: made }: CallRow, key: 'bytes_out' | 'bytes_in'): number {
  return made.reduce((total, one) => total + one[key], 0)
}

/** RFC 4180. */
function line(cells: readonly Cell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`
}

/** UTF-16 units that a spreadsheet's cell holds. */
const MAX_CELL_CHARS = 32_000

/**
 * A spreadsheet takes what begins like a formula for one, whatever stands around it (OWASP, CSV Injection): a quote
 * in front of it makes it text. What cannot be seen is left out: JSON Lines have the words as they are.
 */
function cellText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const shown = neutralise(cell, MAX_CELL_CHARS)
  const text = /^[\s]*[=+\-@|%＝＋－＠]/u.test(shown) ? `'${shown}` : shown
  return `"${text.replaceAll('"', '""')}"`
}
