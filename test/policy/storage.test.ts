import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DrivePath } from '../../src/policy/drive-path.ts'
import { resolvePath, ROOT } from '../../src/policy/drive-path.ts'
import { layerOf } from '../../src/policy/layers.ts'
import type { StoragePermission } from '../../src/policy/storage.ts'
import type { LabelSet } from '../../src/policy/labels.ts'
import { judgeAccess, labelsOfMove, leadsToGrant, missingToMove } from '../../src/policy/storage.ts'
import type { Access, StorageRule } from '../../src/policy/storage-rule.ts'
import {
  matchesPath,
  parseStorageRule,
  parseStoredStorageRule,
  smallestStorageRule,
} from '../../src/policy/storage-rule.ts'

const permit = (allow: StorageRule[], deny: StorageRule[] = []): StoragePermission => ({
  layers: [layerOf('grants', allow, deny)],
})

function rule(uri: string, access: string[] = ['read', 'write']) {
  const parsed = parseStorageRule(uri, access)
  if (!parsed.ok) throw new Error(`${uri}: ${parsed.error}`)
  return parsed.value
}

const path = (text: string) => text as DrivePath

const may = (permission: StoragePermission, at: DrivePath, access: Access) =>
  judgeAccess(permission, at, access).ok

/** With the slash before it, 4,096 characters in 64 segments. */
const LONGEST = `${`${'x'.repeat(63)}/`.repeat(63)}${'y'.repeat(63)}`

describe('resolvePath', () => {
  it.each([
    ['/', '', '/'],
    ['/', '.', '/'],
    ['/', 'a//b/./c/', '/a/b/c'],
    ['/a', '../b', null],
    ['/a', 'b/../c', '/a/c'],
    ['/', '..', null],
    ['/a', 'b/../../c', null],
    ['/', '/etc', null],
    ['/', 'a\0b', null],
    ['/', 'a\nb', null],
    ['/', 'a\u001b[2Jb', null],
    ['/', 'a\u0085', null],
    ['/', 'a\u009b2J', null],
    ['/', 'a*b', null],
    ['/', '**', null],
    ['/', '\ud800', null],
    ['/', `a${'b'.repeat(255)}`, null],
    ['/', 'x/'.repeat(65), null],
    ['/', 'é/…', '/é/…'],
    ['/', LONGEST, `/${LONGEST}`],
    ['/', `${LONGEST}y`, null],
    ['/a', LONGEST, null],
    ['/', `./${LONGEST}`, null],
  ])('from %s, %j is %s', (base, text, expected) => {
    expect(resolvePath(path(base), text)).toBe(expected)
  })

  it('never leaves its directory, whatever the path says', () => {
    const segment = fc.constantFrom('..', '.', 'a', 'b', '', '...', '..a', '%2e%2e')
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), (segments) => {
        const resolved = resolvePath(path('/home'), segments.join('/'))
        if (resolved === null) return
        expect(`${resolved}/`.startsWith('/home/')).toBe(true)
        expect(resolved.split('/')).not.toContain('..')
      }),
    )
  })

  it('leads to paths alone that a rule can say', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const resolved = resolvePath(ROOT, text)
        if (resolved === null) return
        const smallest = parseStoredStorageRule(smallestStorageRule(resolved, 'read'))
        expect(smallest.ok && matchesPath(smallest.value, resolved)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('parseStorageRule', () => {
  it.each([
    ['fs://notes', ['write', 'read'], 'read,write fs://notes'],
    ['fs:///notes/', ['read'], 'read fs://notes'],
    ['fs://a/./b', ['write'], 'write fs://a/b'],
    ['fs://**/x*.md', ['read'], 'read fs://**/x*.md'],
    ['fs:///', ['read'], 'read fs:///'],
  ])('reads %s with %j as %s', (uri, access, text) => {
    expect(rule(uri, access).text).toBe(text)
    const again = parseStoredStorageRule(text)
    expect(again.ok && again.value.text).toBe(text)
  })

  it.each([
    ['notes', ['read'], 'scheme'],
    ['file:///etc', ['read'], 'scheme'],
    ['fs://', ['read'], 'empty'],
    ['fs://a/../b', ['read'], 'parent'],
    ['fs://a/***', ['read'], 'glob'],
    ['fs://a**b', ['read'], 'glob'],
    ['fs://a*b*c', ['read'], 'glob'],
    ['fs://a\u0000', ['read'], 'characters'],
    ['fs://a', [], 'access'],
    ['fs://a', ['execute'], 'access'],
    ['fs://a', ['read', 'delete'], 'access'],
  ])('refuses %j with %j because of its %s', (uri, access, fault) => {
    expect(parseStorageRule(uri, access)).toEqual({ ok: false, error: fault })
  })
})

describe('matchesPath', () => {
  it.each([
    ['fs://notes', '/notes', true],
    ['fs://notes', '/notes/a/b', true],
    ['fs://notes', '/notes2', false],
    ['fs://notes', '/', false],
    ['fs:///', '/anything', true],
    ['fs://notes/*', '/notes/a', true],
    ['fs://notes/*', '/notes/a/b', false],
    ['fs://notes/*', '/notes', false],
    ['fs://notes/**', '/notes', true],
    ['fs://notes/**', '/notes/a/b', true],
    ['fs://**/secret', '/a/b/secret', true],
    ['fs://**/secret', '/secret', true],
    ['fs://**/secret', '/a/secret/b', false],
    ['fs://a/*.md', '/a/x.md', true],
    ['fs://a/*.md', '/a/.md', true],
    ['fs://a/*.md', '/a/x.txt', false],
    ['fs://a/x*x', '/a/x', false],
  ])('%s on %s is %s', (uri, at, expected) => {
    expect(matchesPath(rule(uri), path(at))).toBe(expected)
  })

  it('is quick on patterns made to be slow', () => {
    const slow = rule(`fs://${'**/a*/'.repeat(30)}x`)
    expect(matchesPath(slow, path(`/${Array.from({ length: 60 }, () => 'ab').join('/')}`))).toBe(
      false,
    )
  })
})

describe('judgeAccess', () => {
  const permission = permit(
    [rule('fs://notes'), rule('fs://inbox', ['write']), rule('fs://lib', ['read'])],
    [rule('fs://notes/private', ['read'])],
  )

  it.each([
    ['/notes/a', 'read', true],
    ['/notes/private/a', 'read', false],
    ['/notes/private/a', 'write', true],
    ['/inbox/a', 'write', true],
    ['/inbox/a', 'read', false],
    ['/lib/a', 'read', true],
    ['/lib/a', 'write', false],
    ['/other', 'read', false],
    ['/', 'read', false],
  ] as const)('%s for %s is %s', (at, access, expected) => {
    expect(may(permission, path(at), access)).toBe(expected)
  })

  it('allows nothing when nothing is granted', () => {
    expect(may(permit([]), ROOT, 'read')).toBe(false)
  })

  it('is permitted by the smallest rule of any path', () => {
    for (const at of ['/a', '/a/b c/ü', '/']) {
      const smallest = parseStoredStorageRule(smallestStorageRule(path(at), 'write'))
      const allow = smallest.ok ? [smallest.value] : []
      expect(may(permit(allow), path(at), 'write')).toBe(true)
    }
  })

  it('never allows more when a rule denies', () => {
    const uris = fc.constantFrom('fs:///', 'fs://a', 'fs://a/*', 'fs://**/b', 'fs://a/b', 'fs://c')
    const paths = fc.constantFrom('/', '/a', '/a/b', '/a/b/c', '/c', '/b')
    fc.assert(
      fc.property(fc.array(uris), fc.array(uris), uris, paths, (allow, deny, more, at) => {
        const rules = (uris: string[]) => uris.map((u) => rule(u))
        const allowed = may(permit(rules(allow), rules(deny)), path(at), 'read')
        const after = permit(rules(allow), rules([...deny, more]))
        expect(may(after, path(at), 'read') && !allowed).toBe(false)
      }),
    )
  })
})

describe('leadsToGrant', () => {
  const permission = permit([rule('fs://a/b/*.md'), rule('fs://x/**/y')])

  it.each([
    ['/', true],
    ['/a', true],
    ['/a/b', true],
    ['/a/b/c.md', true],
    ['/a/c', false],
    ['/x', true],
    ['/x/any/where', true],
    ['/z', false],
  ])('%s is %s', (at, expected) => {
    expect(leadsToGrant(permission, path(at))).toBe(expected)
  })

  const notes = rule('fs://**/*.md', ['read'])
  const drafts = rule('fs://**/drafts/*', ['write'])

  it.each([
    ['fs://private', '/private', false],
    ['fs://private', '/private/x', false],
    ['fs://private/**', '/private', false],
    ['fs://private/**', '/private/x/y', false],
    ['fs://private/**', '/public', true],
    ['fs://private/*', '/private', true],
    ['fs://private/*', '/private/x', false],
    ['fs://private/*', '/private/x/y', true],
    ['fs://**/*.md', '/private', true],
    ['fs:///', '/private', false],
  ])('a denial of %s leaves %s: %s', (denied, at, expected) => {
    const deny = [rule(denied, ['read'])]
    expect(leadsToGrant(permit([notes], deny), path(at))).toBe(expected)
    const ceiling = layerOf('ceiling', [rule('fs:///')], deny)
    const under = { layers: [ceiling, layerOf('grants', [notes])] }
    expect(leadsToGrant(under, path(at))).toBe(expected)
    // For another kind of access it is as it was.
    expect(leadsToGrant(permit([notes, drafts], deny), path(at))).toBe(true)
    expect(leadsToGrant(permit([notes], [rule(denied, ['write'])]), path(at))).toBe(true)
  })
})

describe('missingToMove', () => {
  const allow = [
    rule('fs://mine'),
    rule('fs://inbox', ['write']),
    rule('fs://top/*'),
    rule('fs://tree/**'),
    rule('fs://box', ['write']),
    rule('fs://box/**/*.md', ['read']),
  ]
  const permission = permit(allow)

  it.each([
    ['/mine/a', '/mine/b', false, null],
    ['/mine/d', '/inbox/d', true, null],
    ['/inbox/a', '/inbox/b', false, null],
    ['/inbox/d', '/inbox/e', true, null],
    ['/inbox/a', '/mine/a', false, 'read /inbox/a'],
    ['/inbox/d', '/mine/d', true, 'read /inbox/d'],
    ['/inbox/d', '/box/d', true, 'read /inbox/d'],
    ['/inbox/a', '/box/a', false, null],
    ['/inbox/a', '/box/a.md', false, 'read /inbox/a'],
    ['/top/a', '/mine/a', false, null],
    ['/top/d', '/mine/d', true, 'write /top/d'],
    ['/mine/d', '/top/d', true, 'write /top/d'],
    ['/tree/d', '/mine/d', true, null],
    ['/other', '/mine/a', false, 'write /other'],
    ['/mine/a', '/other', false, 'write /other'],
  ] as const)('%s to %s, a directory %s: %s', (from, to, isDirectory, expected) => {
    const missing = missingToMove(permission, path(from), path(to), isDirectory)
    expect(missing === null ? null : `${missing.access} ${missing.path}`).toBe(expected)
  })

  it('is no less where a denial, or a ceiling, leaves less to read', () => {
    const given = [rule('fs://inbox', ['write']), rule('fs://mine')]
    const move = (layers: StoragePermission['layers']) =>
      missingToMove({ layers }, path('/inbox/a'), path('/mine/a'), false)
    const missing = { access: 'read', path: '/inbox/a', reason: 'not-granted' }
    expect(move([layerOf('grants', given)])).toMatchObject(missing)
    const deny = [rule('fs://mine/a', ['read'])]
    expect(move([layerOf('grants', given, deny)])).toMatchObject(missing)
    const ceiling = layerOf('ceiling', [rule('fs:///', ['write'])])
    expect(move([ceiling, layerOf('grants', given)])).toMatchObject({
      ...missing,
      reason: 'ceiling',
    })
  })

  it('looks into no rule that denies: a directory stays', () => {
    const deny = [rule('fs://mine/d/private', ['read'])]
    const missing = missingToMove(permit(allow, deny), path('/mine/d'), path('/mine/e'), true)
    expect(missing).toMatchObject({ reason: 'denied', path: '/mine/d', access: 'read' })
  })
})

describe('labelsOfMove', () => {
  const given = (uri: string, labels?: LabelSet, access: Access[] = ['read', 'write']) => ({
    rule: rule(uri, access),
    grant: { id: uri, limited: false, ...(labels === undefined ? {} : { labels }) },
  })
  const permission: StoragePermission = {
    layers: [
      {
        of: 'grants',
        allow: [
          given('fs://notes'),
          given('fs://notes/own', ['outward']),
          given('fs://papers'),
          given('fs://downloads', ['untrusted']),
          given('fs://public', []),
          given('fs://public/mine', ['private']),
          given('fs://inbox', undefined, ['write']),
          given('fs://box', undefined, ['write']),
          given('fs://box/**/*.md', ['untrusted'], ['read']),
          given('fs://bin/**', ['untrusted']),
          given('fs://tree'),
          given('fs://tree/*/open', []),
        ],
        deny: [],
      },
    ],
  }

  it.each([
    ['/notes/a', '/notes/b', false, []],
    ['/bin/a', '/bin/b', false, []],
    ['/bin/a', '/bin/b', true, []],
    ['/notes/a', '/papers/a', false, []],
    ['/notes/a', '/downloads/a', false, ['private']],
    ['/notes/a', '/public/a', false, ['private']],
    ['/downloads/a', '/notes/a', false, ['untrusted']],
    ['/downloads/a', '/public/a', false, ['untrusted']],
    ['/public/a', '/downloads/a', false, []],
    ['/public/mine', '/public/yours', false, ['private']],
    ['/notes/own', '/notes/a', false, ['outward']],
    // Not to be read there: who may not read it at all may move it all the same.
    ['/notes/a', '/inbox/a', false, []],
    ['/inbox/a', '/inbox/b', false, []],
    ['/notes/a', '/box/a', false, []],
    ['/notes/a', '/box/a.md', false, ['private']],
    // A directory with all that may be below it, and as it may be read at any place there.
    ['/notes', '/papers/d', true, ['outward']],
    ['/notes/d', '/papers/d', true, []],
    ['/public', '/downloads/d', true, ['private']],
    ['/notes/d', '/box/d', true, ['private']],
    ['/papers/d', '/tree/d', true, ['private']],
    ['/papers/d', '/notes/own', true, ['private']],
  ] as const)('from %s to %s, a directory %s: %j', (from, to, isDirectory, expected) => {
    expect(labelsOfMove(permission, path(from), path(to), isDirectory)).toEqual(expected)
  })

  it('is no less where a denial, or a ceiling, leaves less to read', () => {
    const { layers } = permission
    const ceiling = layerOf('ceiling', [rule('fs:///', ['write'])])
    const move = (all: StoragePermission['layers']) =>
      labelsOfMove({ layers: all }, path('/notes/a'), path('/papers/a'), false)
    expect(move(layers)).toEqual([])
    expect(move([ceiling, ...layers])).toEqual(['private'])
    expect(move([layerOf('grants', [], [rule('fs://papers', ['read'])]), ...layers])).toEqual([
      'private',
    ])
  })
})
