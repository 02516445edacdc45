// What the publisher of a component proposes to allow it, in words. Nothing of it holds until the person
// decides: rule by rule on the page of a question, or all of it here.

import type { ComponentView } from '../../account/views.ts'
import { loosens, replacedBy } from '../../policy/limit-rule.ts'
import type { PersonRule } from '../../policy/person-rules.ts'
import type { Proposal } from '../../policy/proposal.ts'
import { ruleInWords } from '../../policy/words.ts'
import type { Person } from '../../store/people.ts'
import { VersionFacts } from '../component-facts.tsx'
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
  const all = allAtOnce(missing, view)
  const limits = limitsOf(view)
  return (
    <Layout title="What the publisher of a component proposes" person={person.name}>
      <VersionFacts of={install}>
        {proposal === null || proposal.description === null ? null : (
          <>
            <dt>In the publisher’s words</dt>
            <dd>
              <Theirs text={proposal.description} />
            </dd>
          </>
        )}
      </VersionFacts>
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
          limits={limits}
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
      {all.length > 1 && proposal?.deny.length === 0 ? (
        <form method="post" action={proposalPath(install.component)}>
          <h2>All of it</h2>
          <input type="hidden" name="seen" value={seen} />
          <LifeChoice
            preselected={all.some(isBroad) ? 'once' : 'always'}
            session={false}
            call="any"
            now={now}
          />
          {all.some(isLimit) ? (
            <p>A bound holds until you set another, whatever you choose here.</p>
          ) : null}
          {all.length === missing.length ? null : (
            <p>Without what would lift a lower bound of yours: decide on each of those above.</p>
          )}
          <button name="action" value="all">
            Allow all {all.length}
          </button>
        </form>
      ) : null}
    </Layout>
  )
}

function Proposed(props: {
  rule: PersonRule
  action: string
  open: boolean
  /** Limits in force. */
  limits: readonly string[]
}) {
  const { permission, rule } = props.rule
  const replaced = props.open && isLimit(props.rule) ? replacedBy(rule, props.limits) : []
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
      {replaced.length === 0 ? null : (
        <p class={loosens(rule, props.limits) ? 'warning' : undefined}>
          It takes the place of{' '}
          {replaced.map((one) => (
            <>
              <Rule text={one} />{' '}
            </>
          ))}
          {loosens(rule, props.limits) ? 'which you set, and which is lower.' : 'which you set.'}
        </p>
      )}
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

/**
 * What of it one press allows. Not what would lift a lower limit of the person's: that they decide by itself, and no
 * limit comes back when what was allowed beside it ends.
 */
export function allAtOnce(
  rules: readonly PersonRule[],
  view: ComponentView,
): readonly PersonRule[] {
  const limits = limitsOf(view)
  return rules.filter((one) => !(isLimit(one) && loosens(one.rule, limits)))
}

/** Limits in force, as rules. */
export function limitsOf({ grants }: Pick<ComponentView, 'grants'>): readonly string[] {
  return grants.flatMap(({ permission, rule }) => (permission === 'limit' ? [rule] : []))
}

function isLimit({ permission }: PersonRule): boolean {
  return permission === 'limit'
}

function isBroad({ permission, rule }: PersonRule): boolean {
  return ruleInWords(permission, rule).isBroad
}
