// What happened: every call, and every host call of it.

import type { CallRow } from '../../store/calls.ts'
import type { Person } from '../../store/people.ts'
import { Layout, Theirs, Time } from '../layout.tsx'

export function CallsPage(props: { person: Person; calls: readonly CallRow[]; full: boolean }) {
  const { person, calls, full } = props
  const last = calls.at(-1)
  return (
    <Layout title="Calls" person={person.name}>
      <p>
        The same as JSON: <a href="/api/calls">/api/calls</a>
      </p>
      <table>
        <thead>
          <tr>
            <th>When</th>
            <th>Tool</th>
            <th>Component</th>
            <th>Client</th>
            <th>Outcome</th>
            <th>Host calls</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <tr>
              <td>
                <Time at={call.started_at} />
                <br />
                <span class="small">
                  {call.ms} ms
                  {call.fuel === null ? '' : `, ${call.fuel} fuel`}
                </span>
              </td>
              <td>
                <Theirs text={call.tool} />
              </td>
              <td>
                {call.component === null ? '' : <Theirs text={call.component} />}
                <br />
                <span class="small">{call.digest?.slice(0, 19)}</span>
              </td>
              <td>
                <Theirs text={call.client_name} />
              </td>
              <td class={call.outcome}>
                {call.outcome}
                {call.reason === null ? '' : `: ${call.reason}`}
              </td>
              <td>
                {call.host_calls.map((host) => (
                  <div class={host.outcome}>
                    {host.method} <Theirs text={`${host.host}:${host.port}`} /> {host.outcome}
                    {host.status === null ? '' : ` ${host.status}`}, {host.bytes_out} out,{' '}
                    {host.bytes_in} in
                    {host.secrets === undefined ? null : ', with '}
                    {host.secrets?.map((name) => (
                      <>
                        <Theirs text={name} />{' '}
                      </>
                    ))}
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {calls.length === 0 ? <p>No calls yet.</p> : null}
      {full && last !== undefined ? <a href={`/console/calls?before=${last.seq}`}>Older</a> : null}
    </Layout>
  )
}
