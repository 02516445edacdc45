// The secrets of one component: to which hosts each goes, where in a request, and where they are set. No value is
// ever shown.

import type { ComponentView } from '../../account/views.ts'
import { ENVIRONMENT_LIMITS } from '../../policy/environment.ts'
import type { Placement } from '../../policy/secret.ts'
import { SECRET_LIMITS } from '../../policy/secret.ts'
import { HANDED_INSTEAD } from '../../policy/words.ts'
import type { Person } from '../../store/people.ts'
import type { SecretRow } from '../../store/secrets.ts'
import { Seen, VersionFacts } from '../component-facts.tsx'
import { Layout, Rule, Theirs, Time } from '../layout.tsx'

export function secretsPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/secrets`
}

export function SecretsPage(props: { person: Person; view: ComponentView }) {
  const { install, secrets } = props.view
  const action = secretsPath(install.component)
  return (
    <Layout title="Secrets of a component" person={props.person.name}>
      <VersionFacts of={install} />
      <p>
        A secret is put into the component’s requests by this server, after they were allowed, and
        to the hosts that you name here only: the component never sees it, and it is taken out of
        whatever comes back. It is stored encrypted and never shown again, is for this version of
        the component alone until you keep it for another, and ends when the component is unloaded.
      </p>
      <p>
        It allows nothing by itself: the component reaches a host only if you let it. What it does
        there, it does in your name.
      </p>
      {secrets.map((secret) => (
        <section>
          <h2>
            <Theirs text={secret.name} />
          </h2>
          <Bound secret={secret} />
          {secret.digest === install.digest ? null : (
            <p class="warning">
              It is for another version and is not used. Set it anew to use it with this one.
            </p>
          )}
          <details>
            <summary>Replace</summary>
            <SecretForm view={props.view} secret={secret} />
          </details>
          <form method="post" action={action}>
            <input type="hidden" name="name" value={secret.name} />
            <button name="action" value="delete">
              Delete
            </button>
          </form>
        </section>
      ))}
      <section>
        <h2>Another secret</h2>
        <SecretForm view={props.view} secret={null} />
      </section>
      <p>
        <a href="/console">To the console</a>
      </p>
    </Layout>
  )
}

function Bound(props: { secret: SecretRow }) {
  const { binding, set_at: at } = props.secret
  return (
    <>
      <p>
        {'Set since '}
        <Time at={at} />.
      </p>
      <dl>
        <dt>Goes to</dt>
        <dd>
          {binding.hosts.map(({ text }) => (
            <>
              <Rule text={text} />{' '}
            </>
          ))}
        </dd>
        <dt>Stands in</dt>
        <dd>
          <Place placement={binding.placement} />
        </dd>
        <dt>When</dt>
        <dd>
          {binding.placeholder === null ? (
            'in every request there'
          ) : (
            <>
              where the component puts the placeholder that it is handed as{' '}
              <Theirs text={binding.placeholder.key} />
            </>
          )}
        </dd>
      </dl>
    </>
  )
}

export function Place(props: { placement: Placement }) {
  const { placement } = props
  switch (placement.kind) {
    case 'header':
      return (
        <>
          the header <Rule text={`${placement.name}: ${placement.prefix}…`} />
        </>
      )
    case 'query':
      return (
        <>
          the query parameter <Rule text={placement.name} />
        </>
      )
    case 'basic':
      return (
        <>
          the password of the user <Rule text={placement.user} />
        </>
      )
  }
}

/** Name, value and binding together: none of it changes without the value. */
function SecretForm(props: { view: ComponentView; secret: SecretRow | null }) {
  const { view, secret } = props
  const placement: Placement = secret?.binding.placement ?? DEFAULT
  return (
    <form method="post" action={secretsPath(view.install.component)}>
      <Seen of={view} />
      {secret === null ? (
        <p>
          <label>
            Name{' '}
            <input name="name" required maxlength={SECRET_LIMITS.NAME_CHARS} autocomplete="off" />
          </label>
        </p>
      ) : (
        <input type="hidden" name="name" value={secret.name} />
      )}
      <p>
        <label>
          Value{' '}
          <input
            type="password"
            name="value"
            required
            minlength={SECRET_LIMITS.VALUE_CHARS}
            autocomplete="off"
          />
        </label>
      </p>
      <p>
        <label>
          Hosts, one a line
          <br />
          <textarea name="hosts" rows={3} cols={60} required spellcheck={false}>
            {secret?.binding.hosts.map(({ text }) => text).join('\n') ?? ''}
          </textarea>
        </label>
        <br />
        <span class="small">
          api.example.com is reached by https only; http:// has to be said, and sends the value
          unencrypted. A path bounds it further: https://api.example.com/v1/
        </span>
      </p>
      <fieldset>
        <legend>Where it stands in a request</legend>
        <p>
          <Choice kind="header" of={placement} label="In a header" />{' '}
          <Field
            name="header"
            label="Name"
            value={placement.kind === 'header' ? placement.name : ''}
          />{' '}
          <Field
            name="prefix"
            label="Text before it"
            value={placement.kind === 'header' ? placement.prefix : ''}
          />
        </p>
        <p>
          <Choice kind="query" of={placement} label="In a query parameter" />{' '}
          <Field
            name="parameter"
            label="Name"
            value={placement.kind === 'query' ? placement.name : ''}
          />
        </p>
        <p>
          <Choice kind="basic" of={placement} label="As a password (basic authentication)" />{' '}
          <Field
            name="user"
            label="User"
            value={placement.kind === 'basic' ? placement.user : ''}
          />
        </p>
      </fieldset>
      <p>
        <label>
          Variable for a placeholder{' '}
          <input
            name="placeholder"
            maxlength={ENVIRONMENT_LIMITS.KEY_CHARS}
            value={secret?.binding.placeholder?.key ?? ''}
            autocomplete="off"
          />
        </label>
        <br />
        <span class="small">{HANDED_INSTEAD}</span>
      </p>
      <button name="action" value="set">
        {secret === null ? 'Set' : 'Replace'}
      </button>
    </form>
  )
}

const DEFAULT: Placement = { kind: 'header', name: 'authorization', prefix: 'Bearer ' }

function Choice(props: { kind: Placement['kind']; of: Placement; label: string }) {
  const { kind, of, label } = props
  return (
    <label>
      <input type="radio" name="placement" value={kind} checked={of.kind === kind} /> {label}
    </label>
  )
}

function Field(props: { name: string; label: string; value: string }) {
  return (
    <label>
      {props.label} <input name={props.name} value={props.value} autocomplete="off" />
    </label>
  )
}
