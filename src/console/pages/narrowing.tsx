// What was granted and not used, to be taken back; and for one component the smallest grants for what it used,
// to be put in the place of those in force.

import type { NarrowingView, Stays } from '../../account/narrowing.ts'
import type { UnusedGrants, UsedGrant } from '../../account/used-grants.ts'
import type { Person } from '../../store/people.ts'
import { Layout, Rule, Theirs, Time } from '../layout.tsx'
import { RuleInWords } from '../words.tsx'
import { describeTerms } from './life-choice.tsx'

export function narrowingPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/narrowing`
}

export function Days({ days }: { days: number }) {
  return (
    <label>
      Over the last{' '}
      <input name="days" value={String(Number(days.toPrecision(4)))} inputmode="decimal" size={6} />{' '}
      days
    </label>
  )
}

function DaysForm({ action, days }: { action: string; days: number }) {
  return (
    <form method="get" action={action}>
      <Days days={days} /> <button>Look</button>
    </form>
  )
}

export function UnusedPage(props: {
  person: Person
  days: number
  since: number
  found: UnusedGrants
  components: readonly string[]
}) {
  const { person, days, since, found, components } = props
  const { unused, others, recordedSince } = found
  return (
    <Layout title="What was not used" person={person.name}>
      <DaysForm action="/console/narrowing" days={days} />
      {recordedSince > since ? (
        <p class="warning">
          Uses are recorded and kept since <Time at={recordedSince} />: of the time before it is not
          known what was used, so nothing is called unused over so many days.
        </p>
      ) : null}
      {unused.length === 0 ? (
        <p>Nothing that you granted before that was left unused.</p>
      ) : (
        <>
          <p>
            No call has relied on these since <Time at={since} />. What you granted later is not
            among them.
          </p>
          <ul>
            {unused.map((one) => (
              <li>
                <Used one={one} />
                <TakeBack ids={[one.grant.id]} since={since} text="Take back" />
              </li>
            ))}
          </ul>
          {unused.length > 1 ? (
            <TakeBack
              ids={unused.map(({ grant }) => grant.id)}
              since={since}
              text={`Take back all ${unused.length}`}
            />
          ) : null}
        </>
      )}
      {others.length === 0 ? null : (
        <>
          <h2>Used, or granted since</h2>
          <ul>
            {others.map((one) => (
              <li>
                <Used one={one} />
              </li>
            ))}
          </ul>
        </>
      )}
      {components.length === 0 ? null : (
        <>
          <h2>Make it as small as what was used</h2>
          <ul>
            {components.map((component) => (
              <li>
                <a href={narrowingPath(component)}>
                  <Theirs text={component} />
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
    </Layout>
  )
}

function Used({ one }: { one: UsedGrant }) {
  const { component, grant, lastUsedAt, calls } = one
  return (
    <>
      <Theirs text={component} />: <RuleInWords kind={grant.permission} rule={grant.rule} />{' '}
      <Rule text={grant.rule} /> since <Time at={grant.granted_at} /> {describeTerms(grant)},{' '}
      {lastUsedAt === null ? (
        'never used'
      ) : (
        <>
          last used <Time at={lastUsedAt} />, by {calls} calls
        </>
      )}
    </>
  )
}

function TakeBack(props: { ids: readonly string[]; since: number; text: string }) {
  return (
    <form method="post" action="/console/narrowing">
      <input type="hidden" name="since" value={String(props.since)} />
      <input type="hidden" name="grants" value={props.ids.join(' ')} />
      <button>{props.text}</button>
    </form>
  )
}

export function NarrowingPage(props: { person: Person; days: number; view: NarrowingView }) {
  const { person, days, view } = props
  const { component, since, calls, changes, fitting, staying } = view
  return (
    <Layout title="As small as what was used" person={person.name}>
      <p>
        Of <Theirs text={component} />, by {calls} calls since <Time at={since} />.
      </p>
      <DaysForm action={narrowingPath(component)} days={days} />
      {changes.length === 0 ? <p>Nothing can be made smaller.</p> : null}
      {changes.map(({ grant, becomes }) => (
        <section>
          <h2>
            <del>
              <Rule text={grant.rule} />
            </del>
          </h2>
          <p>
            <RuleInWords kind={grant.permission} rule={grant.rule} /> {describeTerms(grant)}
          </p>
          {becomes.length === 0 ? (
            <p>was not used, and is taken back.</p>
          ) : (
            <ul>
              {becomes.map((rule) => (
                <li>
                  <ins>
                    <Rule text={rule} />
                  </ins>{' '}
                  <RuleInWords kind={grant.permission} rule={rule} />
                </li>
              ))}
            </ul>
          )}
        </section>
      ))}
      {changes.length === 0 ? null : <Apply view={view} />}
      {fitting.length === 0 ? null : (
        <>
          <h2>Used as it is</h2>
          <ul>
            {fitting.map(({ rule }) => (
              <li>
                <Rule text={rule} />
              </li>
            ))}
          </ul>
        </>
      )}
      {staying.length === 0 ? null : (
        <>
          <h2>Left as it is</h2>
          <ul>
            {staying.map(({ grant, why }) => (
              <li>
                <Rule text={grant.rule} /> {STAYS[why]}
              </li>
            ))}
          </ul>
        </>
      )}
    </Layout>
  )
}

function Apply({ view }: { view: NarrowingView }) {
  const { component, since, seal, unknownCalls, more } = view
  return (
    <form method="post" action={narrowingPath(component)}>
      <input type="hidden" name="since" value={String(since)} />
      <input type="hidden" name="seal" value={seal} />
      {unknownCalls > 0 || more ? (
        <p class="warning">
          Of {unknownCalls} of these calls it is not known what they used
          {more ? ', and there may be more, which were not looked at or are not kept' : null}. What
          they need may be taken back.{' '}
          <label>
            <input type="checkbox" name="accept_unknown" value="yes" /> Do it all the same
          </label>
        </p>
      ) : null}
      <p>
        What is new lasts no longer than what it takes the place of. What you deny stays denied.
      </p>
      <button name="action" value="narrow">
        Make it this small
      </button>
    </form>
  )
}

const STAYS: Readonly<Record<Stays, string>> = {
  young: 'was granted since: there is too little to go by.',
  passing: 'is limited, or for a session: it ends by itself.',
  labelled: 'has labels that you set for it: what takes its place would not have them.',
  'not-known': 'was used by calls that used more than is recorded.',
  said: 'is used for less, but another grant of yours says that already and would end.',
}
