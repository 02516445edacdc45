// A rule in words on a page: ours as text, a stranger's as a quotation.

import type { RuleKind } from '../policy/words.ts'
import { ruleInWords } from '../policy/words.ts'
import { Rule } from './layout.tsx'

export function RuleInWords(props: { kind: RuleKind; rule: string }) {
  return (
    <>
      {ruleInWords(props.kind, props.rule).words.map((word) =>
        typeof word === 'string' ? word : <Rule text={word.theirs} />,
      )}
    </>
  )
}
