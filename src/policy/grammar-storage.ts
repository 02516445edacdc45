// Rules of `storage` and `environment` as a policy writes them: those that Wassette knows, and ours.

import type { KeyRule } from './environment.ts'
import { ANY_KEY, parseKeyRule, parseVariableKey } from './environment.ts'
import type { Effect, Refinement } from './grammar-scalars.ts'
import {
  wrong,
  notOf,
  text,
  bareText,
  argument,
  placeText,
  NO_ARGUMENT,
} from './grammar-scalars.ts'
import { ok } from './result.ts'
import { STORAGE_FAULTS } from './rule-faults.ts'
import type { Shape } from './shape.ts'
import { described, listOf, mapping, refined, scalar, scalarOrMapping } from './shape.ts'
import type { Access, StorageRule } from './storage-rule.ts'
import { parseStorageRule, parseStoredStorageRule } from './storage-rule.ts'

const URI = 'Write a path of the drive, such as "fs://notes".'

const access: Shape<readonly Access[]> = described(
  listOf(
    scalar<Access>(
      ({ value }) =>
        value === 'read' || value === 'write' ? ok(value) : notOf(STORAGE_FAULTS.access),
      { enum: ['read', 'write'] },
      STORAGE_FAULTS.access,
    ),
    { min: 1, max: 4 },
  ),
  'read is to open, list and read; write to create, change, rename and remove.',
  { examples: [['read'], ['read', 'write']] },
)

const A_PATH =
  'A path of the drive: that file, or that directory and all below; or a pattern of paths.'

function storageRule(
  uri: string,
  kinds: readonly Access[],
  effect: Effect,
): Refinement<StorageRule> {
  const rule = parseStorageRule(uri, kinds)
  if (!rule.ok) return wrong(STORAGE_FAULTS[rule.error])
  return effect === 'deny' && rule.value.argument !== null ? wrong(NO_ARGUMENT) : ok(rule.value)
}

export const plainStorage = (effect: Effect): Shape<StorageRule> =>
  refined(
    mapping(
      {
        uri: described(bareText(URI), A_PATH, { examples: ['fs://notes', 'fs://notes/**/*.md'] }),
        access,
      },
      { required: ['uri', 'access'] },
    ),
    ({ uri = '', access: kinds = [] }) =>
      uri.startsWith('{')
        ? wrong('Wassette does not know this rule. Move it to x-wassette-edge.storage.')
        : storageRule(uri, kinds, effect),
  )

export const ourStorage = (effect: Effect): Shape<StorageRule> =>
  scalarOrMapping(
    refined(text('Write a rule as a text, such as "read fs://notes".'), (rule) => {
      const parsed = parseStoredStorageRule(rule)
      if (!parsed.ok) return wrong(STORAGE_FAULTS[parsed.error])
      return storageRule(parsed.value.uri, parsed.value.access, effect)
    }),
    refined(
      mapping(
        {
          uri: described(
            scalarOrMapping(bareText(URI), argument),
            `${A_PATH} Or the argument of a call that names it.`,
            { examples: ['fs://notes', { arg: 'path' }] },
          ),
          path: described(argument, 'The argument of a call that names the path.', {
            examples: [{ arg: 'path' }],
          }),
          access,
        },
        { required: ['access'], oneOf: ['uri', 'path'] },
      ),
      ({ uri, path, access: kinds = [] }) => {
        const named = placeText(uri ?? path) ?? ''
        return storageRule(named, kinds, effect)
      },
    ),
  )

const KEY = 'Write the exact name of a variable: letters, digits, _, - and . after a letter or _.'

export const plainKey: Shape<KeyRule> = refined(
  mapping(
    {
      key: described(bareText(KEY), 'The exact name of a variable.', { examples: ['API_TOKEN'] }),
    },
    { required: ['key'] },
  ),
  ({ key = '' }) => {
    if (key === ANY_KEY.text) {
      return wrong('Variables are named one by one here; "*" is for x-wassette-edge.environment.')
    }
    return parseVariableKey(key) === null ? wrong(KEY) : ok({ text: key })
  },
)

export const ourKey: Shape<KeyRule> = refined(bareText(`${KEY} Or "*".`), (key) => {
  const rule = parseKeyRule(key)
  return rule === null ? wrong(`${KEY} Or "*".`) : ok(rule)
})
