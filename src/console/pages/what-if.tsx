// A policy that a person thinks of, over the calls that were made: what would have gone otherwise. Nothing of it
// holds until they say so.

import type { CallFinding, Hindsight } from '../../account/hindsight.ts'
import { MAX_FINDINGS } from '../../account/hindsight.ts'
import type { ComponentView } from '../../account/views.ts'
import { toBase64 } from '../../component/base64.ts'
import type { PolicyFault } from '../../policy/fault.ts'
import type { Person } from '../../store/people.ts'
import { Seen, VersionFacts } from '../component-facts.tsx'
import { Layout, Rule, Theirs, Time } from '../layout.tsx'
import { Days } from './narrowing.tsx'
import { SAID, Subject, WOULD } from './subject.tsx'

export function whatIfPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/what-if`
}

export function WhatIfPage(props: {
  person: Person
  view: ComponentView
  days: number
  policy: string
  /** `null`: nothing was tried yet. */
  tried: Hindsight | null
  faults: readonly PolicyFault[]
}) {
  const { person, view, days, policy, tried, faults } = props
  const { component } = view.install
  return (
    <Layout title="A policy over past calls" person={person.name}>
      <VersionFacts of={view.install} />
      <p>
        What calls of <Theirs text={component} /> would have been told under another policy. Trying
        changes nothing. Each question is judged for itself: a call that is refused something may go
        on in another way.
      </p>
      <form method="post" action={whatIfPath(component)}>
        <Seen of={view} />
        <p>
          <label>
            Policy
            <br />
            <textarea name="policy" rows={16} cols={80} spellcheck={false}>
              {policy}
            </textarea>
          </label>
        </p>
        <p>
          <Days days={days} />
        </p>
        <button>Try it</button>
      </form>
      {faults.length === 0 ? null : (
        <section class="warning">
          <p>This is no policy that is enforced here:</p>
          <ul>
            {faults.map(({ line, path, sentence, suggestion }) => (
              <li>
                line {line}
                {path === '' ? null : [', ', <Theirs text={path} />]}: {sentence}
                {suggestion === null ? null : [' Did you mean ', <Theirs text={suggestion} />, '?']}
              </li>
            ))}
          </ul>
        </section>
      )}
      {tried === null ? null : <Tried tried={tried} policy={policy} view={view} />}
    </Layout>
  )
}

function Tried(props: { tried: Hindsight; policy: string; view: ComponentView }) {
  const { tried, policy, view } = props
  const { calls, more, callsTheSame, counts, findings } = tried
  const total = counts['would-be-refused'] + counts['would-be-allowed'] + counts['not-known']
  return (
    <section>
      <h2>What would have gone otherwise</h2>
      <p>
        Of {calls} calls since <Time at={tried.since} />, {callsTheSame} would have gone as they
        did. {counts['would-be-refused']} questions would be refused, {counts['would-be-allowed']}{' '}
        would be allowed, of {counts['not-known']} it is not known.
        {more ? ' There are more calls, which were not looked at.' : null}
        {findings.length < MAX_FINDINGS || total <= findings.length
          ? null
          : ` The latest ${findings.length} are listed.`}
      </p>
      {findings.length === 0 ? null : (
        <table>
          <thead>
            <tr>
              <th>When</th>
              <th>Tool</th>
              <th>What it asked for</th>
              <th>It was</th>
              <th>Now</th>
              <th>By the rule</th>
            </tr>
          </thead>
          <tbody>
            {findings.map((finding) => (
              <Row finding={finding} />
            ))}
          </tbody>
        </table>
      )}
      <form method="post" action={`${whatIfPath(view.install.component)}/apply`}>
        <Seen of={view} />
        <p>
          To let it hold takes the place of everything you said of this component, and holds until
          you take it back.
        </p>
        <input type="hidden" name="policy" value={toBase64(new TextEncoder().encode(policy))} />
        <button name="action" value="apply">
          Let this policy hold
        </button>
      </form>
    </section>
  )
}

function Row({ finding }: { finding: CallFinding }) {
  const { at, tool, call, subject, times, was, would, verdict, rule } = finding
  const told = would === 'not-known' ? WOULD[would] : `${WOULD[would]} (${SAID[verdict]})`
  return (
    <tr>
      <td>
        <Time at={at} />
        <br />
        <span class="small">{call}</span>
      </td>
      <td>
        <Theirs text={tool} />
      </td>
      <td>
        <Subject subject={subject} />
        {times > 1 ? `, ${times} times` : null}
      </td>
      <td>{SAID[was]}</td>
      <td class={would === 'would-be-allowed' ? 'answered' : 'denied'}>{told}</td>
      <td>{rule === null ? 'none' : <Rule text={rule} />}</td>
    </tr>
  )
}
