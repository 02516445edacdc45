import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Authority, GrantedRule } from '../../src/policy/authority.ts'
import { authorityOf, bindArguments, permittedVariables } from '../../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../../src/policy/ceiling.ts'
import type { PolicyDocument } from '../../src/policy/document.ts'
import { parsePolicy } from '../../src/policy/document.ts'
import { policyValue } from '../../src/policy/document-print.ts'
import type { DrivePath } from '../../src/policy/drive-path.ts'
import type { Hostname } from '../../src/policy/host.ts'
import type { Target } from '../../src/policy/host-rule.ts'
import { BOUNDS, CALL_LIMITS, mapBounds } from '../../src/policy/limits.ts'
import { judge } from '../../src/policy/network.ts'
import { FUEL_PER_CPU_MS } from '../../src/policy/requested-limits.ts'
import { judgeAccess } from '../../src/policy/storage.ts'
import { documents, drivePaths, networkTexts, storageTexts, targets } from '../support/policies.ts'

const IMPORTS = [
  'wasi:http/outgoing-handler@0.2.0',
  'wasi:sockets/tcp@0.2.0',
  'wasi:filesystem/types@0.2.0',
  'wasi:cli/environment@0.2.0',
]

const values = new Map([
  ['A', '1'],
  ['GITHUB_TOKEN', 'secret'],
  ['db.host', 'db.test'],
])

function document(value: unknown): PolicyDocument {
  const parsed = parsePolicy(JSON.stringify(value))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}

const ours = (extension: object, permissions: object = {}) =>
  document({ version: '1.0', permissions, 'x-wassette-edge': extension })

function grants(...rules: string[]): GrantedRule[] {
  return rules.map((text, i) => {
    const [kind = '', ...rest] = text.split('|')
    const permission = kind.trim() as GrantedRule['permission']
    const [flag, rule = ''] = rest.length === 2 ? rest : ['', rest[0]]
    return {
      id: `g${i}`,
      permission,
      rule,
      effect: flag === 'deny' ? 'deny' : 'allow',
      limited: flag === 'limited',
    }
  })
}

function authority(
  given: readonly GrantedRule[],
  ceilings: readonly [PolicyDocument, ...PolicyDocument[]] = [DEFAULT_CEILING],
): Authority {
  return authorityOf({
    ceilings,
    grants: given,
    component: { imports: IMPORTS },
    ownHosts: ['edge.example'],
    values,
  })
}

function target(method: string, url: string): Target {
  const { protocol, hostname, port, pathname } = new URL(url)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  const at = port === '' ? (scheme === 'https' ? 443 : 80) : Number(port)
  return { scheme, host: hostname as Hostname, port: at, path: pathname, method }
}

function reach({ network }: Authority, method: string, url: string) {
  if (network === null) throw new Error('no network')
  return judge(network, target(method, url))
}

function touch({ storage }: Authority, path: string, access: 'read' | 'write') {
  if (storage === null) throw new Error('no storage')
  return judgeAccess(storage, path as DrivePath, access)
}

describe('who refuses', () => {
  it('is nobody but the missing grant: the denial names the smallest one', () => {
    expect(reach(authority([]), 'GET', 'https://a.test/x')).toMatchObject({
      error: { reason: 'not-granted', rule: 'GET https://a.test/x/' },
    })
    expect(reach(authority([]), 'DELETE', 'http://a.test:81/x')).toMatchObject({
      error: { reason: 'not-granted', rule: 'DELETE http://a.test:81/x/' },
    })
    expect(touch(authority([]), '/notes/a', 'write')).toMatchObject({
      error: { reason: 'not-granted', rule: 'write fs://notes/a' },
    })
  })

  it('is the person, by name of the rule', () => {
    const given = grants(
      'network|a.test',
      'network|deny|POST a.test',
      'storage|read fs:///',
      'storage|deny|read fs://private',
    )
    expect(reach(authority(given), 'GET', 'https://a.test/').ok).toBe(true)
    expect(reach(authority(given), 'POST', 'https://a.test/')).toMatchObject({
      error: { reason: 'denied', rule: 'POST a.test' },
    })
    expect(touch(authority(given), '/private/a', 'read')).toMatchObject({
      error: { reason: 'denied', rule: 'read fs://private' },
    })
  })

  it('is the host, whatever was granted: nothing of its rules is told', () => {
    const ceiling = ours({
      network: { allow: ['https://*/'], deny: ['bad.test'] },
      storage: { allow: ['read fs://shared'] },
    })
    const under = authority(grants('network|*:*', 'storage|read,write fs:///'), [ceiling])
    expect(reach(under, 'GET', 'https://a.test/').ok).toBe(true)
    for (const url of ['http://a.test/', 'https://bad.test/', 'https://a.test:8443/']) {
      const { host, port } = target('GET', url)
      expect(reach(under, 'GET', url)).toEqual({
        ok: false,
        error: { reason: 'ceiling', permission: 'network', host, port },
      })
    }
    expect(touch(under, '/shared/a', 'read').ok).toBe(true)
    expect(touch(under, '/shared/a', 'write')).toMatchObject({ error: { reason: 'ceiling' } })
    expect(touch(under, '/other', 'read')).toMatchObject({ error: { reason: 'ceiling' } })
  })

  it('is the host first: no question is worth a link that changes nothing', () => {
    const closed = ours({ network: { allow: ['b.test'] } })
    expect(reach(authority([], [closed]), 'GET', 'https://a.test/')).toMatchObject({
      error: { reason: 'ceiling' },
    })
    const denied = grants('network|deny|a.test')
    expect(reach(authority(denied, [closed]), 'GET', 'https://a.test/')).toMatchObject({
      error: { reason: 'ceiling' },
    })
  })
})

describe('addresses', () => {
  const open = ours({ network: { allow: ['*:*', 'cidr 0.0.0.0/0:*', 'cidr 2000::/3:*'] } })
  const namesOnly = ours({ network: { allow: ['*:*'] } })
  const given = grants('network|*:*', 'network|cidr 0.0.0.0/0', 'network|cidr ::/0')

  it.each(['http://1.1.1.1/', 'https://[2606:4700::1]/', 'http://16843009/'])(
    'are open by their range in every layer: %s',
    (url) => {
      expect(reach(authority(given, [open]), 'GET', url).ok).toBe(true)
      expect(reach(authority(given), 'GET', url).ok).toBe(true)
      expect(reach(authority(given, [namesOnly]), 'GET', url)).toMatchObject({
        error: { reason: 'ceiling' },
      })
      const named = grants('network|*:*', `network|${new URL(url).host}`)
      expect(reach(authority(named, [open]), 'GET', url)).toMatchObject({
        error: { reason: 'not-granted' },
      })
    },
  )

  it('are offered as a range of one', () => {
    expect(reach(authority([], [open]), 'GET', 'http://1.1.1.1:81/')).toMatchObject({
      error: { rule: 'GET cidr 1.1.1.1/32:81' },
    })
    expect(reach(authority([], [open]), 'PUT', 'http://[2606:4700::1]/')).toMatchObject({
      error: { rule: 'PUT cidr 2606:4700::1/128' },
    })
  })

  it.each([
    'http://10.0.0.1/',
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://169.254.169.254/',
    'http://100.100.100.200/',
    'http://[::1]/',
    'http://[::ffff:1.1.1.1]/',
    'http://[64:ff9b::101:101]/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
  ])('are out of reach when they are not public: %s', (url) => {
    expect(reach(authority(given, [open]), 'GET', url)).toMatchObject({
      error: { reason: 'unreachable', why: 'address' },
    })
  })
})

describe('a permit', () => {
  it('names every grant that covers the request, those without limits first', () => {
    const given = grants(
      'network|limited|GET a.test',
      'network|*.test',
      'network|b.test',
      'network|limited|*',
      'network|a.test',
    )
    expect(reach(authority(given), 'GET', 'https://a.test/')).toEqual({
      ok: true,
      value: {
        grants: [
          { id: 'g1', limited: false },
          { id: 'g4', limited: false },
          { id: 'g0', limited: true },
          { id: 'g3', limited: true },
        ],
      },
    })
    expect(reach(authority(given), 'POST', 'https://a.c/')).toEqual({
      ok: true,
      value: { grants: [{ id: 'g3', limited: true }] },
    })
  })

  it('names the grant of a path, of a bound rule and of a variable', () => {
    const given = grants(
      'storage|limited|read fs://notes',
      'network|limited|GET {url}',
      'environment|limited|A',
    )
    const bound = bindArguments(authority(given), { url: 'https://a.test/' })
    expect(touch(bound, '/notes/a', 'read')).toMatchObject({ value: { grants: [{ id: 'g0' }] } })
    expect(reach(bound, 'GET', 'https://a.test/')).toMatchObject({
      value: { grants: [{ id: 'g1', limited: true }] },
    })
    expect(bound.environment).toEqual([['A', '1']])
    expect(bound.handed).toEqual([{ key: 'A', grants: [{ id: 'g2', limited: true }] }])
  })
})

describe('stored text that does not parse', () => {
  it.each([
    'network|',
    'network|a b',
    'network|cidr x',
    'network|{}',
    'storage|read',
    'storage|exec fs://a',
    'environment|*',
    'environment|A B',
  ])('grants nothing: %s', (text) => {
    const given = authority(grants(text))
    expect(given.network?.layers.at(-1)?.allow).toEqual([])
    expect(given.storage?.layers.at(-1)?.allow).toEqual([])
    expect(given.environment).toEqual([])
  })

  it.each(['a b', '{url}'])('denies everything as a denial: %s', (rule) => {
    const given = authority(
      grants(
        'network|*:*',
        `network|deny|${rule}`,
        'storage|read,write fs:///',
        `storage|deny|${rule}`,
        'environment|A',
        `environment|deny|${rule}`,
      ),
    )
    expect(reach(given, 'GET', 'https://a.test/')).toMatchObject({ error: { reason: 'denied' } })
    expect(touch(given, '/', 'read')).toMatchObject({ error: { reason: 'denied' } })
    expect(given.environment).toEqual([])
  })
})

describe('the arguments', () => {
  const args = {
    url: 'https://a.test:8443/x',
    plain: 'http://b.test/',
    host: 'c.test',
    list: ['d.test', 'https://e.test/'],
    to: { host: 'f.test' },
  }

  it.each([
    ['{url}', 'https://a.test:8443/y', true],
    ['{url}', 'https://a.test/', false],
    ['{url}', 'https://b.a.test:8443/', false],
    ['{plain}', 'https://b.test/', true],
    ['{plain}', 'http://b.test/any', true],
    ['https://{plain}/', 'https://b.test/', false],
    ['http://{plain}/x', 'http://b.test/x/y', true],
    ['http://{plain}/x', 'http://b.test/y', false],
    ['{host}', 'https://c.test/', true],
    ['https://{host}:81/', 'https://c.test:81/', true],
    ['{list}', 'https://d.test/', true],
    ['{list}', 'https://e.test/', true],
    ['{to.host}', 'https://f.test/', true],
    ['{to}', 'https://f.test/', false],
    ['{absent}', 'https://a.test/', false],
    ['{to.host.length}', 'https://f.test/', false],
    ['{constructor}', 'https://a.test/', false],
    ['POST {host}', 'https://c.test/', false],
  ])('make %s cover %s: %s', (rule, url, expected) => {
    const bound = bindArguments(authority(grants(`network|${rule}`)), args)
    expect(reach(bound, 'GET', url).ok).toBe(expected)
    expect(reach(authority(grants(`network|${rule}`)), 'GET', url).ok).toBe(false)
  })

  it.each([
    '*',
    '*.test',
    'https://*.test/',
    'a.test/x',
    'https://x@a.test/',
    'https://a.test@b.test/',
    'ftp://a.test/',
    'tcp://a.test:80',
    'javascript:a.test',
    '//a.test/',
    'a.test b.test',
    'GET a.test',
    '{url}',
    '',
    ' ',
    '192.0.2.1',
    'http://1.1.1.1/',
    'http://[2606:4700::1]/',
    'https://',
    'x'.repeat(20_000),
    7,
    null,
    true,
    { url: 'a.test' },
    ['a.test', 7],
    Array.from({ length: 65 }, () => 'a.test'),
  ])('grant nothing by %j', (url) => {
    const ceiling = ours({ network: { allow: ['*:*', 'tcp://*:*', 'cidr 0.0.0.0/0:*'] } })
    const bound = bindArguments(authority(grants('network|{url}'), [ceiling]), { url })
    expect(bound.network?.layers.at(-1)?.allow).toEqual([])
  })

  it.each([
    ['read {path}', { path: 'notes/a.md' }, '/notes/a.md', true],
    ['read {path}', { path: '/notes/a.md' }, '/notes/a.md', true],
    ['read {path}', { path: 'fs://notes' }, '/notes/a.md', true],
    ['read {path}', { path: 'notes/a.md' }, '/notes/b.md', false],
    ['write {path}', { path: 'notes/a.md' }, '/notes/a.md', false],
    ['read {path}', { path: 'notes/../a' }, '/a', true],
    ['read {path}', { path: '../a' }, '/a', false],
    ['read {path}', { path: '*' }, '/a', false],
    ['read {path}', { path: '**' }, '/a', false],
    ['read {path}', {}, '/a', false],
    ['read {path}', { path: 7 }, '/7', false],
    ['read {paths}', { paths: ['a', 'b'] }, '/b', true],
    // Whoever names the drive names all of it; whoever names nothing is given nothing.
    ['read {path}', { path: '/' }, '/a', true],
    ['read {path}', { path: 'fs:///' }, '/a', true],
    ['read {paths}', { paths: ['', 'b'] }, '/b', true],
    ['read {paths}', { paths: ['', 'b'] }, '/a', false],
  ])('make %s with %j cover %s: %s', (rule, given, path, expected) => {
    const bound = bindArguments(authority(grants(`storage|${rule}`)), given)
    expect(touch(bound, path, 'read').ok).toBe(expected)
  })

  it.each(['', 'fs://', '.', './', 'fs://.', '/.', 'a/..', '/a/..'])(
    'make a rule stand for nothing where %j names no path',
    (path) => {
      const bound = bindArguments(authority(grants('storage|read {path}')), { path })
      expect(bound.storage?.layers.at(-1)?.allow).toEqual([])
    },
  )

  it('of any shape throw nothing, and a binding ceiling holds what was granted to them', () => {
    const ceiling = ours({ network: { allow: [{ host: { arg: 'url' } }] } })
    fc.assert(
      fc.property(fc.anything(), targets, (given, at) => {
        const bound = bindArguments(authority(grants('network|*:*'), [ceiling]), given)
        if (bound.network !== null) expect(judge(bound.network, at).ok).toBe(false)
      }),
    )
    const bound = bindArguments(authority(grants('network|*:*'), [ceiling]), {
      url: 'https://a.test',
    })
    expect(reach(bound, 'GET', 'https://a.test/').ok).toBe(true)
    expect(reach(bound, 'GET', 'https://b.test/')).toMatchObject({ error: { reason: 'ceiling' } })
  })
})

describe('variables', () => {
  it('are those that every layer permits', () => {
    const ceiling = ours({ environment: { allow: ['*'], deny: ['GITHUB_TOKEN'] } })
    const given = grants(
      'environment|A',
      'environment|GITHUB_TOKEN',
      'environment|C',
      'environment|db.host',
      'environment|deny|db.host',
    )
    expect(authority(given, [ceiling]).environment).toEqual([['A', '1']])
    expect(permittedVariables([ceiling], given)).toEqual(['A', 'C'])
    const named = document({
      version: '1.0',
      permissions: { environment: { allow: [{ key: 'C' }] } },
    })
    expect(authority(given, [DEFAULT_CEILING, named]).environment).toEqual([])
    expect(permittedVariables([DEFAULT_CEILING, named], given)).toEqual(['C'])
  })

  it('are not there for being allowed by the host: the person hands them', () => {
    expect(authority([]).environment).toEqual([])
    expect(permittedVariables([DEFAULT_CEILING], [])).toEqual([])
  })
})

describe('limits', () => {
  const limitsUnder = (...ceilings: [PolicyDocument, ...PolicyDocument[]]) =>
    authority([], ceilings)

  it('are the defaults where nobody says anything, with no rate', () => {
    expect(authority([])).toMatchObject({ limits: CALL_LIMITS, ioPerSecond: null })
  })

  it('are raised by a ceiling, and lowered by the lowest of all', () => {
    const raised = ours({ limits: { requests: 500, 'wall-clock': '60s' } })
    const other = ours({ limits: { requests: 300 } })
    expect(limitsUnder(raised).limits).toEqual({
      ...CALL_LIMITS,
      requests: 500,
      wallClockMs: 60_000,
    })
    expect(limitsUnder(raised, other).limits.requests).toBe(300)
    const narrowed = authorityOf({
      ceilings: [raised],
      grants: [],
      narrowings: [
        { bounds: { requests: 400, wallClockMs: 300_000 }, cpuCores: null, ioPerSecond: 9 },
      ],
      component: { imports: [] },
      ownHosts: [],
      values,
    })
    expect(narrowed.limits).toMatchObject({ requests: 400, wallClockMs: 60_000 })
    expect(narrowed.ioPerSecond).toBe(9)
  })

  it('are never raised by anybody else', () => {
    const most = mapBounds(({ most }) => most)
    const greedy = authorityOf({
      ceilings: [DEFAULT_CEILING],
      grants: [],
      narrowings: [{ bounds: most, cpuCores: 1_000, ioPerSecond: null }],
      component: { imports: [] },
      ownHosts: [],
      values,
    })
    expect(greedy.limits).toEqual(CALL_LIMITS)
  })

  it('take cores for fuel by the wall clock, and memory as the lowest of what is said', () => {
    const resources = (value: object) =>
      document({ version: '1.0', permissions: { resources: value } })
    const fuelOf = (...docs: [PolicyDocument, ...PolicyDocument[]]) =>
      limitsUnder(...docs).limits.fuel
    expect(fuelOf(resources({ limits: { cpu: '10m' } }))).toBe(0.01 * 30_000 * FUEL_PER_CPU_MS)
    expect(fuelOf(resources({ cpu: 2, limits: { cpu: '500m' } }))).toBe(
      0.02 * 30_000 * FUEL_PER_CPU_MS,
    )
    expect(fuelOf(resources({ limits: { cpu: 64 } }))).toBe(BOUNDS.fuel.most)
    expect(fuelOf(resources({ cpu: 1 }), ours({ limits: { 'wall-clock': '1s' } }))).toBe(
      0.01 * 1_000 * FUEL_PER_CPU_MS,
    )
    const memory = limitsUnder(resources({ memory: 32, limits: { memory: '48Mi' } }))
    expect(memory.limits.memoryBytes).toBe(32 * 1024 * 1024)
    expect(limitsUnder(resources({ limits: { memory: '8Gi' } })).limits.memoryBytes).toBe(
      BOUNDS.memoryBytes.most,
    )
    expect(limitsUnder(resources({ io: 7 }), resources({ io: 5 })).ioPerSecond).toBe(5)
  })

  it('stay between nothing and what the platform bears, whatever the documents say', () => {
    fc.assert(
      fc.property(documents, documents, (a, b) => {
        const { limits } = limitsUnder(document(a), document(b))
        for (const [key, { most }] of Object.entries(BOUNDS)) {
          const amount = limits[key as keyof typeof BOUNDS]
          expect(Number.isSafeInteger(amount) && amount > 0 && amount <= most).toBe(true)
        }
      }),
    )
  })
})

describe('nothing', () => {
  it('is what nobody permits, and what ceilings alone permit', () => {
    const [ceiling] = authority([]).network?.layers ?? []
    expect(ceiling?.of).toBe('ceiling')
    const only = { layers: ceiling === undefined ? [] : [ceiling], ownHosts: [] }
    expect(judge(only, target('GET', 'https://a.test/'))).toMatchObject({
      error: { reason: 'not-granted' },
    })
    const at = target('GET', 'https://a.test/')
    expect(judge({ layers: [], ownHosts: [] }, at).ok).toBe(false)
    expect(judgeAccess({ layers: [] }, '/' as DrivePath, 'read').ok).toBe(false)
  })
})

describe('the default ceiling', () => {
  it('is a policy like any other: it reads back to itself', () => {
    const parsed = parsePolicy(JSON.stringify(policyValue(DEFAULT_CEILING)))
    expect(parsed).toEqual({ ok: true, value: DEFAULT_CEILING })
  })

  it('takes nothing away from what a person can grant of names, paths and variables', () => {
    fc.assert(
      fc.property(networkTexts, storageTexts, targets, drivePaths, (host, uri, at, path) => {
        const given = authority(grants(`network|${host}`, `storage|${uri}`))
        const rest = { ownHosts: [] }
        const isName = !/^[[\d]/.test(at.host)
        if (given.network !== null && isName) {
          const alone = judge({ ...rest, layers: given.network.layers.slice(-1) }, at).ok
          expect(judge(given.network, at).ok).toBe(alone)
        }
        if (given.storage !== null) {
          const alone = judgeAccess({ layers: given.storage.layers.slice(-1) }, path, 'read').ok
          expect(judgeAccess(given.storage, path, 'read').ok).toBe(alone)
        }
      }),
    )
  })
})
