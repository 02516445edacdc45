// Which of the offered rules a person gives, as fields of the form that gives it.

import type { RuleKind } from '../../policy/words.ts'
import { offeredRules } from '../../policy/offers.ts'
import { ruleInWords } from '../../policy/words.ts'
import { RuleInWords } from '../words.tsx'

/** A rule as a form sends it: plain ASCII, whatever a stranger put into it. */
export function spellRule(rule: string): string {
  return encodeURIComponent(rule)
}

/** `null`: the form names none. What is no spelling is no rule that is offered. */
export function chosenRule(form: ReadonlyMap<string, string>): string | null {
  const spelled = form.get('rule')
  if (spelled === undefined) return null
  try {
    return decodeURIComponent(spelled)
  } catch {
    return ''
  }
}

export function RuleChoice(props: { kind: RuleKind; asked: string }) {
  const { kind, asked } = props
  const offered = offeredRules(kind, asked)
  if (offered.length === 1) return <input type="hidden" name="rule" value={spellRule(asked)} />
  return (
    <fieldset>
      <legend>What you allow</legend>
      {offered.map((rule) => (
        <p>
          <label>
            <input type="radio" name="rule" value={spellRule(rule)} checked={rule === asked} />{' '}
            <RuleInWords kind={kind} rule={rule} />
            {rule === asked ? ' (asked for)' : null}
            {ruleInWords(kind, rule).isBroad ? ' (broad)' : null}
          </label>
        </p>
      ))}
    </fieldset>
  )
}
