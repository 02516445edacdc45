// Who takes part in a decision can only take away: the ceilings of a host, the grants of a person and the arguments
// of the call, put together as for every call, and asked whatever a call may ask.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Asked, Judged } from '../../src/policy/asked.ts'
import { judgeAsked } from '../../src/policy/asked.ts'
import type { AuthorityRequest, GrantedRule } from '../../src/policy/authority.ts'
import {
  authorityOf,
  bindArguments,
  environmentPermission,
  requestedLimits,
} from '../../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../../src/policy/ceiling.ts'
import type { PolicyDocument } from '../../src/policy/document.ts'
import { parsePolicy } from '../../src/policy/document.ts'
import type { CallLimits } from '../../src/policy/limits.ts'
import { namingsOf, placesIn } from '../../src/policy/named-by.ts'
import type { Injection } from '../../src/policy/secret.ts'
import { documents, hostRule, networkTexts, storageTexts } from '../support/policies.ts'
import { callArguments, questions, UNDER } from './support/decisions.ts'

type Ceilings = AuthorityRequest['ceilings']

const KEYS = ['A', 'GITHUB_TOKEN', 'db.host'] as const

/** It takes the place of a variable, whether or not that was granted. */
const INJECTION: Injection = {
  name: 'token',
  source: { kind: 'sealed' },
  revision: 1,
  hosts: [hostRule('https://a.test/')],
  placement: { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
  placeholder: { key: 'A', text: 'placeholder' },
}

const rules: fc.Arbitrary<readonly [GrantedRule['permission'], string]> = fc.oneof(
  networkTexts.map((rule) => ['network', rule] as const),
  storageTexts.map((rule) => ['storage', rule] as const),
  fc.constantFrom(...KEYS).map((key) => ['environment', key] as const),
)

const granted = fc
  .array(fc.tuple(rules, fc.constantFrom('allow', 'allow', 'allow', 'deny' as const)), {
    maxLength: 10,
  })
  .map((all) =>
    all.map(([[permission, rule], effect], n): GrantedRule => ({
      id: `g${n}`,
      permission,
      rule,
      effect: effect as 'allow',
      limited: n % 3 === 0,
    })),
  )

const ceilings = documents.map((value): PolicyDocument => {
  const parsed = parsePolicy(JSON.stringify(value))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
})
const narrowings = fc.array(ceilings.map(requestedLimits), { maxLength: 2 })
const asked = fc.array(questions, { minLength: 1, maxLength: 12 })
const RUNS = { numRuns: 200 }

/** What decides for one call. */
function judged(
  grants: readonly GrantedRule[],
  under: Ceilings,
  args: unknown,
  more: Pick<AuthorityRequest, 'narrowings'> = {},
): Judged {
  const authority = authorityOf({
    ceilings: under,
    grants,
    component: UNDER,
    ownHosts: UNDER.ownHosts,
    values: new Map(KEYS.map((key) => [key, `value of ${key}`])),
    injections: [INJECTION],
    ...more,
  })
  return {
    authority: bindArguments(authority, args),
    environment: environmentPermission(under, grants),
  }
}

const may = (by: Judged, question: Asked) => judgeAsked(by, question)?.ok === true

/** What the one allows, hands over or puts into requests, the other does. */
function expectWithin(inner: Judged, outer: Judged, asked: readonly Asked[]): void {
  const more = asked.filter((question) => may(inner, question) && !may(outer, question))
  expect(more).toEqual([])
  const keys = ({ authority: { handed } }: Judged) => handed.map(({ key }) => key)
  expect(keys(outer)).toEqual(expect.arrayContaining(keys(inner)))
  for (const part of ['environment', 'injections'] as const) {
    expect(outer.authority[part]).toEqual(expect.arrayContaining([...inner.authority[part]]))
  }
}

/** Reading or writing, whichever: one ceiling may leave the one and the next the other. */
const isOfOneKind = (question: Asked) =>
  question.kind !== 'access' || (question.access !== 'any' && !question.passes)

describe('what a call may do', () => {
  it('under several ceilings is what each of them leaves', () => {
    fc.assert(
      fc.property(
        granted,
        ceilings,
        ceilings,
        callArguments,
        asked,
        (grants, c, d, args, asked) => {
          const both = judged(grants, [c, d], args)
          const each = [judged(grants, [c], args), judged(grants, [d], args)]
          for (const one of each) expectWithin(both, one, asked)
          const left = asked.filter((question) => each.every((one) => may(one, question)))
          const refused = left.filter((question) => isOfOneKind(question) && !may(both, question))
          expect(refused).toEqual([])
          expectWithin(judged(grants, [d, c], args), both, asked)
        },
      ),
      RUNS,
    )
  })

  it('is within what the person granted, and within what the host lets anybody have', () => {
    const network = ['*:*', 'tcp://*:*', 'cidr 0.0.0.0/0:*', 'cidr ::/0:*']
    const everything = [
      ...network.map((rule) => ['network', rule] as const),
      ['storage', 'read,write fs:///'] as const,
      ...KEYS.map((key) => ['environment', key] as const),
    ].map(([permission, rule], n): GrantedRule => ({
      ...{ id: `e${n}`, permission, rule, effect: 'allow', limited: false },
    }))
    fc.assert(
      fc.property(granted, ceilings, callArguments, asked, (grants, ceiling, args, asked) => {
        const under = judged(grants, [ceiling], args)
        expectWithin(under, judged(grants, [DEFAULT_CEILING], args), asked)
        // A move needs more where more is readable, and who may do all passes no directory on the way to more.
        const others = asked.filter((each) => each.kind !== 'move' && isOfOneKind(each))
        expectWithin(under, judged(everything, [ceiling], args), others)
      }),
      RUNS,
    )
  })

  it('is within what the arguments name, where every rule binds to one', () => {
    const binding = granted.map((all) =>
      all.filter(({ rule, effect }) => effect === 'deny' || rule.includes('{')),
    )
    // Everybody may look at the root.
    const isRoot = (question: Asked) => question.kind === 'access' && question.path === '/'
    fc.assert(
      fc.property(binding, callArguments, asked, (grants, args, asked) => {
        const others = asked.filter((question) => !isRoot(question))
        const without = judged(grants, [DEFAULT_CEILING], {})
        expect(others.filter((question) => may(without, question))).toEqual([])
        const bound = judged(grants, [DEFAULT_CEILING], args)
        for (const question of others.filter((each) => may(bound, each))) {
          expect(namingsOf(placesIn(args), question), JSON.stringify(question)).not.toEqual([])
        }
      }),
      RUNS,
    )
  })

  it('is no more with one more denial, whoever says it', () => {
    const and = <R>(rules: { allow: readonly R[]; deny: readonly R[] }, deny: readonly R[]) => ({
      ...rules,
      deny: [...rules.deny, ...deny],
    })
    fc.assert(
      fc.property(
        fc.tuple(granted, granted),
        fc.tuple(ceilings, ceilings),
        callArguments,
        asked,
        ([grants, more], [c, d], args, asked) => {
          const before = judged(grants, [c], args)
          const denials = more.map((rule) => ({ ...rule, effect: 'deny' as const }))
          expectWithin(judged([...grants, ...denials], [c], args), before, asked)
          const ceiling: PolicyDocument = {
            ...c,
            network: and(c.network, d.network.deny),
            storage: and(c.storage, d.storage.deny),
            environment: and(c.environment, d.environment.deny),
          }
          expectWithin(judged(grants, [ceiling], args), before, asked)
        },
      ),
      RUNS,
    )
  })
})

describe('what a call may use', () => {
  it('is raised by nobody but a host', () => {
    fc.assert(
      fc.property(fc.tuple(ceilings, ceilings), narrowings, (under, narrowings) => {
        const [before, after] = [judged([], under, {}), judged([], under, {}, { narrowings })]
        const [most, held] = [before.authority, after.authority]
        for (const key of Object.keys(held.limits) as (keyof CallLimits)[]) {
          expect(held.limits[key]).toBeLessThanOrEqual(most.limits[key])
        }
        if (most.ioPerSecond !== null) {
          expect(held.ioPerSecond).toBeLessThanOrEqual(most.ioPerSecond)
        }
      }),
    )
  })
})
