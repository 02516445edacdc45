// The variables of one component: which there are, and where their values are set. No value is ever shown.

import type { ComponentView } from '../../account/views.ts'
import { ENVIRONMENT_LIMITS } from '../../policy/environment.ts'
import { SECRET_LIMITS } from '../../policy/secret.ts'
import type { Person } from '../../store/people.ts'
import { Seen, VersionFacts } from '../component-facts.tsx'
import { Layout, Theirs, Time } from '../layout.tsx'
import { secretsPath } from './secrets.tsx'

export function variablesPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/variables`
}

export function VariablesPage(props: { person: Person; view: ComponentView }) {
  const { install, grants, variables } = props.view
  const granted = new Set(
    grants.flatMap(({ permission, rule }) => (permission === 'environment' ? [rule] : [])),
  )
  const setAt = new Map(variables.map(({ key, set_at }) => [key, set_at]))
  const keys = [...new Set([...setAt.keys(), ...granted])].sort()
  const action = variablesPath(install.component)
  return (
    <Layout title="Variables of a component" person={props.person.name}>
      <VersionFacts of={install} />
      <p>
        A value is stored encrypted and never shown again. The component is handed it in every call,
        but only where you allowed that when you were asked; it ends when the component is unloaded.
      </p>
      <p class="warning">
        The component receives the value itself, and may send it wherever it may connect. What it
        only has to send to a host is better{' '}
        <a href={secretsPath(install.component)}>bound to that host</a>, and stays with this server.
      </p>
      <p class="small">
        A value of {SECRET_LIMITS.VALUE_CHARS} characters or more is taken out of what the component
        answers. A shorter one is not: it stands in honest answers by chance.
      </p>
      {keys.map((key) => {
        const at = setAt.get(key)
        return (
          <section>
            <h2>
              <Theirs text={key} />
            </h2>
            <p>
              {at === undefined ? 'No value' : 'Set since '}
              {at === undefined ? null : <Time at={at} />};{' '}
              {granted.has(key) ? 'handed to this version.' : 'not handed to this version.'}
            </p>
            <form method="post" action={action}>
              <Seen of={props.view} />
              <input type="hidden" name="key" value={key} />
              <ValueField label={at === undefined ? 'Value' : 'New value'} />{' '}
              <button name="action" value="set">
                {at === undefined ? 'Set' : 'Replace'}
              </button>
            </form>
            {at === undefined ? null : (
              <form method="post" action={action}>
                <input type="hidden" name="key" value={key} />
                <button name="action" value="delete">
                  Delete
                </button>
              </form>
            )}
          </section>
        )
      })}
      <section>
        <h2>Another variable</h2>
        <form method="post" action={action}>
          <Seen of={props.view} />
          <label>
            Name{' '}
            <input
              name="key"
              required
              maxlength={ENVIRONMENT_LIMITS.KEY_CHARS}
              autocomplete="off"
            />
          </label>{' '}
          <ValueField label="Value" />{' '}
          <button name="action" value="set">
            Set
          </button>
        </form>
      </section>
      <p>
        <a href="/console">To the console</a>
      </p>
    </Layout>
  )
}

/** Never filled in by us: a page that held a value could be read. */
function ValueField(props: { label: string }) {
  return (
    <label>
      {props.label} <input type="password" name="value" required autocomplete="off" />
    </label>
  )
}
