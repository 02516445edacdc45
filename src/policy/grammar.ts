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
export const MAX_RULES = 1_000
const MAX_DESCRIPTION_CHARS = 2_000

const ALLOW = 'What the component may do. What nobody allows is refused.'
const DENY = 'What it may not do, whatever allows it. What a denial does not say it means for all.'

/** `example` of a rule, as it is allowed and as it is denied. */
const rules = <T>(
  item: (effect: Effect) => Shape<T>,
  example: Readonly<Record<Effect, readonly unknown[]>>,
) => {
  const of = (effect: Effect) => listOf(item(effect), { isNullable: true, max: MAX_RULES })
  return mapping(
    {
      allow: described(of('allow'), ALLOW, { examples: [example.allow] }),
      deny: described(of('deny'), DENY, { examples: [example.deny] }),
    },
    { isNullable: true },
  )
}

const ELSEWHERE = 'This describes another sandbox and means nothing here. Remove it.'

const permissions = mapping(
  {
    network: described(
      rules(plainNetwork, {
        allow: [{ host: 'api.example.com' }, { cidr: '1.1.1.0/24' }],
        deny: [{ host: '*.internal.example.com' }],
      }),
      'Hosts that requests may be sent to.',
    ),
    storage: described(
      rules(plainStorage, {
        allow: [{ uri: 'fs://notes', access: ['read', 'write'] }],
        deny: [{ uri: 'fs://notes/private', access: ['read', 'write'] }],
      }),
      'Paths of the drive.',
    ),
    environment: described(
      mapping(
        {
          allow: described(
            listOf(plainKey, { isNullable: true, max: MAX_RULES }),
            'Variables by their exact names, one by one.',
            { examples: [[{ key: 'API_TOKEN' }]] },
          ),
        },
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
          limits: described(
            mapping(
              {
                cpu: described(cores, 'Cores: with the wall clock of a call they come to fuel.', {
                  examples: ['500m', '1.5', 0.25],
                }),
                memory: described(memory, 'Of all linear memories together; a number is MiB.', {
                  examples: ['64Mi', 32],
                }),
              },
              { isNullable: true },
            ),
            'Bounds of a call in units that are written out.',
            { examples: [{ cpu: '500m', memory: '32Mi' }] },
          ),
          cpu: described(percent, 'Percent of one core. With limits.cpu, the lower counts.', {
            examples: [50],
          }),
          memory: described(count(MEMORY, MAX_MIB), 'MiB. With limits.memory, the lower counts.', {
            examples: [64],
          }),
          io: described(
            count('Write operations a second: a number from 1 on.', 1e9),
            'Requests and operations on the drive together, a second.',
            { examples: [50] },
          ),
        },
        { isNullable: true },
      ),
      'What a call may use.',
    ),
    runtime: described(
      mapping({}, { isNullable: true, foreign: { docker: ELSEWHERE, hyperlight: ELSEWHERE } }),
      'Empty: other sandboxes mean nothing here.',
      { examples: [{}] },
    ),
    ipc: described(
      mapping(
        {
          allow: described(
            listOf(mapping({}), { isNullable: true, max: 0 }),
            'Empty: components share nothing with others.',
            { examples: [[]] },
          ),
          deny: described(
            listOf(
              mapping(
                {
                  uri: described(bareText('Write a uri.'), 'What is denied.', {
                    examples: ['socket://any'],
                  }),
                },
                { required: ['uri'] },
              ),
              { isNullable: true, max: MAX_RULES },
            ),
            'It holds, as nothing is there.',
            { examples: [[{ uri: 'socket://any' }]] },
          ),
        },
        { isNullable: true },
      ),
      'Ways to other processes: there are none.',
      { examples: [{ deny: [{ uri: 'socket://any' }] }] },
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
    $schema: described(
      text('Write the URL of the schema as a text, or remove it.', { maxLength: 2_000 }),
      'Where editors find this schema. A server publishes it at /policy.schema.json.',
      { examples: ['https://edge.example/policy.schema.json'] },
    ),
    version: described(version, 'Of the format.', { examples: ['1.0'] }),
    description: described(description, 'What it is for, in words for people.', {
      examples: ['Reads one API and keeps notes.'],
    }),
    permissions: described(permissions, 'What Wassette knows as well.', {
      examples: [{ network: { allow: [{ host: 'api.example.com' }] } }],
    }),
    'x-wassette-edge': described(
      mapping(
        {
          limits: described(
            limits,
            'Bounds of one call, by name. They lower; a ceiling may raise.',
            {
              examples: [{ 'wall-clock': '10s', requests: 8 }],
            },
          ),
          labels,
          network: described(
            rules(ourNetwork, {
              allow: ['GET,HEAD https://api.example.com/v1/', { host: { arg: 'url' } }],
              deny: ['tcp://*:25'],
            }),
            'Hosts, with methods, ports, schemes and paths; connections; hosts that arguments name.',
          ),
          storage: described(
            rules(ourStorage, {
              allow: ['read fs://notes/**', { path: { arg: 'path' }, access: ['read'] }],
              deny: ['read,write fs://notes/private'],
            }),
            'Paths of the drive, and paths that arguments name.',
          ),
          environment: described(
            rules(() => ourKey, { allow: ['API_TOKEN'], deny: ['ADMIN_TOKEN'] }),
            'Variables by their exact names. "*" is for ceilings and denials.',
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
