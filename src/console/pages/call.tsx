// One call: everything that was recorded of it.

import type { Child } from 'hono/jsx'
import { EVERY_CALL } from '../../store/call-filter.ts'
import { endOf } from '../../store/call-outcomes.ts'
import type { CallRow, RefusalRow } from '../../store/calls.ts'
import type { Person } from '../../store/people.ts'
import { printFilter } from '../call-query.ts'
import { Layout, Rule, Theirs, Time } from '../layout.tsx'
import { neutralise } from '../../component/text.ts'
import { HostCallLine, Outcome } from './calls.tsx'

/** All that is kept. */
const MAX_SAID_CHARS = 20_000

export function CallPage(props: { person: Person; call: CallRow & { log: string } }) {
  const { person, call } = props
  const { refusals, variables, host_calls: made, unlisted } = call
  return (
    <Layout title="A call" person={person.name}>
      <dl>
        <Fact name="Tool">
          <Theirs text={call.tool} />
        </Fact>
        <Fact name="Outcome">
          <span class={endOf({ outcome: call.outcome, refused: false })}>
            <Outcome call={call} />
          </span>
        </Fact>
        {call.outcome === 'interrupted' ? (
          <Fact name="">
            The server stopped before the call ended. Nobody was answered; what it had done until
            then is not known.
          </Fact>
        ) : null}
        <Fact name="Began">
          <Time at={call.started_at} />
        </Fact>
        <Fact name="Took">{call.ms} ms</Fact>
        <Fact name="Fuel">{call.fuel}</Fact>
        <Fact name="Component">
          {call.component === null ? null : (
            <a href={`/console/calls?${printFilter({ ...EVERY_CALL, component: call.component })}`}>
              <Theirs text={call.component} />
            </a>
          )}
        </Fact>
        <Fact name="Source">{call.source === null ? null : <Theirs text={call.source} />}</Fact>
        <Fact name="Version">{call.digest === null ? null : <code>{call.digest}</code>}</Fact>
        <Fact name="Client">
          <Theirs text={call.client_name} /> <Rule text={call.client} />
        </Fact>
        <Fact name="Session">{call.session === null ? null : <code>{call.session}</code>}</Fact>
        <Fact name="Policy in force">
          {call.policy_digest === null ? null : <code>{call.policy_digest}</code>}
        </Fact>
        <Fact name="Arguments">
          {call.arguments_digest === null ? null : <code>{call.arguments_digest}</code>}
        </Fact>
        <Fact name="Variables handed over">
          {variables.length === 0 ? null : variables.map((key) => [<Theirs text={key} />, ' '])}
        </Fact>
        <Fact name="Number on the record">{call.seq}</Fact>
        <Fact name="Id">
          <code>{call.id}</code>
        </Fact>
      </dl>
      {refusals.length === 0 ? null : (
        <>
          <h2>Refused</h2>
          <ul>
            {refusals.map((refusal) => (
              <li>
                <RefusalLine refusal={refusal} />
              </li>
            ))}
          </ul>
        </>
      )}
      {call.log === '' ? null : (
        <>
          <h2>Written by the component</h2>
          <p class="small">Its words, without the values that it was handed.</p>
          <pre class="theirs">{neutralise(call.log, MAX_SAID_CHARS)}</pre>
        </>
      )}
      <h2>Host calls</h2>
      {made.length === 0 ? <p>None.</p> : null}
      {made.length === 0 ? null : (
        <table>
          <thead>
            <tr>
              <th scope="col">After</th>
              <th scope="col">Took</th>
              <th scope="col">What</th>
            </tr>
          </thead>
          <tbody>
            {made.map((one) => (
              <tr>
                <td>{one.started_at - call.started_at} ms</td>
                <td>{one.ms} ms</td>
                <td>
                  <HostCallLine hostCall={one} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {unlisted === 0 ? null : (
        <p>
          {unlisted} more are not listed: uses of the drive, or what was refused. Requests and
          connections that were let through are all listed.
        </p>
      )}
      <p class="small">
        <a href={`/api/calls/${call.id}`}>The same as JSON</a>.{' '}
        <a href="/console/calls">All calls</a>.
      </p>
    </Layout>
  )
}

/** Facts that a call does not have are left out. */
function Fact(props: { name: string; children?: Child }) {
  const { name, children } = props
  if (children === null || children === undefined) return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function RefusalLine(props: { refusal: RefusalRow }) {
  const { permission, reason, subject, rule, approval } = props.refusal
  return (
    <>
      <span class="denied">{reason}</span> {permission} <Theirs text={subject} />
      {rule === null ? null : (
        <>
          ; the rule <Rule text={rule} />
        </>
      )}
      {approval === null ? null : (
        <>
          : <a href={`/approvals/${approval}`}>the question</a>
        </>
      )}
    </>
  )
}
