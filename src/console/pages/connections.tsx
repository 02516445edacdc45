// What a component is connected to, and can be: whose tokens it may use, for which hosts. No token is ever shown.

import type { ConnectionsView, ConnectionView, ServiceOffer } from '../../account/connections.ts'
import type { Person } from '../../store/people.ts'
import { VersionFacts } from '../component-facts.tsx'
import { Layout, Rule, Theirs, Time } from '../layout.tsx'
import { Place } from './secrets.tsx'
import { versionPath } from './version.tsx'

export function connectionsPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/connections`
}

export const SERVICES_PATH = '/console/services'

/** Name of the field of a scope's box: a form's field counts once. */
export const SCOPE_FIELD = 'scope-'

export function ConnectionsPage(props: { person: Person; view: ConnectionsView }) {
  const { install, waits, offers, orphans } = props.view
  const { component, digest } = install
  return (
    <Layout title="Connections of a component" person={props.person.name}>
      <VersionFacts of={install} />
      <p>
        Connected to a service, the component acts there as you: this server puts a token of yours
        into its requests to the hosts below, and nowhere else. The component never sees the token,
        but it sees what those hosts answer, and may change there whatever the scopes allow. Which
        hosts it may reach at all, you grant as ever.
      </p>
      {waits ? (
        <p class="warning">
          A new version or description waits for you:{' '}
          <a href={versionPath(component)}>see what is new</a>
        </p>
      ) : null}
      {offers.length === 0 ? <p>No service is described yet.</p> : null}
      {offers.map((offer) => (
        <Offer offer={offer} component={component} digest={digest} waits={waits} />
      ))}
      {orphans.map((connection) => (
        <section>
          <h2>
            <Theirs text={connection.service} />
          </h2>
          <p class="warning">
            This service is not described any more: what is connected gets no token.
          </p>
          <State connection={connection} component={component} />
        </section>
      ))}
      <p>
        <a href={SERVICES_PATH}>Services of your own</a>. <a href="/console">To the console</a>.
      </p>
    </Layout>
  )
}

function Offer(props: { offer: ServiceOffer; component: string; digest: string; waits: boolean }) {
  const { service, offer, connection } = props.offer
  const ref = `${service.of}/${service.name}`
  return (
    <section>
      <h2>
        <Theirs text={ref} />
      </h2>
      <dl>
        <dt>Service</dt>
        <dd>
          <Theirs text={service.issuer} />, described by{' '}
          {service.of === 'host' ? 'the host of this server' : 'you'}
        </dd>
        <Hosts hosts={service.hosts} title="Its tokens are for" />
      </dl>
      {connection === null ? null : <State connection={connection} component={props.component} />}
      {props.waits ? null : (
        <form method="post" action={connectionsPath(props.component)}>
          <input type="hidden" name="service" value={ref} />
          <input type="hidden" name="digest" value={props.digest} />
          <input type="hidden" name="offer" value={offer} />
          {service.scopes.length === 0 ? null : (
            <fieldset>
              <legend>The component may there</legend>
              {service.scopes.map((scope, at) => (
                <p>
                  <label>
                    <input type="checkbox" name={`${SCOPE_FIELD}${at}`} value={scope} checked />{' '}
                    <Theirs text={scope} />
                  </label>
                </p>
              ))}
            </fieldset>
          )}
          <button name="action" value="connect">
            {connection === null ? 'Connect' : 'Connect again'}
          </button>
        </form>
      )}
    </section>
  )
}

function State(props: { connection: ConnectionView; component: string }) {
  const { service, scopes, hosts, placement, who, made_at } = props.connection
  const { state, expires_at, lasts } = props.connection
  return (
    <>
      {state === 'works' ? null : <p class="warning">{STATES[state]}</p>}
      <dl>
        <dt>Connected</dt>
        <dd>
          {who === null ? null : ['as ', <Theirs text={who} />, ' ']}since <Time at={made_at} />
        </dd>
        <dt>Scopes</dt>
        <dd>
          {scopes.length === 0 ? 'none' : null}
          {scopes.map((scope) => (
            <>
              <Theirs text={scope} />{' '}
            </>
          ))}
        </dd>
        <Hosts hosts={hosts} title="Token goes to" />
        <dt>As</dt>
        <dd>
          <Place placement={placement} />
        </dd>
        <dt>Token</dt>
        <dd>
          {expires_at === null ? 'the service does not say until when' : 'until '}
          {expires_at === null ? null : <Time at={expires_at} />}
          {lasts ? ', refreshed by itself' : ', then you connect again'}
        </dd>
      </dl>
      <form method="post" action={`${connectionsPath(props.component)}/end`}>
        <input type="hidden" name="service" value={service} />
        <button name="action" value="disconnect">
          Disconnect
        </button>
      </form>
    </>
  )
}

function Hosts(props: { hosts: readonly string[]; title: string }) {
  return (
    <>
      <dt>{props.title}</dt>
      <dd>
        {props.hosts.map((host) => (
          <>
            <Rule text={host} />{' '}
          </>
        ))}
      </dd>
    </>
  )
}

const STATES = {
  'not-this-version':
    'Another version of the component was connected. This one gets no token until you connect it.',
  broken:
    'The service gives no tokens for this any more: requests to these hosts are refused until you connect again.',
} as const

/** Where the person sees which server they are about to sign in at. A form cannot lead there by itself (CSP). */
export function LeavePage(props: {
  person: Person
  component: string
  service: string
  /** Ours to build, theirs to answer. */
  url: string
}) {
  const { component, service, url, person } = props
  return (
    <Layout title="Go on at the service" person={person.name}>
      <dl>
        <dt>Component</dt>
        <dd>
          <Theirs text={component} />
        </dd>
        <dt>Service</dt>
        <dd>
          <Theirs text={service} />
        </dd>
        <dt>You leave this server for</dt>
        <dd>
          <Theirs text={new URL(url).origin} />
        </dd>
      </dl>
      <p>
        Sign in there only if you know it. You come back when it has asked you what the component
        may do.
      </p>
      <p>
        <a href={url} rel="noreferrer">
          Go on
        </a>
        . <a href={connectionsPath(component)}>Do not connect</a>.
      </p>
    </Layout>
  )
}

/** What became of the tokens at the service, once they are gone here. */
export const ENDED = {
  revoked: 'The tokens are deleted here, and the service has revoked them.',
  'not-offered':
    'The tokens are deleted here. The service offers no revocation: look at its own list of connected apps.',
  failed:
    'The tokens are deleted here. The service did not confirm that it has revoked them: look at its own list of ' +
    'connected apps.',
} as const
