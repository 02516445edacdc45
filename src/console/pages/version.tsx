// What is new about a version of a component that waits, for the person who decides what it keeps.

import type { VersionView } from '../../account/versions.ts'
import { neutralise } from '../../component/text.ts'
import type { Person } from '../../store/people.ts'
import { Layout, Rule, Theirs } from '../layout.tsx'

/** Characters of a description or a schema that are shown. */
const MAX_SHOWN_CHARS = 4_000

export function versionPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/version`
}

export function VersionPage(props: { person: Person; view: VersionView }) {
  const { install, before, change, grants, secrets, connections } = props.view
  return (
    <Layout title="A new version of a component" person={props.person.name}>
      <dl>
        <dt>Component</dt>
        <dd>
          <Theirs text={install.component} />
        </dd>
        <dt>Source</dt>
        <dd>
          <Theirs text={install.source} />
        </dd>
        <dt>Before</dt>
        <dd>
          <code>{before}</code>
        </dd>
        <dt>Now</dt>
        <dd>
          <code>{install.digest}</code>
        </dd>
        <dt>What you said of the version before</dt>
        <dd>
          {grants.map(({ effect, rule }) => (
            <>
              {effect === 'deny' ? 'not ' : ''}
              <Theirs text={rule} />{' '}
            </>
          ))}
        </dd>
        {secrets.length === 0 ? null : (
          <>
            <dt>Secrets that went into its requests</dt>
            <dd>
              {secrets.map(({ name, binding }) => (
                <div>
                  <Theirs text={name} /> to{' '}
                  {binding.hosts.map(({ text }) => (
                    <>
                      <Rule text={text} />{' '}
                    </>
                  ))}
                </div>
              ))}
              To keep what you said lets the new version use them; to start from nothing deletes
              them.
            </dd>
          </>
        )}
        {connections.length === 0 ? null : (
          <>
            <dt>Connected to</dt>
            <dd>
              {connections.map(({ service, hosts }) => (
                <div>
                  <Theirs text={service} />, with tokens for{' '}
                  {hosts.map((host) => (
                    <>
                      <Rule text={host} />{' '}
                    </>
                  ))}
                </div>
              ))}
              To keep what you said lets the new version act there as you; to start from nothing
              disconnects it.
            </dd>
          </>
        )}
      </dl>
      <p>Until you decide, its calls are refused.</p>
      {change === null ? (
        <p>It looks like the version before, and may do other things all the same.</p>
      ) : (
        <>
          <List title="It can use more" names={change.imports.added} />
          <List title="It no longer uses" names={change.imports.removed} />
          <List title="New tools" names={change.tools.added.map(({ name }) => name)} />
          {change.tools.added.map(({ name, description }) => (
            <Words title={`${name} says of itself`} text={description} />
          ))}
          <List title="Tools that are gone" names={change.tools.removed.map(({ name }) => name)} />
          {change.tools.changed.map(({ name, description, schema }) => (
            <section>
              <h2>
                Changed: <Theirs text={name} />
              </h2>
              {description === null ? null : (
                <>
                  <Words title="It said" text={description.before} />
                  <Words title="It says" text={description.after} />
                </>
              )}
              {schema === null ? null : (
                <>
                  <Words title="It took and answered" text={schema.before} />
                  <Words title="It takes and answers" text={schema.after} />
                </>
              )}
            </section>
          ))}
        </>
      )}
      <form method="post" action={versionPath(install.component)}>
        <input type="hidden" name="digest" value={install.digest} />
        <button name="decision" value="keep">
          Keep what I said
        </button>
        <button name="decision" value="nothing">
          Start from nothing
        </button>
        <button name="decision" value="wait">
          Keep waiting
        </button>
      </form>
    </Layout>
  )
}

function List(props: { title: string; names: readonly string[] }) {
  if (props.names.length === 0) return null
  return (
    <>
      <h2>{props.title}</h2>
      <ul>
        {props.names.map((name) => (
          <li>
            <Theirs text={name} />
          </li>
        ))}
      </ul>
    </>
  )
}

function Words(props: { title: string; text: string }) {
  return (
    <p>
      {props.title}: <span class="theirs">{neutralise(props.text, MAX_SHOWN_CHARS)}</span>
    </p>
  )
}
