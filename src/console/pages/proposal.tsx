// What the publisher of a component proposes to allow it, in words. Nothing of it holds until the person
// decides: rule by rule on the page of a question, or all of it here.

import type { ComponentView } from '../../account/views.ts'
import type { PersonRule } from '../../policy/person-rules.ts'
import type { Proposal } from '../../policy/proposal.ts'
import { ruleInWords } from '../../policy/words.ts'
import type { Person } from '../../store/people.ts'
import { ComponentFacts } from '../component-facts.tsx'
import { Layout, Rule, Theirs } from '../layout.tsx'
import { RuleInWords } from '../words.tsx'
import { LifeChoice } from './life-choice.tsx'
import { spellRule } from './rule-choice.tsx'

export function proposalPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/proposal`
}

export function ProposalPage(props: {
  person: Person
  view: ComponentView
  /** `null`: the publisher proposes nothing that can be read. */
  proposal: Proposal | null
  /** What all of it is, as it stands here: the answer names it. */
  seen: string
  now: number
}) {
  const { person, view, proposal, seen, now } = props
  const { install } = view
  const missing = proposal === null ? [] : undecided(proposal, view)
  return (
    <Layout title="What the publisher of a component proposes" person={person.name}>
      <ComponentFacts of={install}>
        <dt>Digest</dt>
        <dd>
          <code>{install.digest}</code>
        </dd>
        {proposal === null || proposal.description === null ? null : (
          <>
            <dt>In the publisher’s words</dt>
            <dd>
              <Theirs text={proposal.description} />
            </dd>
          </>
        )}
      </ComponentFacts>
      {proposal === null || proposal.allow.length === 0 ? (
        <p>The publisher proposes to allow nothing for this version.</p>
      ) : (
        <p>
          A publisher knows what a component needs, and may want more for it. Nothing here is
          allowed until you say so.
        </p>
      )}
      {proposal?.allow.map((rule) => (
        <Proposed
          rule={rule}
          action={proposalPath(install.component)}
          open={missing.includes(rule)}
        />
      ))}
      {proposal === null || proposal.deny.length === 0 ? null : (
        <>
          <h2>It would deny</h2>
          <ul>
            {proposal.deny.map(({ permission, rule }) => (
              <li>
                <RuleInWords kind={permission} rule={rule} />
              </li>
            ))}
          </ul>
          <p>To deny these, write them into a policy of your own for this component.</p>
        </>
      )}
      {missing.length > 1 && proposal?.deny.length === 0 ? (
        <form method="post" action={proposalPath(install.component)}>
          <h2>All of it</h2>
          <input type="hidden" name="seen" value={seen} />
          <LifeChoice
            preselected={missing.some(isBroad) ? 'once' : 'always'}
            session={false}
            call="any"
            now={now}
          />
          <button name="action" value="all">
            Allow all {missing.length}
          </button>
        </form>
      ) : null}
    </Layout>
  )
}

function Proposed(props: { rule: PersonRule; action: string; open: boolean }) {
  const { permission, rule } = props.rule
  const { warning } = ruleInWords(permission, rule)
  return (
    <section>
      <h2>
        <Rule text={rule} />
      </h2>
      <p>
        <RuleInWords kind={permission} rule={rule} />
      </p>
      {warning === null ? null : <p class="warning">{warning}</p>}
      {props.open ? (
        <form method="post" action={props.action}>
          <input type="hidden" name="permission" value={permission} />
          <input type="hidden" name="rule" value={spellRule(rule)} />
          <button name="action" value="ask">
            Decide
          </button>
        </form>
      ) : (
        <p>You allowed this.</p>
      )}
    </section>
  )
}

/** What of it the person has not allowed. */
export function undecided(proposal: Proposal, { grants }: ComponentView): readonly PersonRule[] {
  return proposal.allow.filter(
    ({ permission, rule }) =>
      !grants.some(
        (grant) =>
          grant.effect === 'allow' && grant.permission === permission && grant.rule === rule,
      ),
  )
}

function isBroad({ permission, rule }: PersonRule): boolean {
  return ruleInWords(permission, rule).isBroad
}
