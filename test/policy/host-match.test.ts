import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalHost } from '../../src/policy/host.ts'
import { denies, matches } from '../../src/policy/host-match.ts'
import type { Target } from '../../src/policy/host-rule.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { hostRule, networkDenials, networkTexts, targets } from '../support/policies.ts'

/** `POST https://a.test/x`, as a request is judged. */
function target(text: string): Target {
  const [method = '', place = ''] = text.split(' ')
  const isTcp = place.startsWith('tcp://')
  const url = new URL(place.replace(/^tcp:/, 'http:'))
  const host = canonicalHost(url)
  if (host === null) throw new Error(`no host in ${text}`)
  const scheme = isTcp ? 'tcp' : url.protocol === 'https:' ? 'https' : 'http'
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  return { scheme, host, port, path: url.pathname, method: isTcp ? null : method }
}

describe('the text of a rule', () => {
  it.each([
    ['GET api.a.test', 'GET api.a.test'],
    ['POST,GET,POST  api.a.test', 'GET,POST api.a.test'],
    ['GET,HEAD https://api.a.test/v1', 'GET,HEAD https://api.a.test/v1/'],
    ['https://*.a.test/', 'https://*.a.test/'],
    ['https://*/', 'https://*/'],
    ['a.test:*', 'a.test:*'],
    ['*:*', '*:*'],
    ['tcp://*:*', 'tcp://*:*'],
    ['cidr 192.0.2.7/24', 'cidr 192.0.2.0/24'],
    ['cidr 2001:DB8::/32:8443', 'cidr 2001:db8::/32:8443'],
    ['GET cidr 192.0.2.0/24:*', 'GET cidr 192.0.2.0/24:*'],
    ['{url}', '{url}'],
    ['GET https://{request.url}/v1', 'GET https://{request.url}/v1/'],
    ['tcp://{host}:5432', 'tcp://{host}:5432'],
    ['PROPFIND dav.a.test', 'PROPFIND dav.a.test'],
  ])('of %s is %s', (text, canonical) => expect(hostRule(text).text).toBe(canonical))

  it('is what reads back to the same rule', () => {
    fc.assert(
      fc.property(networkTexts, (text) => {
        const rule = hostRule(text)
        expect(hostRule(rule.text)).toEqual(rule)
      }),
    )
  })

  it.each([
    ['CONNECT a.test', 'method'],
    ['TRACE a.test', 'method'],
    ['GET,, a.test', 'method'],
    ['GET tcp://a.test:1', 'method'],
    ['get a.test', 'host'],
    ['GET POST a.test', 'host'],
    ['cidr 192.0.2.0', 'cidr'],
    ['cidr 192.0.2.0/24/', 'cidr'],
    ['cidr a.test', 'cidr'],
    ['cidr 192.0.2.0/24:0', 'port'],
    ['https://cidr 192.0.2.0/24', 'host'],
    ['{}', 'argument'],
    ['{a b}', 'host'],
    ['{../x}', 'host'],
    ['{1a}', 'argument'],
    ['{a.b.c.d.e}', 'argument'],
    ['x{a}', 'host'],
    ['*.{a}', 'host'],
    ['a.test:**', 'wildcard'],
  ])('is refused for %j: %s', (text, fault) => {
    expect(parseHostRule(text)).toEqual({ ok: false, error: fault })
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), (text) => {
        const parsed = parseHostRule(text)
        if (parsed.ok) expect(parseHostRule(parsed.value.text)).toEqual(parsed)
      }),
    )
  })
})

describe('matches', () => {
  it.each([
    ['GET a.test', 'GET https://a.test/', true],
    ['GET a.test', 'HEAD https://a.test/', false],
    ['GET,HEAD a.test', 'HEAD http://a.test/', true],
    ['GET a.test', 'POST https://a.test/', false],
    ['a.test', 'DELETE https://a.test/', true],
    ['GET https://a.test/v1/', 'GET https://a.test/v2', false],
    ['a.test:*', 'GET https://a.test:9999/', true],
    ['a.test:*', 'GET tcp://a.test:9999', false],
    ['https://*.a.test/', 'GET https://b.a.test/', true],
    ['https://*.a.test/', 'GET http://b.a.test/', false],
    ['https://*/', 'GET https://192.0.2.1/', false],
    ['cidr 192.0.2.0/24', 'GET http://192.0.2.9/', true],
    ['cidr 192.0.2.0/24', 'GET https://192.0.2.9/', true],
    ['cidr 192.0.2.0/24', 'GET https://192.0.2.9:8080/', false],
    ['cidr 192.0.2.0/24:8080', 'GET https://192.0.2.9:8080/', true],
    ['cidr 192.0.2.0/24', 'GET https://192.0.3.9/', false],
    ['cidr 192.0.2.0/24', 'GET https://3221225993/', true],
    ['cidr 0.0.0.0/0', 'GET https://a.test/', false],
    ['cidr 0.0.0.0/0', 'GET tcp://192.0.2.9:80', false],
    ['cidr 2001:db8::/32', 'GET https://[2001:DB8:0::7]/', true],
    ['192.0.2.9', 'GET https://192.0.2.9/', false],
    ['*:*', 'GET https://192.0.2.9/', false],
    ['tcp://a.test:*', 'GET tcp://a.test:22', true],
    ['{url}', 'GET https://a.test/', false],
    ['A.Test', 'GET https://a.test./', true],
    ['bücher.test', 'GET https://xn--bcher-kva.test/', true],
    ['xn--bcher-kva.test', 'GET https://BÜCHER.test/', true],
    ['a.test', 'GET https://a%2Etest/', true],
    ['a.test', 'GET https://a。test/', true],
    ['https://a.test/v1/', 'GET https://a.test/v1/.%09./admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/..%0a/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/%2e%0D.', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/%2%09e%252%0ae/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/..%3fx', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/..%23', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/..%00/x', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/..%20', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/..%1f%20', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/%u002e%u002e/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/.%U002E%u002fadmin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/%25u002e%u002e/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/%u00252e%u0025u002e/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/%c0%ae%c0%ae/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/.%C0%AE%c0%afadmin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/..%c1%9cadmin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/%e0%80%ae./admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/.%f0%80%80%ae/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/.%25c0%25ae/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/.%c0%a52e/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/.%c0%09%ae/admin', false],
    ['https://a.test/v1/', 'GET https://a.test/v1/..%e0%a4%85/..%c3%80/..%f0%9f%98%80', true],
    ['https://a.test/v1/', 'GET https://a.test/v1/%u0061/%ud83d/%c0/%c0.', true],
    ['https://a.test/v1/', 'GET https://a.test/v1/what%3f/x%23y', true],
    ['https://a.test/v1/', 'GET https://a.test/v1/a%20b/c%09d/e%00f', true],
    ['https://a.test/v1/', 'GET https://a.test/v1/1..2/a..%3f/...%20', true],
  ] as const)('%s on %s is %s', (rule, request, expected) => {
    expect(matches(hostRule(rule), target(request))).toBe(expected)
  })
})

describe('denies', () => {
  it.each([
    ['a.test', 'GET https://a.test:9999/', true],
    ['a.test', 'GET tcp://a.test:22', true],
    ['a.test:81', 'GET https://a.test/', false],
    ['a.test:81', 'GET tcp://a.test:81', true],
    ['POST a.test', 'POST https://a.test:81/', true],
    ['POST a.test', 'GET https://a.test/', false],
    ['POST a.test', 'GET tcp://a.test:22', false],
    ['*', 'GET https://192.0.2.9/', true],
    ['*', 'GET tcp://a.test:22', true],
    ['*.a.test', 'GET https://a.test/', false],
    ['192.0.2.9', 'GET https://192.0.2.9/', true],
    ['cidr 192.0.2.0/24', 'GET https://192.0.2.9:8443/', true],
    ['cidr 0.0.0.0/0', 'GET https://a.test/', false],
    ['https://a.test/admin/', 'GET https://a.test/admin', true],
    ['https://a.test/admin/', 'GET https://a.test:8443/admin/x', true],
    ['https://a.test/admin/', 'GET http://a.test/admin/x', false],
    ['https://a.test/admin/', 'GET https://a.test/public', false],
    ['https://a.test/admin/', 'GET https://a.test/administrator', false],
    ['https://a.test/admin/', 'GET https://a.test/%61dmin/', true],
    ['https://a.test/admin/', 'GET https://a.test/ADMIN/', true],
    ['https://a.test/admin/', 'GET https://a.test//admin/', true],
    ['https://a.test/admin/', 'GET https://a.test/admin;x=1/y', true],
    ['https://a.test/admin/', 'GET https://a.test/x/..%2fadmin/', true],
    ['https://a.test/admin/', 'GET https://a.test/%2fadmin', true],
    ['https://a.test/admin/', 'GET https://a.test/x/..%3b/admin', true],
    ['https://a.test/admin/', 'GET https://a.test/%2561dmin', true],
    ['https://a.test/admin/', 'GET https://a.test/%252561dmin/', true],
    ['https://a.test/admin/', 'GET https://a.test/%2%35%36%31dmin', true],
    ['https://a.test/admin/', `GET https://a.test/%${'25'.repeat(9)}61dmin`, true],
    ['https://a.test/admin/', 'GET https://a.test/%2562dmin', false],
    ['https://a.test/a/admin/', 'GET https://a.test/a;x%5cadmin', true],
    ['https://a.test/a/admin/', 'GET https://a.test/a%3bx%2fadmin', true],
    ['https://a.test/a/admin/', 'GET https://a.test/a;x/admin', true],
    ['https://a.test/a/admin/', 'GET https://a.test/a;x%5cother', false],
    ['https://a.test/%2561dmin/', 'GET https://a.test/admin', true],
    ['https://a.test/admin/', 'GET https://a.test//x/admin', true],
    ['https://a.test/admin/', 'GET https://a.test/%2f%5cx:1%2fadmin/y', true],
    ['https://a.test/admin/', 'GET https://a.test//x/y/admin', false],
    ['https://a.test/admin/', 'GET https://a.test//x%2fy/admin', true],
    ['https://a.test/admin/', 'GET https://a.test//x%c0%afy/admin', true],
    ['https://a.test/x/admin/', 'GET https://a.test//x/admin', true],
    ['https://a.test/admin/', 'GET https://a.test/v1/.%09./admin', true],
    ['https://a.test/admin/', 'GET https://a.test/v1/..%0a/admin', true],
    ['https://a.test/admin/', 'GET https://a.test/v1/..%3f', true],
    ['https://a.test/admin/', 'GET https://a.test/ad%09min/x', true],
    ['https://a.test/admin/', 'GET https://a.test/ad%250amin', true],
    ['https://a.test/admin/', 'GET https://a.test/%0d%2fadmin', true],
    ['https://a.test/admin/', 'GET https://a.test/admin%3fx', true],
    ['https://a.test/admin/', 'GET https://a.test/admin%23x/y', true],
    ['https://a.test/admin/', 'GET https://a.test/admin%00', true],
    ['https://a.test/admin/', 'GET https://a.test/admin%20', true],
    ['https://a.test/admin/', 'GET https://a.test/admin%20%1f/x', true],
    ['https://a.test/a/admin/', 'GET https://a.test/a%3fx/admin', true],
    ['https://a.test/admin/', 'GET https://a.test/what%3fx/admin', false],
    ['https://a.test/admin/', 'GET https://a.test/ad%20min', false],
    ['https://a.test/admin/', 'GET https://a.test/%u0061dmin', true],
    ['https://a.test/admin/', 'GET https://a.test/%u0041%U0044min/x', true],
    ['https://a.test/admin/', 'GET https://a.test/%25u0061dmin', true],
    ['https://a.test/admin/', 'GET https://a.test/%u0025u0061dmin', true],
    ['https://a.test/admin/', 'GET https://a.test/x/%u002e%u002e/admin', true],
    ['https://a.test/admin/', 'GET https://a.test/%u002fx%u002fadmin', true],
    ['https://a.test/admin/', 'GET https://a.test/%c1%a1dmin', true],
    ['https://a.test/admin/', 'GET https://a.test/%e0%81%a1dmin', true],
    ['https://a.test/admin/', 'GET https://a.test/%u0062dmin', false],
    ['https://a.test/caf%c3%a9/', 'GET https://a.test/caf%u00e9/x', true],
    ['https://a.test/%f0%9f%98%80/', 'GET https://a.test/%ud83d%ude00', true],
    ['https://a.test/%e0%a4%85/', 'GET https://a.test/%e0%a4%85', true],
    ['https://a.test/%e0%a4%85/', 'GET https://a.test/%e0%a4%86', false],
    ['https://a.test/admin%20/', 'GET https://a.test/admin%20', true],
    ['https://a.test/admin%3fx/', 'GET https://a.test/admin%3fx', true],
  ] as const)('%s on %s is %s', (rule, request, expected) => {
    expect(denies(hostRule(rule), target(request))).toBe(expected)
  })

  it('covers at least what the same rule would allow', () => {
    fc.assert(
      fc.property(networkDenials, targets, (rule, at) => {
        if (matches(rule, at)) expect(denies(rule, at)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})
