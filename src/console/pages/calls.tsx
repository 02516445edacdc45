// A person's activity: their calls as a list that can be narrowed down, over time as a chart, and each unfolded to
// its host calls.

import { neutralise, spelled } from '../../component/text.ts'
import { CALL_OUTCOMES, endOf } from '../../store/call-outcomes.ts'
import type { CallFilter, CallPlace } from '../../store/call-filter.ts'
import { EVERY_CALL, printPlace } from '../../store/call-filter.ts'
import type { CallRow, HostCallRow } from '../../store/calls.ts'
import type { Person } from '../../store/people.ts'
import { printFilter } from '../call-query.ts'
import type { Series } from '../chart.tsx'
import { Chart } from '../chart.tsx'
import { Layout, Theirs, Time } from '../layout.tsx'

/** Host calls of a call that unfold on this page; its own page has them all. */
export const UNFOLDED = 20

/** Milliseconds back from now. */
const PERIODS = [
  ['last hour', 3_600_000],
  ['last day', 86_400_000],
  ['last 7 days', 7 * 86_400_000],
  ['last 30 days', 30 * 86_400_000],
] as const

/** Names that occur in the person's calls, offered for choice. */
export interface Occurring {
  readonly component: readonly string[]
  readonly tool: readonly string[]
  readonly host: readonly string[]
}

export interface FoundCalls {
  readonly calls: readonly CallRow[]
  /** `null`: there are no older ones. */
  readonly next: CallPlace | null
  /** `null`: there is nothing to show over time. */
  readonly series: Series | null
}

/** `given`: the fields as they were sent. `found`: the calls, or what is wrong with the fields. */
export function CallsPage(props: {
  person: Person
  filter: CallFilter
  given: ReadonlyMap<string, string>
  found: FoundCalls | { readonly fault: string }
  names: Occurring
  isFirst: boolean
  now: number
}) {
  const { person, filter, given, found, names, isFirst, now } = props
  const selection = printFilter(filter).toString()
  return (
    <Layout title="Calls" person={person.name}>
      <FilterForm given={given} names={names} now={now} />
      {'fault' in found ? (
        <p class="warning" role="alert">
          {found.fault} Nothing is shown until that is put right.
        </p>
      ) : (
        <Found
          found={found}
          filter={filter}
          selection={selection}
          isFirst={isFirst}
          isNarrowed={selection !== ''}
        />
      )}
    </Layout>
  )
}

function FilterForm(props: { given: ReadonlyMap<string, string>; names: Occurring; now: number }) {
  const { given, names, now } = props
  const outcome = given.get('outcome') ?? ''
  return (
    <form method="get" action="/console/calls" class="filter">
      <NameField name="component" title="Component" given={given} known={names.component} />
      <NameField name="tool" title="Tool" given={given} known={names.tool} />
      <NameField name="host" title="Host" given={given} known={names.host} />
      <label>
        Outcome{' '}
        <select name="outcome">
          {[
            ['', 'any'],
            ['with-refusals', 'any, with a refusal'],
            ...[...CALL_OUTCOMES].toSorted().map((one) => [one, one]),
          ].map(([value, text]) => (
            <option value={value} selected={value === outcome}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <TimeField name="from" title="From (UTC)" given={given} />
      <TimeField name="to" title="Until (UTC)" given={given} />
      <button>Show</button> <a href="/console/calls">All calls</a>
      <p class="small">
        {PERIODS.map(([title, ms]) => (
          <>
            <a href={`/console/calls?${printFilter({ ...EVERY_CALL, from: minute(now - ms) })}`}>
              {title}
            </a>{' '}
          </>
        ))}
      </p>
    </form>
  )
}

/** Names that cannot be read as they are stand as a quotation, and are kept beside it. */
function NameField(props: {
  name: string
  title: string
  given: ReadonlyMap<string, string>
  known: readonly string[]
}) {
  const { name, title, given, known } = props
  const value = given.get(name) ?? ''
  if (!isPlain(value)) {
    return (
      <span>
        {title} <span class="theirs">{spelled(value, 300)}</span>
        <input type="hidden" name={name} value={value} />
      </span>
    )
  }
  return (
    <label>
      {title} <input name={name} value={value} list={`known-${name}`} maxlength={512} />
      <datalist id={`known-${name}`}>
        {known.filter(isPlain).map((one) => (
          <option value={one} />
        ))}
      </datalist>
    </label>
  )
}

function isPlain(text: string): boolean {
  return spelled(text, 512) === text
}

/** A time that the browser's field cannot hold stays the text that it is. */
function TimeField(props: { name: string; title: string; given: ReadonlyMap<string, string> }) {
  const { name, title, given } = props
  const value = given.get(name) ?? ''
  const isUtc = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z?$/.test(value)
  const isField = value === '' || isUtc
  return (
    <label>
      {title}{' '}
      <input
        name={name}
        type={isField ? 'datetime-local' : 'text'}
        step={isField ? '1' : undefined}
        value={isField ? value.slice(0, 19) : neutralise(value, 64)}
      />
    </label>
  )
}

function Found(props: {
  found: FoundCalls
  filter: CallFilter
  selection: string
  isFirst: boolean
  isNarrowed: boolean
}) {
  const { found, filter, selection, isFirst, isNarrowed } = props
  const { calls, next, series } = found
  const of = (more: Record<string, string>): string => {
    const query = new URLSearchParams([...new URLSearchParams(selection), ...Object.entries(more)])
    return query.size === 0 ? '' : `?${query}`
  }
  return (
    <>
      {series === null ? null : (
        <Chart
          series={series}
          linkTo={({ at }) => {
            const from = Math.max(at, filter.from ?? at)
            const to = Math.min(at + series.width, filter.to ?? Infinity)
            return `/console/calls?${printFilter({ ...filter, from, to })}`
          }}
        />
      )}
      {calls.length === 0 ? (
        <p>{isNarrowed || !isFirst ? 'No calls fit this.' : 'No calls yet.'}</p>
      ) : (
        <CallTable calls={calls} filter={filter} />
      )}
      <p>
        {isFirst ? null : (
          <>
            <a href={`/console/calls${of({})}`}>Newest</a>{' '}
          </>
        )}
        {next === null ? null : (
          <a href={`/console/calls${of({ cursor: printPlace(next) })}`}>Older</a>
        )}
      </p>
      <p class="small">
        The same as JSON: <a href={`/api/calls${of({})}`}>calls</a>,{' '}
        <a href={`/api/activity${of({})}`}>over time</a>. As a file:{' '}
        <a href={`/api/calls/export${of({ format: 'csv' })}`}>CSV</a>,{' '}
        <a href={`/api/calls/export${of({ format: 'jsonl' })}`}>JSON Lines</a>.
      </p>
    </>
  )
}

function CallTable(props: { calls: readonly CallRow[]; filter: CallFilter }) {
  const { calls, filter } = props
  return (
    <table class="calls">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Tool</th>
          <th scope="col">Component</th>
          <th scope="col">Client</th>
          <th scope="col">Outcome</th>
          <th scope="col">Host calls</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <tr class="call">
            <td>
              <a href={`/console/calls/${call.id}`}>
                <Time at={call.started_at} />
              </a>
              <br />
              <span class="small">
                {call.ms} ms
                {call.fuel === null ? '' : `, ${call.fuel} fuel`}
              </span>
            </td>
            <td>
              <Narrow filter={{ ...filter, tool: call.tool }} text={call.tool} />
            </td>
            <td>
              {call.component === null ? null : (
                <Narrow filter={{ ...filter, component: call.component }} text={call.component} />
              )}
              <br />
              <span class="small">{call.digest?.slice(0, 19)}</span>
            </td>
            <td>
              <Theirs text={call.client_name} />
            </td>
            <td class={endOf({ outcome: call.outcome, refused: false })}>
              <Outcome call={call} />
            </td>
            <td>
              <Unfolding call={call} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A name that leads to the calls that have it as well. */
function Narrow(props: { filter: CallFilter; text: string }) {
  return (
    <a href={`/console/calls?${printFilter(props.filter)}`}>
      <Theirs text={props.text} />
    </a>
  )
}

export function Outcome(props: { call: CallRow }) {
  const { outcome, reason } = props.call
  return (
    <>
      {outcome}
      {reason === null ? '' : `: ${reason}`}
    </>
  )
}

function Unfolding(props: { call: CallRow }) {
  const { id, host_calls: made } = props.call
  if (made.length === 0) return null
  const shown = made.slice(0, UNFOLDED)
  const refused = shown.filter(({ outcome }) => outcome === 'denied').length
  const number = made.length > UNFOLDED ? `more than ${UNFOLDED}` : String(made.length)
  return (
    <details>
      <summary>
        {number}
        {refused === 0 ? '' : `, ${refused} refused`}
      </summary>
      {shown.map((one) => (
        <HostCallLine hostCall={one} />
      ))}
      {made.length > UNFOLDED ? <a href={`/console/calls/${id}`}>All of them</a> : null}
    </details>
  )
}

export function HostCallLine(props: { hostCall: HostCallRow }) {
  const { kind, host, port, method, outcome, status, bytes_out, bytes_in, secrets } = props.hostCall
  return (
    <div class={outcome}>
      {neutralise(method, 40)} <Theirs text={kind === 'network' ? `${host}:${port}` : host} />{' '}
      {outcome}
      {status === null ? '' : ` ${status}`}, {bytes_out} out, {bytes_in} in
      {secrets === undefined ? null : ', with '}
      {secrets?.map((name) => (
        <>
          <Theirs text={name} />{' '}
        </>
      ))}
    </div>
  )
}

/** A link that says the same for a minute. */
function minute(at: number): number {
  return at - (at % 60_000)
}
