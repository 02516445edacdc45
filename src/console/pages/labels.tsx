// What sessions have done, as labels: which, by which calls, what happens when one completes the three, and
// what uses of each component bring.

import type { ComponentView } from '../../account/views.ts'
import type { LabelsView } from '../../account/labelling.ts'
import type { LabelEntry } from '../../account/session-labels.ts'
import { KEPT } from '../../account/session-labels.ts'
import type { Label, LabelSet, Mode } from '../../policy/labels.ts'
import { LABELS, labelsOf } from '../../policy/labels.ts'
import type { Person } from '../../store/people.ts'
import { Seen } from '../component-facts.tsx'
import { BY_HOST } from '../label-forms.ts'
import { Client, Layout, Rule, Theirs, Time } from '../layout.tsx'

export const LABELS_PATH = '/console/labels'

/** A client that has called lately. */
export interface KnownClient {
  readonly client: string
  readonly clientName: string
}

export function LabelsPage(props: {
  person: Person
  view: LabelsView
  components: readonly ComponentView[]
  /** Of recent calls; those of sessions and switches come by themselves. */
  clients: readonly KnownClient[]
}) {
  const { person, view, components } = props
  const { sessions, host } = view
  return (
    <Layout title="What your sessions have done" person={person.name}>
      <p>
        Somebody whose words an agent reads can tell it what to do. Once a session has read what is
        yours, taken in what strangers may have written, and sent something out, yours can be
        stolen. {HOST_MODES[host.mode]}
      </p>
      {sessions.length === 0 ? <p>No session has done any of it.</p> : null}
      {sessions.map(({ owner, client, clientName, entries }) => (
        <section>
          <h2>
            <Client name={clientName} id={client} />,{' '}
            {owner.startsWith('session ') ? 'one session' : 'all of it'}
          </h2>
          {entries.length === LABELS.length ? (
            <p class="warning">This session has done all three.</p>
          ) : null}
          <Done entries={entries} />
          <form method="post" action={`${LABELS_PATH}/reset`}>
            <input type="hidden" name="owner" value={owner} />
            <button name="action" value="reset">
              Begin anew
            </button>{' '}
            <span class="small">
              If the agent has forgotten what it read: a new conversation, for example.
            </span>
          </form>
        </section>
      ))}
      <Clients view={view} recent={props.clients} />
      {components.map((component) => (
        <Uses view={component} />
      ))}
    </Layout>
  )
}

/** Which labels, and which call brought each. */
export function Done(props: { entries: readonly LabelEntry[] }) {
  return (
    <ul>
      {props.entries.map(({ label, tool, component, at }) => (
        <li>
          <strong>{label}</strong>: it {DEEDS[label]}, first on <Time at={at} /> by{' '}
          <Theirs text={tool} />
          {component === null ? ' of this server' : [' of ', <Theirs text={component} />]}
        </li>
      ))}
    </ul>
  )
}

function Clients(props: { view: LabelsView; recent: readonly KnownClient[] }) {
  const { sessions, modes, host } = props.view
  const mine = new Map(modes.map(({ client, mode }) => [client, mode]))
  const named = [
    ...props.recent,
    ...sessions,
    ...modes.map(({ client, client_name: clientName }) => ({ client, clientName })),
  ]
  const clients = [...new Map(named.map(({ client, clientName }) => [client, clientName]))]
  if (clients.length === 0) return null
  const offered: readonly Mode[] = host.mayBeOff ? ['ask', 'refuse', 'off'] : ['ask', 'refuse']
  return (
    <section>
      <h2>What happens to the call that completes the three</h2>
      {clients.map(([client, clientName]) => (
        <form method="post" action={`${LABELS_PATH}/switch`}>
          <input type="hidden" name="client" value={client} />
          <input type="hidden" name="client_name" value={clientName} />
          <label>
            From <Client name={clientName} id={client} />{' '}
            <select name="mode">
              <option value={BY_HOST} selected={!mine.has(client)}>
                what the host of this server says
              </option>
              {offered.map((mode) => (
                <option value={mode} selected={mine.get(client) === mode}>
                  {MODES[mode]}
                </option>
              ))}
            </select>
          </label>{' '}
          <button name="action" value="switch">
            Set
          </button>
        </form>
      ))}
      <p class="small">The host's word holds where it is stricter.</p>
    </section>
  )
}

/** Each use of a component that brings something, with what it brings. */
function Uses(props: { view: ComponentView }) {
  const { install, grants, labels } = props.view
  const uses = grants.flatMap((grant) => {
    const { id, permission, rule, effect } = grant
    if (effect === 'deny' || permission === 'limit' || permission === 'labels') return []
    const isWriting = permission === 'storage' && !rule.startsWith('read')
    return isWriting ? [] : [{ place: id, rule, byDefault: labelsOf(USE_OF[permission], []) }]
  })
  const keeps = install.imports.some((name) => name.startsWith('wasi:keyvalue/'))
  if (uses.length === 0 && !keeps && labels.declared.length === 0) return null
  return (
    <section>
      <h2>
        What <Theirs text={install.component} /> from <Theirs text={install.source} /> brings
      </h2>
      {labels.declared.length === 0 ? null : (
        <p>Every call, as the component or the host says: {labels.declared.join(', ')}.</p>
      )}
      {uses.map(({ place, rule, byDefault }) => (
        <Use view={props.view} place={place} chosen={labels.chosen[place]} byDefault={byDefault}>
          <Rule text={rule} />
        </Use>
      ))}
      {keeps ? (
        <Use
          view={props.view}
          place={KEPT}
          chosen={labels.chosen[KEPT]}
          byDefault={labelsOf('keyvalue-read', [])}
        >
          what it keeps for you
        </Use>
      ) : null}
    </section>
  )
}

function Use(props: {
  view: ComponentView
  place: string
  chosen: LabelSet | undefined
  byDefault: LabelSet
  children?: unknown
}) {
  const { view, place, chosen, byDefault } = props
  const now = chosen ?? byDefault
  return (
    <form method="post" action={`${LABELS_PATH}/choose`}>
      <Seen of={view} />
      <input type="hidden" name="component" value={view.install.component} />
      <input type="hidden" name="place" value={place} />
      {props.children as never}:{' '}
      {LABELS.map((label) => (
        <label>
          <input type="checkbox" name={label} checked={now.includes(label)} /> {label}{' '}
        </label>
      ))}
      <button name="action" value="set">
        Set
      </button>
      {chosen === undefined ? (
        <span class="small">as by default</span>
      ) : (
        <button name="action" value="default">
          As by default
        </button>
      )}
    </form>
  )
}

const DEEDS: Readonly<Record<Label, string>> = {
  private: 'has read what is yours',
  untrusted: 'has taken in what strangers may have written',
  outward: 'has sent something out',
}

const USE_OF = {
  network: 'request',
  storage: 'storage-read',
  environment: 'variable',
} as const

const HOST_MODES: Readonly<Record<Mode, string>> = {
  ask: 'The call that would complete the three is stopped, and you are asked.',
  refuse: 'The host of this server has the call refused that would complete the three.',
  off: 'The host of this server has that not stopped; here is what was done.',
}

const MODES: Readonly<Record<Mode, string>> = {
  ask: 'I am asked',
  refuse: 'it is refused',
  off: 'nothing: it goes on',
}
