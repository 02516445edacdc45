// The clients that the person let act for them.

import type { Scope } from '../../oauth/scopes.ts'
import { SCOPES } from '../../oauth/scopes.ts'
import type { Person } from '../../store/people.ts'
import { Layout, Rule, Theirs, Time } from '../layout.tsx'

export interface ClientView {
  readonly client: string
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Unix milliseconds. */
  readonly since: number
}

export function ClientsPage(props: { person: Person; clients: readonly ClientView[] }) {
  const { person, clients } = props
  return (
    <Layout title="Clients that act for you" person={person.name}>
      <p>
        What you end here is refused from its next request on. A client may ask you again, and
        begins then from nothing.
      </p>
      {clients.length === 0 ? <p>None.</p> : null}
      {clients.map(({ client, name, scopes, since }) => (
        <section>
          <h2>
            <Theirs text={name} /> <span class="small">(the name it gave itself)</span>
          </h2>
          <dl>
            <dt>Id</dt>
            <dd>
              <Rule text={client} />
            </dd>
            <dt>Since</dt>
            <dd>
              <Time at={since} />
            </dd>
            <dt>May</dt>
            <dd>
              <ul>
                {scopes.map((scope) => (
                  <li>
                    <code>{scope}</code>: {SCOPES[scope]}
                  </li>
                ))}
              </ul>
            </dd>
          </dl>
          <form method="post" action="/console/clients/end">
            <input type="hidden" name="client" value={client} />
            <button>End it</button>
          </form>
        </section>
      ))}
      <h2>Browsers</h2>
      <form method="post" action="/console/sign-out-everywhere">
        <button>Sign out in every browser</button>
      </form>
    </Layout>
  )
}
