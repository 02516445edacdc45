// Which of the offered rules a person gives, as fields of the form that gives it.

import type { RuleKind } from '../../policy/words.ts'
import { offeredRules } from '../../policy/offers.ts'
import { ruleInWords } from '../../policy/words.ts'
import { RuleInWords } from '../words.tsx'

export function RuleChoice(props: { kind: RuleKind; asked: string }) {
  const { kind, asked } = props
  const offered = offeredRules(kind, asked)
  if (offered.length === 1) return <input type="hidden" name="rule" value={asked} />
  return (
    <fieldset>
      <legend>What you allow</legend>
      {offered.map((rule) => (
        <p>
          <label>
            <input type="radio" name="rule" value={rule} checked={rule === asked} />{' '}
            <RuleInWords kind={kind} rule={rule} />
            {rule === asked ? ' (asked for)' : null}
            {ruleInWords(kind, rule).isBroad ? ' (broad)' : null}
          </label>
        </p>
      ))}
    </fieldset>
  )
}
