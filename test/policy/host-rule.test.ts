import { describe, expect, it } from 'vitest'
import type { Target } from '../../src/policy/host-rule.ts'
import { matches, parseHostRule, smallestRule } from '../../src/policy/host-rule.ts'
import { canonicalHost } from '../../src/policy/host.ts'

function target(text: string): Target {
  const url = new URL(text)
  const host = canonicalHost(url)
  if (host === null) throw new Error(`no host in ${text}`)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  return { scheme, host, port, path: url.pathname }
}

function rule(text: string) {
  const parsed = parseHostRule(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error}`)
  return parsed.value
}

describe('parseHostRule', () => {
  it.each([
    ['api.x.com', 'api.x.com'],
    ['API.X.com.', 'api.x.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['api.x.com:8443', 'api.x.com:8443'],
    ['https://api.x.com', 'https://api.x.com/'],
    ['https://api.x.com:443/', 'https://api.x.com/'],
    ['https://api.x.com/v1', 'https://api.x.com/v1/'],
    ['https://api.x.com/a/../v1/', 'https://api.x.com/v1/'],
    ['http://api.x.com:8080/v1/', 'http://api.x.com:8080/v1/'],
    ['*.x.com', '*.x.com'],
    ['*.x.com:8443', '*.x.com:8443'],
    ['*', '*'],
  ])('reads %s as %s', (text, canonical) => {
    expect(rule(text).text).toBe(canonical)
    expect(rule(canonical).text).toBe(canonical)
  })

  it.each([
    ['', 'empty'],
    ['a.com?x', 'query-or-fragment'],
    ['a.com#x', 'query-or-fragment'],
    ['user@a.com', 'userinfo'],
    ['ftp://a.com/', 'scheme'],
    ['a*b.com', 'wildcard'],
    ['*.*.com', 'wildcard'],
    ['https://*.x.com/', 'wildcard'],
    ['a.com:0', 'port'],
    ['a.com:70000', 'port'],
    ['a.com/path', 'host'],
    ['a b.com', 'host'],
    ['*.', 'wildcard'],
  ])('refuses %j because of its %s', (text, fault) => {
    expect(parseHostRule(text)).toEqual({ ok: false, error: fault })
  })
})

describe('matches', () => {
  it.each([
    ['api.x.com', 'https://api.x.com/any', true],
    ['api.x.com', 'http://api.x.com/any', true],
    ['api.x.com', 'https://api.x.com:8443/', false],
    ['api.x.com', 'https://x.com/', false],
    ['api.x.com', 'https://evil-api.x.com/', false],
    ['api.x.com', 'https://api.x.com.evil.org/', false],
    ['api.x.com:8443', 'https://api.x.com:8443/', true],
    ['api.x.com:8443', 'https://api.x.com/', false],
    ['https://api.x.com/', 'http://api.x.com/', false],
    ['https://api.x.com/v1/', 'https://api.x.com/v1', true],
    ['https://api.x.com/v1/', 'https://api.x.com/v1/things', true],
    ['https://api.x.com/v1/', 'https://api.x.com/v10', false],
    ['https://api.x.com/v1/', 'https://api.x.com/v1/../admin', false],
    ['*.x.com', 'https://a.x.com/', true],
    ['*.x.com', 'https://a.b.x.com/', true],
    ['*.x.com', 'https://x.com/', false],
    ['*.x.com', 'https://evilx.com/', false],
    ['*', 'https://anything.example/', true],
    ['*', 'https://192.0.2.1/', false],
  ])('%s on %s is %s', (text, url, expected) => {
    expect(matches(rule(text), target(url))).toBe(expected)
  })

  it('is permitted by the smallest rule of any target', () => {
    for (const url of [
      'https://a.b.c/x',
      'http://a.b.c:8080/',
      'http://a.b.c/',
      'https://a.b:80/',
    ]) {
      expect(matches(rule(smallestRule(target(url))), target(url))).toBe(true)
    }
  })
})
