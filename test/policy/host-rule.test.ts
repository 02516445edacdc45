import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matches, smallestRule } from '../../src/policy/host-match.ts'
import type { Target } from '../../src/policy/host-rule.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { canonicalHost } from '../../src/policy/host.ts'

function target(text: string): Target {
  const url = new URL(text)
  const host = canonicalHost(url)
  if (host === null) throw new Error(`no host in ${text}`)
  if (url.protocol === 'tcp:') return connection(url)
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  const port = url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port)
  return { scheme, host, port, path: url.pathname, method: 'GET' }
}

/** A host of a scheme that URL does not know is not normalised: it is read as one of http. */
function connection(url: URL): Target {
  const host = canonicalHost(new URL(`http://${url.hostname}/`))
  if (host === null) throw new Error(`no host in ${url.href}`)
  return { scheme: 'tcp', host, port: Number(url.port), path: '/', method: null }
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
    ['tcp://db.x.com:5432', 'tcp://db.x.com:5432'],
    ['TCP://DB.X.com.:443', 'tcp://db.x.com:443'],
    ['tcp://*.x.com:80', 'tcp://*.x.com:80'],
    ['tcp://*:5432', 'tcp://*:5432'],
    ['https://a.com/@scope/x', 'https://a.com/@scope/x/'],
  ])('reads %s as %s', (text, canonical) => {
    expect(rule(text).text).toBe(canonical)
    expect(rule(canonical).text).toBe(canonical)
  })

  it.each([
    ['', 'empty'],
    ['a.com?x', 'query-or-fragment'],
    ['a.com#x', 'query-or-fragment'],
    ['user@a.com', 'userinfo'],
    ['https://user@a.com/x', 'userinfo'],
    ['ftp://a.com/', 'scheme'],
    ['a*b.com', 'wildcard'],
    ['*.*.com', 'wildcard'],
    ['a.com:0', 'port'],
    ['a.com:70000', 'port'],
    ['a.com/path', 'host'],
    ['a b.com', 'host'],
    ['*.', 'wildcard'],
    ['tcp://db.x.com', 'port'],
    ['tcp://db.x.com:0', 'port'],
    ['tcp://db.x.com:5432/', 'host'],
    ['tcp://db.x.com:5432/x', 'host'],
    ['tcp://u@db.x.com:5432', 'userinfo'],
    ['tcp://a*.x.com:5432', 'wildcard'],
    ['udp://db.x.com:53', 'scheme'],
    ['https://api.x.com\\v1', 'characters'],
    ['https://api.x.com/v1\\..\\', 'characters'],
    ['db.x.com\\x', 'characters'],
    ['*.x.com\\x', 'characters'],
    ['tcp://db.x.com\\x:5432', 'characters'],
    ['GET {url}\\x', 'characters'],
    ['https://api.x.com/v1/\u0001', 'characters'],
    [`https://x.com/${'a'.repeat(499)}`, 'empty'],
    [`https://x.com/${'字'.repeat(100)}`, 'empty'],
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
    ['tcp://x.com:443', 'tcp://x.com:443', true],
    ['tcp://x.com:443', 'tcp://x.com:444', false],
    ['tcp://x.com:443', 'tcp://a.x.com:443', false],
    ['tcp://*.x.com:443', 'tcp://a.x.com:443', true],
    ['tcp://*.x.com:443', 'tcp://x.com:443', false],
    ['tcp://*:443', 'tcp://anything.example:443', true],
    ['tcp://*:443', 'tcp://192.0.2.1:443', false],
    ['tcp://x.com:443', 'https://x.com/', false],
    ['tcp://x.com:80', 'http://x.com/', false],
    ['tcp://*:443', 'https://x.com/', false],
    ['x.com', 'tcp://x.com:443', false],
    ['x.com:5432', 'tcp://x.com:5432', false],
    ['https://x.com/', 'tcp://x.com:443', false],
    ['*', 'tcp://x.com:443', false],
    ['*.x.com:443', 'tcp://a.x.com:443', false],
  ])('%s on %s is %s', (text, url, expected) => {
    expect(matches(rule(text), target(url))).toBe(expected)
  })

  it('is permitted by the smallest rule of any target', () => {
    for (const url of [
      'https://a.b.c/x',
      'http://a.b.c:8080/',
      'http://a.b.c/',
      'https://a.b:80/',
      'tcp://a.b.c:443',
      'tcp://a.b.c:5432',
      'http://1.1.1.1:8080/x',
      'https://[2606:4700::1]/',
      'https://a.b.c/@scope/name;v=1//x',
      'https://a.b.c/v1/..%2fv2',
      `https://a.b.c/${'long/'.repeat(3_000)}`,
      `https://a.b.c/${'x'.repeat(16_000)}`,
    ]) {
      expect(matches(rule(smallestRule(target(url))), target(url))).toBe(true)
    }
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), (url) => {
        if (canonicalHost(new URL(url)) === null) return
        expect(matches(rule(smallestRule(target(url))), target(url))).toBe(true)
      }),
    )
  })

  it('is refused by the smallest rule of another path, method, scheme or port', () => {
    const small = rule(smallestRule(target('https://a.b.c/v1/items/7?page=2')))
    expect(small.text).toBe('GET https://a.b.c/v1/items/7/')
    const others = ['https://a.b.c/v1/items/8', 'https://a.b.c/v1/items', 'http://a.b.c/v1/items/7']
    for (const url of others) expect(matches(small, target(url))).toBe(false)
    const head = { ...target('https://a.b.c/v1/items/7'), method: 'HEAD' }
    expect(matches(small, head)).toBe(false)
  })
})

describe('a path prefix', () => {
  const v1 = rule('https://api.x.com/v1/')

  it.each([
    '..%2fadmin',
    'a%2F..%5cadmin',
    '..%5Cadmin',
    '..;/admin',
    '.;/x',
    'a/..;x=1/b',
    '%2e%2e%2fx',
    '..%3b/admin',
    '..%3Bx=1/admin',
    '%252e%252e/admin',
    '%25252e%25252e/admin',
    '..%252fadmin',
    '..%255cadmin',
    '..%253b/admin',
    '%2%65%2%65/admin',
    `%${'25'.repeat(9)}2e./admin`,
  ])('does not match what leads out of it once decoded: %s', (path) => {
    expect(matches(v1, target(`https://api.x.com/v1/${path}`))).toBe(false)
  })

  it.each(['a%2fb', 'a..b', '...', '..a/b', 'x;y/z', 'a.;b', '100%25', '%252541', '..%3', ''])(
    'matches %s below it',
    (path) => {
      expect(matches(v1, target(`https://api.x.com/v1/${path}`))).toBe(true)
    },
  )
})
