// Labels as a host's policy writes them (`labels.ts`): they add, and they make stricter, and nothing else.

import { notOf, wrong } from './grammar-scalars.ts'
import type { Mode } from './labels.ts'
import { Label, LABELS } from './labels.ts'
import { ok } from './result.ts'
import type { Shape } from './shape.ts'
import { described, listOf, mapping, scalar } from './shape.ts'

const LABEL = `Write one of ${LABELS.join(', ')}.`

const label: Shape<Label> = scalar(
  ({ value }) => {
    if (typeof value !== 'string') return notOf(LABEL)
    const known = Label.safeParse(value)
    return known.success ? ok(known.data) : wrong(LABEL)
  },
  { type: 'string', enum: LABELS },
  LABEL,
)

const STRICT = ['ask', 'refuse'] as const satisfies readonly Mode[]
const MODE = 'Write ask or refuse: a policy makes nothing milder.'

const mode: Shape<Mode> = scalar(
  ({ value }) => {
    if (typeof value !== 'string') return notOf(MODE)
    const known = STRICT.find((one) => one === value)
    return known === undefined ? wrong(MODE) : ok(known)
  },
  { type: 'string', enum: STRICT },
  MODE,
)

export const labels = described(
  mapping(
    {
      add: described(
        listOf(label, { isNullable: true, max: LABELS.length }),
        'What every call of these components brings into its session.',
        { examples: [['private']] },
      ),
      mode: described(
        mode,
        'What happens to a call that completes the three labels, at the least.',
        { examples: ['ask'] },
      ),
    },
    { isNullable: true },
  ),
  'Labels against the lethal trifecta: the host of a server writes them.',
)
