// The grammar of a policy: Wassette's `policy.yaml` v1, and ours under `x-wassette-edge`. Every key that is
// here is enforced; every other is refused. The parser and the JSON Schema are both this table.

import { memory, cores, percent, limits, MEMORY, MAX_MIB } from './grammar-amounts.ts'
import { labels } from './grammar-labels.ts'
import { plainNetwork, ourNetwork } from './grammar-network.ts'
import type { Effect } from './grammar-scalars.ts'
import { wrong, notOf, text, bareText, count } from './grammar-scalars.ts'
import { plainStorage, ourStorage, plainKey, ourKey } from './grammar-storage.ts'
import { ok } from './result.ts'
import type { Shape } from './shape.ts'
import { described, listOf, mapping, scalar } from './shape.ts'

/** Rules of one list: more than a person can have read. */
const MAX_RULES = 1_000
const MAX_DESCRIPTION_CHARS = 2_000

const rules = <T>(item: (effect: Effect) => Shape<T>) =>
  mapping(
    {
      allow: listOf(item('allow'), { isNullable: true, max: MAX_RULES }),
      deny: listOf(item('deny'), { isNullable: true, max: MAX_RULES }),
    },
    { isNullable: true },
  )

const ELSEWHERE = 'This describes another sandbox and means nothing here. Remove it.'

const permissions = mapping(
  {
    network: described(rules(plainNetwork), 'Hosts that requests may be sent to.'),
    storage: described(rules(plainStorage), 'Paths of the drive.'),
    environment: described(
      mapping(
        { allow: listOf(plainKey, { isNullable: true, max: MAX_RULES }) },
        {
          isNullable: true,
          foreign: { deny: 'Wassette has no denial of variables. Write it under x-wassette-edge.' },
        },
      ),
      'Variables that the component is handed.',
    ),
    resources: described(
      mapping(
        {
          limits: mapping({ cpu: cores, memory }, { isNullable: true }),
          cpu: percent,
          memory: count(MEMORY, MAX_MIB),
          io: count('Write operations a second: a number from 1 on.', 1e9),
        },
        { isNullable: true },
      ),
      'What a call may use.',
    ),
    runtime: mapping(
      {},
      { isNullable: true, foreign: { docker: ELSEWHERE, hyperlight: ELSEWHERE } },
    ),
    ipc: mapping(
      {
        allow: listOf(mapping({}), { isNullable: true, max: 0 }),
        deny: listOf(mapping({ uri: bareText('Write a uri.') }, { required: ['uri'] }), {
          isNullable: true,
          max: MAX_RULES,
        }),
      },
      { isNullable: true },
    ),
  },
  { isNullable: true },
)

const VERSION = 'Write version: "1.0". Versions other than 1 are not known.'

const version: Shape<string> = scalar(
  ({ value, text }) => {
    if (typeof value !== 'string' && typeof value !== 'number') return notOf(VERSION)
    return /^1\.[0-9A-Za-z.+-]{1,30}$/.test(text) ? ok(text) : wrong(VERSION)
  },
  { type: ['string', 'number'], pattern: '^1\\.', minimum: 1, exclusiveMaximum: 2 },
  VERSION,
)

const DESCRIPTION = `Write a description of ${MAX_DESCRIPTION_CHARS} characters at the most.`

const description: Shape<string | null> = scalar(
  ({ value }) => {
    if (value === null) return ok(null)
    if (typeof value !== 'string') return notOf(DESCRIPTION)
    const isFine = value.length <= MAX_DESCRIPTION_CHARS && value.isWellFormed()
    return isFine && !/[^\P{Cc}\n\t]/u.test(value) ? ok(value) : wrong(DESCRIPTION)
  },
  { type: ['string', 'null'], maxLength: MAX_DESCRIPTION_CHARS },
  DESCRIPTION,
)

export const POLICY_GRAMMAR = mapping(
  {
    $schema: text('Write the URL of the schema as a text, or remove it.', { maxLength: 2_000 }),
    version,
    description,
    permissions,
    'x-wassette-edge': described(
      mapping(
        {
          limits,
          labels,
          network: rules(ourNetwork),
          storage: rules(ourStorage),
          environment: mapping(
            {
              allow: listOf(ourKey, { isNullable: true, max: MAX_RULES }),
              deny: listOf(ourKey, { isNullable: true, max: MAX_RULES }),
            },
            { isNullable: true },
          ),
        },
        { isNullable: true },
      ),
      'What Wassette does not know. It passes it over.',
    ),
  },
  {
    required: ['version', 'permissions'],
    foreign: {
      limits: 'Bounds of a call stand under x-wassette-edge.limits.',
      network: 'Move this under permissions.',
      storage: 'Move this under permissions.',
      environment: 'Move this under permissions.',
      resources: 'Move this under permissions.',
    },
  },
)
