import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HostIndex } from '../../src/policy/host-index.ts'
import {
  coversName,
  deniesName,
  deniesSeen,
  matchesSeen,
  Seen,
} from '../../src/policy/host-match.ts'
import type { HostRule } from '../../src/policy/host-rule.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { PathIndex } from '../../src/policy/path-index.ts'
import { indexed } from '../../src/policy/rule-index.ts'
import { judgeAccess, mayPass } from '../../src/policy/storage.ts'
import type { StorageRule } from '../../src/policy/storage-rule.ts'
import { leadsTo, matchesPath } from '../../src/policy/storage-rule.ts'
import {
  drivePaths,
  hostRule,
  networkRules,
  storageRule,
  storageRules,
  targets,
} from '../support/policies.ts'

const names = fc.constantFrom('a', 'b', 'ab', 'aXb', '')
const segment = fc.oneof(names, fc.constantFrom('*', '**', 'a*', '*b', 'a*b'))
const segments = fc.array(
  segment.filter((text) => text !== ''),
  { maxLength: 5 },
)
const patterns = segments.map((all) => storageRule(`read fs:///${all.join('/')}`))
const deepPaths = fc
  .array(
    names.filter((text) => text !== ''),
    { maxLength: 6 },
  )
  .map((all) => `/${all.join('/')}`)

/** As an index of paths reads it. */
const read = (path: string) => (path === '/' ? '' : path)

describe('PathIndex', () => {
  it('finds what each rule by itself covers, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(patterns, { maxLength: 20 }), deepPaths, (rules, path) => {
        const index = new PathIndex<StorageRule>(true)
        for (const rule of rules) index.add(rule.segments, !rule.isGlob, rule)
        const found: StorageRule[] = []
        index.find(read(path), found)
        const covering = rules.filter((rule) => matchesPath(rule, path as never))
        expect(new Set(found)).toEqual(new Set(covering))
        expect(found).toHaveLength(covering.length)
        expect(index.leads(read(path))).toBe(rules.some((rule) => leadsTo(rule, path as never)))
      }),
      { numRuns: 1_000 },
    )
  })
})

const odd = [
  ...['GET https://a.test//', 'https://a.test/;x/', 'https://a.test/%2e%2e%2fv1/', '192.0.2.7'],
  ...['a.test:443', 'cidr 192.0.2.6/31', 'cidr ::/0:*', 'cidr 2606:4700::1/127', '*.b.a.test'],
].map(hostRule)
const rulesOfAll = fc.oneof(networkRules, fc.constantFrom(...odd))
const oddTargets = fc.oneof(
  targets,
  fc
    .tuple(
      targets,
      fc.constantFrom(
        '//',
        '/;x',
        '/V1/%78',
        '/v1/..%2fv2',
        '/a%2f..',
        '/%2e',
        '/v%091/x',
        '/v1%3fx',
        '/v1%20',
        '//host/v1',
      ),
    )
    .map(([target, path]) => ({ ...target, path })),
)

describe('HostIndex', () => {
  it.each(['allow', 'deny'] as const)('leaves out nothing that would %s', (effect) => {
    const judge = effect === 'allow' ? matchesSeen : deniesSeen
    const judgeName = effect === 'allow' ? coversName : deniesName
    fc.assert(
      fc.property(
        fc.array(rulesOfAll, { maxLength: 150, size: 'max' }),
        oddTargets,
        (rules, target) => {
          const seen = new Seen(target)
          const of = (some: readonly HostRule[]) =>
            new Set(some.filter((rule) => judge(rule, seen)).map(({ text }) => text))
          const index = new HostIndex(effect, rules, (rule) => rule)
          expect(of(index.find(seen))).toEqual(of(rules))
          const byName = (some: readonly HostRule[]) =>
            new Set(some.filter((rule) => judgeName(rule, seen)).map(({ text }) => text))
          expect(byName(index.findHost(seen))).toEqual(byName(rules))
        },
      ),
      { numRuns: 400 },
    )
  })
})

describe('a decision', () => {
  it('is the same before and after there is an index', () => {
    const many = fc.array(storageRules, { minLength: 16, maxLength: 30 })
    fc.assert(
      fc.property(many, many, drivePaths, (allow, deny, path) => {
        const permission = { layers: [layerOf('grants', allow, deny)] }
        const decide = () =>
          (['read', 'write'] as const).map((access) => judgeAccess(permission, path, access).ok)
        const told = () => JSON.stringify([decide(), mayPass(permission, path)])
        const first = told()
        for (let n = 0; n < 10; n += 1) expect(told()).toBe(first)
      }),
    )
  })

  it('makes an index only for a list that is long and asked for often', () => {
    let built = 0
    const indexOf = indexed<number, number>((items) => {
      built += 1
      return items.length
    }, 8)
    const [short, long] = [[1, 2, 3], Array.from({ length: 20 }, (_, i) => i)]
    const asked = (list: number[]) => Array.from({ length: 12 }, () => indexOf(list))
    expect(asked(short)).toEqual(Array(12).fill(null))
    expect(asked(long)).toEqual([...Array(8).fill(null), 20, 20, 20, 20])
    expect(built).toBe(1)
  })
})
