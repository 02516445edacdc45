// What the person has: components, what was granted to them, what is asked.

import type { ComponentView } from '../../account/views.ts'
import { printPolicy } from '../../policy/document-print.ts'
import type { Approval } from '../../store/approvals.ts'
import type { Mute, MutedClient } from '../../store/mutes.ts'
import type { Person } from '../../store/people.ts'
import { Client, Layout, Rule, Theirs, Time } from '../layout.tsx'
import { CATALOGUE_PATH } from './catalogue.tsx'
import { NoHost } from './host-notice.tsx'
import { narrowingPath } from './narrowing.tsx'
import { connectionsPath, SERVICES_PATH } from './connections.tsx'
import { IconImage, iconPath } from './icon.tsx'
import { proposalPath } from './proposal.tsx'
import { describeTerms } from './life-choice.tsx'
import { whatIfPath } from './what-if.tsx'
import { versionPath } from './version.tsx'
import { secretsPath } from './secrets.tsx'
import { variablesPath } from './variables.tsx'

export function Home(props: {
  person: Person
  components: readonly ComponentView[]
  open: readonly Approval[]
  mutes: readonly Mute[]
  mutedClients: readonly MutedClient[]
  mcpUrl: string
  hasHost: boolean
}) {
  const { person, components, open, mutes, mutedClients, mcpUrl, hasHost } = props
  return (
    <Layout title="Your components" person={person.name}>
      {hasHost ? null : <NoHost person={person} />}
      <p>
        Add this URL to your MCP client: <code>{mcpUrl}</code>
      </p>
      {open.length === 0 ? null : (
        <>
          <h2>Asked of you</h2>
          <ul>
            {open.map((approval) => (
              <li>
                <a href={`/approvals/${approval.id}`}>
                  <Theirs text={approval.component} /> asks for {kind(approval)}
                  <Rule text={approval.rule} />
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      {mutes.length + mutedClients.length === 0 ? null : (
        <>
          <h2>Muted</h2>
          <ul>
            {mutes.map((mute) => (
              <li>
                <form method="post" action="/console/unmute">
                  <Theirs text={mute.component} /> from <Theirs text={mute.source} />{' '}
                  <Until at={mute.until} />
                  <input type="hidden" name="source" value={mute.source} />
                  <button>Hear it again</button>
                </form>
              </li>
            ))}
            {mutedClients.map(({ client, client_name, until }) => (
              <li>
                <form method="post" action="/console/unmute">
                  <Client name={client_name} id={client} /> <Until at={until} />
                  <input type="hidden" name="client" value={client} />
                  <button>Hear it again</button>
                </form>
              </li>
            ))}
          </ul>
        </>
      )}
      {components.length === 0 ? (
        <p>
          None yet. An agent loads them with load-component, you from the{' '}
          <a href={CATALOGUE_PATH}>catalogue</a>.
        </p>
      ) : null}
      {components.map((component) => (
        <Component view={component} />
      ))}
      <p>
        <a href="/console/narrowing">What you granted that was not used</a>.{' '}
        <a href={SERVICES_PATH}>Services to connect to</a>.{' '}
        <a href="/api/audit">Everything that was recorded, to take along</a>.{' '}
        <a href="/console/forget">Delete everything of yours</a>.
      </p>
    </Layout>
  )
}

function Until({ at }: { at: number | null }) {
  return at === null ? (
    <>until you end it </>
  ) : (
    <>
      until <Time at={at} />{' '}
    </>
  )
}

function Component(props: { view: ComponentView }) {
  const { install, tools, grants, ceilings, waits, variables, secrets, icon } = props.view
  return (
    <section>
      <h2>
        {icon === null ? null : <IconImage icon={icon} side={24} />}{' '}
        <Theirs text={install.component} />
      </h2>
      {waits ? (
        <p class="warning">
          A new version or description waits for you:{' '}
          <a href={versionPath(install.component)}>see what is new</a>
        </p>
      ) : null}
      <dl>
        <dt>Source</dt>
        <dd>
          <Theirs text={install.source} />
        </dd>
        <dt>Digest</dt>
        <dd>
          <code>{install.digest}</code>
        </dd>
        {install.wit !== null && (
          <>
            <dt>Described by the text</dt>
            <dd>
              <code>{install.wit}</code>
            </dd>
          </>
        )}
        <dt>Loaded</dt>
        <dd>
          <Time at={install.loaded_at} />, {install.bytes} bytes
        </dd>
        <dt>Tools</dt>
        <dd>
          {tools.map((tool) => (
            <>
              <Theirs text={tool.name} />{' '}
            </>
          ))}
        </dd>
        <dt>May use</dt>
        <dd>
          {grants.length === 0 ? 'nothing' : null}
          {grants.map((grant) => (
            <form method="post" action="/console/revoke">
              {grant.effect === 'deny' ? 'not ' : ''}
              {kind(grant)}
              <Rule text={grant.rule} /> since <Time at={grant.granted_at} /> {describeTerms(grant)}{' '}
              {grant.effect === 'deny' || grant.permission === 'limit' ? (
                'by your policy'
              ) : (
                <TakeBack component={install.component} grant={grant} />
              )}
            </form>
          ))}
        </dd>
        {ceilings.length === 0 ? null : (
          <>
            <dt>At the most</dt>
            <dd>
              {ceilings.map(({ scope, document }) => (
                <details>
                  <summary>{CEILINGS[scope]}</summary>
                  {document === null ? (
                    <p>It cannot be read: calls are refused until the host mends it.</p>
                  ) : (
                    <pre>{printPolicy(document)}</pre>
                  )}
                </details>
              ))}
            </dd>
          </>
        )}
        <dt>Variables</dt>
        <dd>
          {variables.map(({ key }) => (
            <>
              <Theirs text={key} />{' '}
            </>
          ))}
          <a href={variablesPath(install.component)}>Set variables</a>
        </dd>
        <dt>Icon</dt>
        <dd>
          <a href={iconPath(install.component)}>Give it an icon</a>
        </dd>
        <dt>Look back</dt>
        <dd>
          <a href={narrowingPath(install.component)}>Make it as small as what was used</a>{' '}
          <a href={whatIfPath(install.component)}>Try a policy over past calls</a>
        </dd>
        <dt>Services</dt>
        <dd>
          <a href={connectionsPath(install.component)}>Connections</a>
        </dd>
        <dt>Secrets</dt>
        <dd>
          {secrets.map(({ name }) => (
            <>
              <Theirs text={name} />{' '}
            </>
          ))}
          <a href={secretsPath(install.component)}>Bind secrets to hosts</a>
        </dd>
        {install.source.startsWith('catalogue:') ? (
          <>
            <dt>Publisher</dt>
            <dd>
              <a href={proposalPath(install.component)}>What it proposes to allow</a>
            </dd>
          </>
        ) : null}
      </dl>
    </section>
  )
}

function TakeBack(props: {
  component: string
  grant: { readonly permission: string; readonly rule: string }
}) {
  return (
    <>
      <input type="hidden" name="component" value={props.component} />
      <input type="hidden" name="permission" value={props.grant.permission} />
      <input type="hidden" name="rule" value={props.grant.rule} />
      <button>Take back</button>
    </>
  )
}

const CEILINGS = {
  everyone: 'What the host of this server allows to everyone',
  component: 'What the host of this server allows to this component',
  person: 'What the host of this server allows to you',
} as const

/** Hosts and paths say what they are; the name of a variable does not. */
function kind({ permission }: { readonly permission: Approval['permission'] }): string {
  if (permission === 'labels') return 'to complete a session: '
  return permission === 'environment' ? 'the variable ' : ''
}
