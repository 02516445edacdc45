// Grants made as small as what was used: never wider or longer than before, and nothing that was used is lost.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Asked } from '../../src/policy/asked.ts'
import { askedOf } from '../../src/policy/asked.ts'
import { coverPaths, isBelow, MAX_PATHS } from '../../src/policy/cover.ts'
import type { Hostname } from '../../src/policy/host.ts'
import { matches } from '../../src/policy/host-match.ts'
import type { HeldGrant } from '../../src/policy/narrow.ts'
import { afterChanges, narrowGrants } from '../../src/policy/narrow.ts'
import { matchesPath } from '../../src/policy/storage-rule.ts'
import type { Decision } from '../../src/policy/usage.ts'
import { judgeRecorded, proposeGrants } from '../../src/policy/what-if.ts'
import { isHostRuleWithin, isStorageRuleWithin } from '../../src/policy/within.ts'
import { drivePaths, networkRules, storageRules, targets } from '../support/policies.ts'
import { callArguments, decided, grantLists, questions, UNDER } from './support/decisions.ts'

const lists = fc.array(fc.tuple(questions, callArguments), { maxLength: 12 })

function narrow(grants: readonly HeldGrant[], used: readonly Decision[]) {
  const changes = narrowGrants({ grants, narrowings: [], under: UNDER, used })
  return { changes, after: afterChanges(grants, changes) }
}

const isMove = ({ kind }: Asked) => kind === 'move'
/** Directories on the way to what is granted may be seen to be there: a longer way has more of them. */
const isLook = (asked: Asked) => asked.kind === 'access' && asked.passes

describe('narrowGrants', () => {
  it('keeps everything that was used and is allowed still', () => {
    fc.assert(
      fc.property(grantLists, grantLists, lists, (before, now, all) => {
        const then = proposeGrants(before, [], UNDER)
        const used = all
          .map(([question, args]) => decided(question, args, then))
          .filter(({ verdict }) => verdict === 'allowed')
        const [inForce, narrower] = [now, narrow(now, used).after].map((grants) =>
          proposeGrants(grants, [], UNDER),
        )
        if (inForce === undefined || narrower === undefined) throw new Error('two authorities')
        for (const decision of used) {
          if (judgeRecorded(decision, inForce)?.ok !== true) continue
          expect(judgeRecorded(decision, narrower)?.ok).toBe(true)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('allows nothing that was not allowed before, whatever is asked', () => {
    fc.assert(
      fc.property(grantLists, lists, questions, callArguments, (grants, all, question, args) => {
        // Of files that cannot be read any more, a move reveals nothing: it may be allowed where it was not.
        fc.pre(!isMove(question) && !isLook(question))
        const inForce = proposeGrants(grants, [], UNDER)
        const used = all.map(([one, its]) => decided(one, its, inForce))
        const { after } = narrow(grants, used)
        const now = decided(question, args, proposeGrants(after, [], UNDER))
        if (now.verdict === 'allowed') {
          expect(decided(question, args, inForce).verdict).toBe('allowed')
        }
      }),
      { numRuns: 400 },
    )
  })

  it('lets nothing last longer, and leaves what stays', () => {
    fc.assert(
      fc.property(grantLists, lists, questions, callArguments, (grants, all, question, args) => {
        fc.pre(!isMove(question) && !isLook(question))
        const inForce = proposeGrants(grants, [], UNDER)
        const used = all.map(([one, its]) => decided(one, its, inForce))
        const { after, changes } = narrow(grants, used)
        const later = (list: readonly HeldGrant[]) =>
          proposeGrants(
            list.filter(({ until }) => until > 1_500),
            [],
            UNDER,
          )
        const then = decided(question, args, later(after))
        if (then.verdict === 'allowed') {
          expect(decided(question, args, later(grants)).verdict).toBe('allowed')
        }
        for (const { grant } of changes) {
          expect(grants.find(({ id }) => id === grant)?.stays).toBe(false)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('comes to the same whatever order the uses came in, and to nothing more when done again', () => {
    fc.assert(
      fc.property(grantLists, lists, (grants, all) => {
        const inForce = proposeGrants(grants, [], UNDER)
        const used = all
          .map(([one, its]) => decided(one, its, inForce))
          .filter(({ verdict }) => verdict === 'allowed')
        const { changes, after } = narrow(grants, used)
        expect(narrow(grants, used.toReversed()).changes).toEqual(changes)
        const again = narrow(after, used)
        expect(rulesOf(again.after)).toEqual(rulesOf(after))
      }),
      { numRuns: 200 },
    )
  })

  it('comes to scheme, host, port, methods and path of what was reached', () => {
    expect(
      becomes(
        'network',
        '*:*',
        requests(
          'GET https://a.test/v1/x',
          'POST https://a.test/v1/x',
          'HEAD https://a.test/v2',
          'GET http://b.test:8443/',
        ),
      ),
    ).toEqual([
      'GET http://b.test:8443/',
      'GET,POST https://a.test/v1/x/',
      'HEAD https://a.test/v2/',
    ])
  })

  it('comes to the directory of more than eight paths, and to the names in it where that is all', () => {
    const nine = Array.from({ length: MAX_PATHS + 1 }, (_, n) => n)
    expect(
      becomes('network', 'a.test', requests(...nine.map((n) => `GET https://a.test/v1/${n}`))),
    ).toEqual(['GET https://a.test/v1/'])
    const read = (path: string): Asked => ({ kind: 'access', path, access: 'read', passes: false })
    const inNotes = nine.map((n) => read(`/notes/${n}.md`))
    expect(becomes('storage', 'read,write fs:///', inNotes)).toEqual(['read fs://notes/*'])
    expect(becomes('storage', 'read,write fs:///', [...inNotes, read('/notes/a/b')])).toEqual([
      'read fs://notes',
    ])
    expect(becomes('storage', 'read,write fs:///', inNotes.slice(0, 1))).toEqual([
      'read fs://notes/0.md',
    ])
  })

  it('keeps a pattern that no path can stand for, for reading alone where that is all', () => {
    const read: Asked = { kind: 'access', path: '/a/x.md', access: 'read', passes: false }
    expect(becomes('storage', 'read,write fs://a/*.md', [read])).toEqual(['read fs://a/*.md'])
    expect(becomes('storage', 'read,write fs://a/**', [read])).toEqual(['read fs://a/x.md'])
  })

  it('keeps a binding to an argument, for the methods that were used', () => {
    const args = { url: 'https://a.test/x' }
    const held = grant('network', '{url}')
    const inForce = proposeGrants([held], [], UNDER)
    const used = requests('GET https://a.test/x').map((one) => decided(one, args, inForce))
    expect(narrow([held], used).after.map(({ rule }) => rule)).toEqual(['GET {url}'])
  })

  it('lets a directory be passed that leads to what is left', () => {
    const look: Asked = { kind: 'access', path: '/a', access: 'any', passes: true }
    const read: Asked = { kind: 'access', path: '/a/b', access: 'read', passes: false }
    expect(becomes('storage', 'read,write fs:///', [look, read])).toEqual(['read fs://a/b'])
    expect(becomes('storage', 'read,write fs:///', [look])).toEqual(['read fs://a'])
  })

  it('leaves a grant as it is that was used by what is not known', () => {
    const held = grant('network', '*')
    const unknown: Decision = {
      asked: {
        ...askedOf({ ...target('GET https://a.test/xxxx'), method: 'GET' }),
        cut: true,
      } as Asked,
      verdict: 'allowed',
      times: 1,
      grants: [held.id],
      namings: [],
    }
    const byPath = grant('network', 'https://a.test/v1/', 'h')
    expect(narrow([held, byPath], [unknown]).changes).toEqual([{ grant: 'h', becomes: [] }])
  })
})

describe('a rule within another', () => {
  it('matches nothing that the other does not', () => {
    fc.assert(
      fc.property(networkRules, networkRules, targets, (inner, outer, target) => {
        fc.pre(isHostRuleWithin(inner, outer))
        if (matches(inner, target)) expect(matches(outer, target)).toBe(true)
      }),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(storageRules, storageRules, drivePaths, (inner, outer, path) => {
        fc.pre(isStorageRuleWithin(inner, outer))
        if (matchesPath(inner, path)) expect(matchesPath(outer, path)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('coverPaths', () => {
  const paths = fc
    .array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 3 }), {
      maxLength: 30,
    })
    .map((all) => all.map((segments) => `/${segments.join('/')}`))

  it('covers every path by few prefixes, none inside another', () => {
    fc.assert(
      fc.property(paths, (all) => {
        const covered = coverPaths(all)
        expect(covered.length).toBeLessThanOrEqual(MAX_PATHS)
        for (const path of all) {
          const by = covered.filter((one) => one.path === path || isBelow(path, one.path))
          expect(by).toHaveLength(1)
          if (by[0]?.names) expect(path.slice(by[0].path.length + 1)).not.toContain('/')
        }
      }),
    )
  })
})

function rulesOf(grants: readonly HeldGrant[]): string[] {
  return grants.map(({ permission, rule, until }) => `${permission} ${rule} ${until}`).toSorted()
}

function grant(permission: HeldGrant['permission'], rule: string, id = 'g'): HeldGrant {
  return { id, permission, rule, effect: 'allow', limited: false, until: Infinity, stays: false }
}

/** The rules that take the place of one, for what is allowed under it. */
function becomes(permission: HeldGrant['permission'], rule: string, all: readonly Asked[]) {
  const held = grant(permission, rule)
  const inForce = proposeGrants([held], [], UNDER)
  const used = all.map((one) => decided(one, {}, inForce))
  return narrow([held], used).after.map((one) => one.rule)
}

function requests(...texts: string[]): Asked[] {
  return texts.map((text) => {
    const [method = '', address = ''] = text.split(' ')
    return askedOf({ ...target(address), method })
  })
}

function target(address: string) {
  const { protocol, hostname, port, pathname } = new URL(address.split(' ').at(-1) ?? '')
  const scheme = protocol === 'https:' ? ('https' as const) : ('http' as const)
  const at = port === '' ? (scheme === 'https' ? 443 : 80) : Number(port)
  return { scheme, host: hostname as Hostname, port: at, path: pathname }
}
