// What decides and what parses answers to anything: no text, however long or odd, is a fault.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress, parsePrefix, printPrefix } from '../../src/policy/address.ts'
import { authorityOf, bindArguments } from '../../src/policy/authority.ts'
import { DEFAULT_CEILING } from '../../src/policy/ceiling.ts'
import { parsePolicy } from '../../src/policy/document.ts'
import type { PolicyDocument } from '../../src/policy/document.ts'
import { prefixFor } from '../../src/policy/host-match.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { parseLimitRule } from '../../src/policy/limit-rule.ts'
import { authorizeRequest, judge, readTarget } from '../../src/policy/network.ts'
import { offeredRules } from '../../src/policy/offers.ts'
import { parseName } from '../../src/policy/sockets.ts'
import { judgeAccess } from '../../src/policy/storage.ts'
import { parseStorageRule, parseStoredStorageRule } from '../../src/policy/storage-rule.ts'
import {
  drivePaths,
  networkDenials,
  networkTexts,
  storageDenials,
  storageTexts,
  targets,
} from '../support/policies.ts'

/** Texts that nearly say something: pieces of rules and URLs in any order, and any characters. */
const pieces = fc.constantFrom(
  ...[
    'http://',
    'https://',
    'tcp://',
    'fs://',
    'cidr ',
    'GET ',
    'GET,',
    '*',
    '**',
    '*.',
    '.',
    '..',
  ],
  ...['a.test', '1.1.1.1', '[::1]', '[', ']', ':', '::', ':80', ':*', '/', '//', '/8', '/129', '@'],
  ...['{url}', '{', '}', '%2e', '%', '\\', '?', '#', ' ', '\t', '\0', '\ud800', 'ß', 'read ', ','],
  ...['999999999999', '0x7f', '-1', '1e9', 'NaN', 'Infinity', 'fuel ', 'cpu-cores ', '__proto__'],
)
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
  fc.string({ unit: 'binary' }),
  pieces.map((piece) => piece.repeat(200)),
)

const everything = authorityOf({
  ceilings: [DEFAULT_CEILING],
  grants: ['*:*', 'cidr 0.0.0.0/0:*', 'cidr ::/0:*'].map((rule, n) => ({
    id: `g${n}`,
    permission: 'network',
    rule,
    effect: 'allow',
    limited: false,
  })),
  component: { imports: ['wasi:http/types@0.2.0'] },
  ownHosts: ['edge.example'],
  values: new Map(),
}).network

describe('whatever a guest asks for', () => {
  it('is judged, and only a whole URL that says the same is sent', () => {
    const part = fc.record({ method: texts, scheme: texts, authority: texts, path: texts })
    const likely = fc.record({
      method: fc.constantFrom('GET', 'post', 'TRACE'),
      scheme: fc.constantFrom('http', 'HTTPS'),
      authority: texts,
      path: texts.map((text) => `/${text}`),
    })
    fc.assert(
      fc.property(fc.oneof(part, likely), (asked) => {
        const message = { ...asked, headers: [], body: null, timeoutMs: null }
        const read = readTarget(message)
        if (everything === null) throw new Error('nothing to decide')
        const verdict = authorizeRequest(everything, message)
        if (!read.ok || !verdict.ok) {
          expect(verdict).toMatchObject(read.ok ? { error: { reason: 'unreachable' } } : read)
          return
        }
        const url = new URL(verdict.value.url)
        const { host, path, scheme } = read.value.target
        expect([url.username, url.password, url.hash]).toEqual(['', '', ''])
        expect(url.hostname.replace(/\.$/, '')).toBe(host)
        expect([url.pathname, url.protocol]).toEqual([path, `${scheme}:`])
        const name = parseAddress(host)
        expect(name === null ? host.includes('.') : host).toBeTruthy()
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('whatever a rule is written as', () => {
  it('parses to one that is spelled as it is stored, or is refused', () => {
    fc.assert(
      fc.property(texts, fc.array(texts, { maxLength: 2 }), (text, access) => {
        const host = parseHostRule(text)
        if (host.ok) expect(parseHostRule(host.value.text)).toEqual(host)
        const given = fc.sample(fc.constantFrom(['read'], ['write', 'read'], access), 1)[0] ?? []
        const path = parseStorageRule(text, given)
        if (path.ok) expect(parseStoredStorageRule(path.value.text)).toEqual(path)
        const prefix = parsePrefix(text)
        if (prefix !== null) expect(parsePrefix(printPrefix(prefix))).toEqual(prefix)
        const limit = parseLimitRule(text)
        if (limit !== null) {
          const amounts = [...Object.values(limit.bounds), limit.cpuCores, limit.ioPerSecond]
          const said = amounts.filter((amount) => amount !== null)
          expect(said).toHaveLength(1)
          expect(said.every((amount) => Number.isFinite(amount) && amount > 0)).toBe(true)
        }
        expect(parseName(text) ?? 'a.test').not.toMatch(/[/@\\?#\s]/)
        for (const kind of ['network', 'storage', 'environment'] as const) {
          expect(offeredRules(kind, text)[0]).toBe(text)
        }
        const policy = parsePolicy(text)
        if (!policy.ok) expect(policy.error.length).toBeGreaterThan(0)
      }),
      { numRuns: 1_000 },
    )
  })

  it('has as much of a path as there is room for, in whole segments', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 600 }), (text, most) => {
        const path = `/${text}`
        const prefix = prefixFor(path, most)
        expect(prefix.length).toBeLessThanOrEqual(most)
        expect(`${path}/`.startsWith(prefix)).toBe(true)
        expect(prefix.endsWith('/')).toBe(true)
      }),
    )
  })
})

describe('a denial that a ceiling has more', () => {
  const grants = fc
    .array(
      fc.oneof(
        networkTexts.map((rule) => ({ permission: 'network' as const, rule })),
        storageTexts.map((rule) => ({ permission: 'storage' as const, rule })),
      ),
      { maxLength: 6 },
    )
    .map((all) =>
      all.map((rule, n) => ({ ...rule, id: `g${n}`, effect: 'allow' as const, limited: false })),
    )
  const denials = fc.record({
    network: fc.array(networkDenials, { maxLength: 3 }),
    storage: fc.array(storageDenials, { maxLength: 3 }),
  })

  it('never allows more, wherever it stands', () => {
    fc.assert(
      fc.property(grants, denials, targets, drivePaths, (given, deny, target, path) => {
        const ceiling: PolicyDocument = {
          ...DEFAULT_CEILING,
          network: { ...DEFAULT_CEILING.network, deny: deny.network },
          storage: { ...DEFAULT_CEILING.storage, deny: deny.storage },
        }
        const imports = [
          'wasi:http/types@0.2.0',
          'wasi:filesystem/types@0.2.0',
          'wasi:sockets/tcp@0.2.0',
        ]
        const under = (...ceilings: [PolicyDocument, ...PolicyDocument[]]) =>
          authorityOf({
            ceilings,
            grants: given,
            component: { imports },
            ownHosts: [],
            values: new Map(),
          })
        const may = (authority: ReturnType<typeof authorityOf>) => {
          const { network, sockets, storage } = bindArguments(authority, { url: 'http://a.test/' })
          const permission = target.scheme === 'tcp' ? sockets : network
          if (permission === null || storage === null) throw new Error('nothing to decide')
          return [
            judge(permission, target).ok,
            judgeAccess(storage, path, 'read').ok,
            judgeAccess(storage, path, 'write').ok,
          ]
        }
        const before = may(under(DEFAULT_CEILING))
        const after = may(under(ceiling))
        const isMore = (more: readonly boolean[], less: readonly boolean[]) =>
          more.some((allowed, i) => allowed && less[i] !== true)
        expect(isMore(after, before)).toBe(false)
        // One more ceiling, before or behind, is the same.
        expect(may(under(DEFAULT_CEILING, ceiling))).toEqual(after)
        expect(may(under(ceiling, DEFAULT_CEILING))).toEqual(after)
      }),
      { numRuns: 500 },
    )
  })
})
