// Questions of calls, of every kind, and what an authority says of them, as a call would put them down.

import fc from 'fast-check'
import type { Asked } from '../../../src/policy/asked.ts'
import { askedOf } from '../../../src/policy/asked.ts'
import type { GrantedRule } from '../../../src/policy/authority.ts'
import { bindArguments } from '../../../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../../../src/policy/ceiling.ts'
import { namingsOf, placesIn } from '../../../src/policy/named-by.ts'
import { judgeAsked } from '../../../src/policy/asked.ts'
import type { HeldGrant } from '../../../src/policy/narrow.ts'
import type { Decision } from '../../../src/policy/usage.ts'
import type { Circumstances, Proposed } from '../../../src/policy/what-if.ts'
import { drivePaths, networkTexts, storageTexts, targets } from '../../support/policies.ts'

export const UNDER: Circumstances = {
  ceilings: [DEFAULT_CEILING],
  imports: [
    'wasi:http/outgoing-handler@0.2.0',
    'wasi:sockets/tcp@0.2.0',
    'wasi:filesystem/types@0.2.0',
    'wasi:cli/environment@0.2.0',
  ],
  ownHosts: ['edge.example'],
}

const keys = fc.constantFrom('A', 'GITHUB_TOKEN', 'db.host')

/** The root is moved by nobody, and what its arguments name is not kept. */
const movable = drivePaths.filter((path) => path !== '/')

export const questions: fc.Arbitrary<Asked> = fc.oneof(
  targets.map((target) => askedOf({ ...target, method: target.method ?? '' })),
  targets.map(({ host }): Asked => ({ kind: 'lookup', host })),
  fc
    .tuple(drivePaths, fc.constantFrom('read', 'write', 'any' as const), fc.boolean())
    .map(([path, access, passes]): Asked => ({
      kind: 'access',
      path,
      access: access as 'read',
      passes,
    })),
  fc
    .tuple(movable, movable, fc.boolean())
    .map(([from, to, directory]): Asked => ({ kind: 'move', from, to, directory })),
  keys.map((key): Asked => ({ kind: 'variable', key })),
)

/** Arguments that name places, or nothing. */
export const callArguments = fc.record(
  {
    url: fc.constantFrom('https://a.test/v1', 'http://b.test:8443/', 'b.a.test', 'no place', 7),
    to: fc.record({ host: fc.constantFrom('a.test', 'tcp://b.test:5432') }),
    path: fc.constantFrom('/a', 'a/b', 'fs://c/xy.md', '.', '../x', ['/b', 'a']),
    from: fc.record({ path: fc.constantFrom('/a/b/c', '/d.md') }),
  },
  { requiredKeys: [] },
)

const rules: fc.Arbitrary<Pick<GrantedRule, 'permission' | 'rule'>> = fc.oneof(
  networkTexts.map((rule) => ({ permission: 'network' as const, rule })),
  storageTexts.map((rule) => ({ permission: 'storage' as const, rule })),
  keys.map((rule) => ({ permission: 'environment' as const, rule })),
)

export const grantLists = fc
  .array(
    fc.tuple(
      rules,
      fc.constantFrom('allow', 'allow', 'allow', 'deny' as const),
      fc.constantFrom(Infinity, 2_000, 1_000),
      fc.boolean(),
    ),
    { maxLength: 6 },
  )
  .map((all) =>
    all
      .map(([rule, effect, until, stays], n): HeldGrant => ({
        ...rule,
        id: `g${n}`,
        effect: effect as 'allow',
        limited: false,
        until: effect === 'deny' ? Infinity : until,
        stays: effect === 'deny' || stays,
      }))
      .toSorted((a, b) => b.until - a.until || Number(b.stays) - Number(a.stays)),
  )

/** What is put down of a question: the answer of the authority, bound to the arguments as for a live call. */
export function decided(asked: Asked, args: unknown, by: Proposed): Decision {
  const bound = { ...by, authority: bindArguments(by.authority, args) }
  const verdict = judgeAsked(bound, asked)
  const namings = namingsOf(placesIn(args), asked)
  if (verdict === null) throw new Error('the question lacks something')
  return {
    asked,
    verdict: verdict.ok ? 'allowed' : verdict.error.reason,
    times: 1,
    grants: verdict.ok ? verdict.value.grants.map(({ id }) => id) : [],
    namings: namings && [...namings],
  }
}
