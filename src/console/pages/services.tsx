// Services that the person's components can be connected to: the host's, to see, and their own, to describe. A
// client secret is written and never shown.

import type { ServiceView } from '../../account/services.ts'
import type { Person } from '../../store/people.ts'
import { Layout, Rule, Theirs, Time } from '../layout.tsx'
import { SERVICES_PATH } from './connections.tsx'

export function ServicesPage(props: {
  person: Person
  services: readonly ServiceView[]
  /** Where the service will send the browser back to, with `<name>` at its end. */
  redirectUri: string
}) {
  return (
    <Layout title="Services" person={props.person.name}>
      <p>
        A service gives out tokens by OAuth. What is described here does nothing by itself:
        components are connected to it one by one, by you.
      </p>
      {props.services.map((service) => (
        <Service service={service} />
      ))}
      <section>
        <h2>Describe a service of your own</h2>
        <p>
          Make an app at the service first, with this redirect URI, the name that you choose below
          at its end: <code>{props.redirectUri}</code>. Where the service registers clients by
          itself, leave the client empty.
        </p>
        <form method="post" action={SERVICES_PATH}>
          <Field name="name" label="Name (a-z, 0-9 and hyphens)" required />
          <Field name="issuer" label="Issuer" required />
          <Field name="client_id" label="Client id" />
          <p>
            <label>
              Client secret <input type="password" name="client_secret" autocomplete="off" />
            </label>
          </p>
          <Field name="scopes" label="Scopes, separated by spaces" />
          <Field name="hosts" label="Hosts that its tokens are for, separated by spaces" required />
          <Field name="resource" label="Resource (RFC 8707), if it takes one" />
          <fieldset>
            <legend>Only where the issuer has no metadata</legend>
            <Field name="authorization_endpoint" label="Authorization endpoint" />
            <Field name="token_endpoint" label="Token endpoint" />
            <Field name="revocation_endpoint" label="Revocation endpoint" />
          </fieldset>
          <button name="action" value="put">
            Save
          </button>
        </form>
      </section>
      <p>
        <a href="/console">To the console</a>
      </p>
    </Layout>
  )
}

function Service(props: { service: ServiceView }) {
  const { of, name, issuer, client_id, scopes, hosts, redirect_uri, written_at } = props.service
  return (
    <section>
      <h2>
        <Theirs text={`${of}/${name}`} />
      </h2>
      <dl>
        <dt>Described</dt>
        <dd>
          {of === 'host' ? 'by the host of this server, ' : 'by you, '}
          <Time at={written_at} />
        </dd>
        <dt>Issuer</dt>
        <dd>
          <Theirs text={issuer} />
        </dd>
        <dt>Client</dt>
        <dd>
          <Theirs text={client_id} />
          {props.service.has_secret ? ', with a secret' : ', without a secret'}
        </dd>
        <dt>Redirect URI</dt>
        <dd>
          <code>{redirect_uri}</code>
        </dd>
        <dt>Scopes</dt>
        <dd>
          {scopes.map((scope) => (
            <>
              <Theirs text={scope} />{' '}
            </>
          ))}
        </dd>
        <dt>Tokens are for</dt>
        <dd>
          {hosts.map((host) => (
            <>
              <Rule text={host} />{' '}
            </>
          ))}
        </dd>
      </dl>
      {of === 'host' ? null : (
        <form method="post" action={SERVICES_PATH}>
          <input type="hidden" name="name" value={name} />
          <button name="action" value="remove">
            Remove, and disconnect what uses it
          </button>
        </form>
      )}
    </section>
  )
}

function Field(props: { name: string; label: string; required?: boolean }) {
  return (
    <p>
      <label>
        {props.label}{' '}
        <input name={props.name} required={props.required ?? false} autocomplete="off" />
      </label>
    </p>
  )
}
