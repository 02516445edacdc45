// What is new about a version of a component that waits, for the person who decides what it keeps.

import type { VersionView } from '../../account/versions.ts'
import type { ChangedTool, ToolFace, VersionChange } from '../../component/version.ts'
import type { Person } from '../../store/people.ts'
import { DiffBudget, linesOf, wordsOf } from '../diff.ts'
import { DiffText } from '../diff-text.tsx'
import { ComponentFacts } from '../component-facts.tsx'
import { Layout, Rule, Theirs } from '../layout.tsx'

/** Comparisons of words and lines for one page: a few milliseconds. */
const MAX_COMPARISONS = 2_000_000

export function versionPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/version`
}

export function VersionPage(props: { person: Person; view: VersionView }) {
  const { install, before, seen, change, grants, secrets, connections } = props.view
  const isSame = before === install.digest
  const ofThis = grants.filter(({ digest }) => digest === install.digest)
  const title = isSame ? 'A component says something else' : 'A new version of a component'
  return (
    <Layout title={title} person={props.person.name}>
      <ComponentFacts of={install}>
        {isSame ? (
          <>
            <dt>Before and now</dt>
            <dd>
              <code>{before}</code>
            </dd>
          </>
        ) : (
          <>
            <dt>Before</dt>
            <dd>
              <code>{before}</code>
            </dd>
            <dt>Now</dt>
            <dd>
              <code>{install.digest}</code>
            </dd>
          </>
        )}
        <dt>What you said of {isSame ? 'it' : 'the version before'}</dt>
        <dd>
          <Said grants={grants.filter(({ digest }) => isSame || digest !== install.digest)} />
        </dd>
        {isSame || ofThis.length === 0 ? null : (
          <>
            <dt>What you said of the new one already</dt>
            <dd>
              <Said grants={ofThis} />
              <div>
                To keep what you said lets it have this as well; to start from nothing ends it.
              </div>
            </dd>
          </>
        )}
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
      </ComponentFacts>
      {isSame ? (
        <p>
          The file is the same. What agents are told of its tools has changed since you decided.
        </p>
      ) : null}
      <p>Until you decide, its calls are refused.</p>
      {change === null ? (
        <p>It looks like the version before, and may do other things all the same.</p>
      ) : (
        <Change change={change} />
      )}
      <form method="post" action={versionPath(install.component)}>
        <input type="hidden" name="digest" value={seen} />
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

function Said({ grants }: { grants: VersionView['grants'] }) {
  return (
    <>
      {grants.map(({ effect, rule }) => (
        <>
          {effect === 'deny' ? 'not ' : ''}
          <Rule text={rule} />{' '}
        </>
      ))}
    </>
  )
}

function Change({ change: { imports, tools } }: { change: VersionChange }) {
  const budget = new DiffBudget(MAX_COMPARISONS)
  return (
    <>
      <List title="It can use more" names={imports.added} />
      <List title="It no longer uses" names={imports.removed} />
      <List title="Tools that are gone" names={tools.removed.map(({ name }) => name)} />
      <p class="small">
        Below, what was said before stands behind - and is struck out, what is said now stands
        behind + and is underlined. Characters that cannot be seen stand as their escapes.
      </p>
      <List title="New tools" names={tools.added.map(({ name }) => name)} />
      {tools.added.map((tool) => (
        <section>
          <h3>
            New: <Rule text={tool.name} />
          </h3>
          <Differences tool={asChanged(tool)} budget={budget} />
        </section>
      ))}
      {tools.changed.map((tool) => (
        <section>
          <h2>
            Changed: <Rule text={tool.name} />
          </h2>
          {tool.provider === null ? null : <p>{tool.provider ? TO_PROVIDER : TO_TOOL}</p>}
          <Differences tool={tool} budget={budget} />
        </section>
      ))}
    </>
  )
}

const TO_PROVIDER = 'It was a tool, and now answers for resources or prompts.'
const TO_TOOL = 'It answered for resources or prompts, and now is a tool.'

/** Of a tool that was not there before, everything is new. */
function asChanged({ name, description, schema }: ToolFace): ChangedTool {
  const from = (after: string) => ({ before: '', after })
  return { name, description: from(description), schema: from(schema), provider: null }
}

function Differences(props: { tool: ChangedTool; budget: DiffBudget }) {
  const { description, schema } = props.tool
  const { budget } = props
  return (
    <>
      {description === null ? null : (
        <>
          <p>What it says:</p>
          <DiffText
            before={wordsOf(description.before)}
            after={wordsOf(description.after)}
            budget={budget}
          />
        </>
      )}
      {schema === null ? null : (
        <>
          <p>What it takes and answers:</p>
          <DiffText
            before={linesOf(indented(schema.before))}
            after={linesOf(indented(schema.after))}
            budget={budget}
          />
        </>
      )}
    </>
  )
}

/** A line for each value. */
function indented(schema: string): string {
  return schema === '' ? '' : JSON.stringify(JSON.parse(schema), null, 2)
}

function List(props: { title: string; names: readonly string[] }) {
  if (props.names.length === 0) return null
  return (
    <>
      <h2>{props.title}</h2>
      <ul>
        {props.names.map((name) => (
          <li>
            <Rule text={name} />
          </li>
        ))}
      </ul>
    </>
  )
}
