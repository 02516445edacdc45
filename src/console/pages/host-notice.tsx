// What whoever runs this server needs to know of themselves: how a provider calls them. Who signs in does not become
// the host by it; the configuration names them.

import { Rule } from '../layout.tsx'

/** How the provider calls who has just been there. */
export function WhoYouAre(props: { issuer: string; subject: string }) {
  return (
    <dl>
      <dt>Issuer</dt>
      <dd>
        <Rule text={props.issuer} />
      </dd>
      <dt>Subject</dt>
      <dd>
        <Rule text={props.subject} />
      </dd>
    </dl>
  )
}

/** On a server that nobody runs. */
export function NoHost(props: { person: { readonly issuer: string; readonly subject: string } }) {
  const { issuer, subject } = props.person
  return (
    <section class="warning">
      <p>
        Nobody runs this server: <code>HOST_SUBJECTS</code> names no one, so nobody can publish to
        its catalogue, say what components may do at the most, or shut somebody out. If you deployed
        it, put your subject there and deploy again.
      </p>
      <WhoYouAre issuer={issuer} subject={subject} />
    </section>
  )
}
