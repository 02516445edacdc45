// Asks the signed-in person whether a client may act for them.

import type { ConsentDescription } from '@cloudflare/workers-oauth-provider'
import type { Scope } from '../../oauth/scopes.ts'
import { isConsole, SCOPES } from '../../oauth/scopes.ts'
import type { Person } from '../../store/people.ts'
import { Layout, Theirs } from '../layout.tsx'

export function Consent(props: {
  about: ConsentDescription
  /** The client's, as it comes back with the answer: another one by then is asked about anew. */
  name: string
  scope: readonly Scope[]
  handle: string
  person: Person
  /** Whether the person may say that they need not be asked again. */
  mayRemember: boolean
  /** The person lets it call tools already, or has done so: then it grants nothing. */
  callsTools: boolean
}) {
  const { about, name, scope, handle, person, mayRemember, callsTools } = props
  return (
    <Layout title="A client asks to act for you" person={person.name}>
      <dl>
        <dt>Client</dt>
        <dd>
          <Theirs text={about.clientName} /> <span class="small">(the name it gave itself)</span>
        </dd>
        {about.clientDomain === undefined ? null : (
          <>
            <dt>Published by</dt>
            <dd>
              <Theirs text={about.clientDomain} />
            </dd>
          </>
        )}
        <dt>Sends you to</dt>
        <dd>
          <Theirs text={about.redirectHost} />
        </dd>
      </dl>
      {about.redirectIsLoopback ? (
        <p class="warning">
          This client runs on your own computer. Allow it only if you have just started it yourself.
        </p>
      ) : null}
      <h2>It asks for</h2>
      <ul>
        {scope.map((name) => (
          <li>
            <code>{name}</code>: {SCOPES[name]}
          </li>
        ))}
      </ul>
      {scope.every(isConsole) && !callsTools ? (
        <p class="warning">
          For 15 minutes from your sign-in it could write policies for your components, and so grant
          anything to them. Allow it only if you are about to do that yourself, and to no client
          that an agent works with.
        </p>
      ) : (
        <p>
          It can never grant anything to a component: that is asked of you, on a page like this one.
        </p>
      )}
      <form method="post" action="/authorize/decide">
        <input type="hidden" name="handle" value={handle} />
        <input type="hidden" name="person" value={person.id} />
        <input type="hidden" name="client" value={about.clientId} />
        <input type="hidden" name="name" value={name} />
        {mayRemember ? (
          <p>
            <label>
              <input type="checkbox" name="remember" value="yes" /> Do not ask me again in this
              browser for 30 days, unless it asks for more
            </label>
          </p>
        ) : null}
        <button name="decision" value="allow">
          Allow
        </button>
        <button name="decision" value="deny">
          Deny
        </button>
      </form>
    </Layout>
  )
}
