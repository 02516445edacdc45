import { describe, expect, it } from 'vitest'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { layerOf } from '../../src/policy/layers.ts'
import type { NetworkPermission, RequestMessage } from '../../src/policy/network.ts'
import { authorizeRequest } from '../../src/policy/network.ts'

function permission(allow: string[], deny: string[] = []): NetworkPermission {
  const rules = (texts: string[]) =>
    texts.flatMap((text) => {
      const parsed = parseHostRule(text)
      return parsed.ok ? [parsed.value] : []
    })
  return { layers: [layerOf('grants', rules(allow), rules(deny))], ownHosts: ['edge.example'] }
}

function ask(url: string, more: Partial<RequestMessage> = {}): RequestMessage {
  const [, scheme = '', rest = ''] = /^([^:]+):\/\/(.*)$/.exec(url) ?? []
  const slash = rest.indexOf('/')
  const authority = slash < 0 ? rest : rest.slice(0, slash)
  const path = slash < 0 ? '/' : rest.slice(slash)
  return {
    method: 'GET',
    scheme,
    authority,
    path,
    headers: [],
    body: null,
    timeoutMs: null,
    ...more,
  }
}

function reason(granted: NetworkPermission, message: RequestMessage): string {
  const verdict = authorizeRequest(granted, message)
  return verdict.ok ? 'allowed' : verdict.error.reason
}

describe('authorizeRequest', () => {
  it('refuses everything when nothing is granted, and names the smallest grant', () => {
    expect(authorizeRequest(permission([]), ask('https://api.x.com:8443/v1'))).toEqual({
      ok: false,
      error: {
        reason: 'not-granted',
        permission: 'network',
        host: 'api.x.com',
        port: 8443,
        rule: 'GET https://api.x.com:8443/v1/',
      },
    })
  })

  it('sends exactly what it approved', () => {
    const verdict = authorizeRequest(
      permission(['api.x.com']),
      ask('https://API.x.com./a/../b?q=1'),
    )
    expect(verdict.ok && verdict.value.url).toBe('https://api.x.com./b?q=1')
  })

  it('lets deny win over allow', () => {
    const granted = permission(['*'], ['*.x.com'])
    expect(reason(granted, ask('https://api.x.com/'))).toBe('denied')
    expect(reason(granted, ask('https://y.com/'))).toBe('allowed')
  })

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://localhost/',
    'http://a.localhost/',
    'http://printer.local/',
    'http://metadata.google.internal/',
    'http://intranet/',
    'https://edge.example/mcp',
    'https://x.edge.example/',
    'https://other.workers.dev/',
    'https://EDGE.example./mcp',
  ])('refuses %s whatever was granted', (url) => {
    const granted = permission(['*', url.replace(/\/[^/]*$/, '/')])
    expect(reason(granted, ask(url))).toBe('unreachable')
  })

  it.each([
    ['a user name in the authority', ask('https://x.com/', { authority: 'y.com@x.com' })],
    ['a path in the authority', ask('https://x.com/', { authority: 'x.com/a' })],
    ['a backslash in the authority', ask('https://x.com/', { authority: 'x.com\\@y.com' })],
    ['a fragment in the path', ask('https://x.com/', { path: '/a#b' })],
    ['a line break in the path', ask('https://x.com/', { path: '/a\r\nHost: y.com' })],
    ['a path without a slash', ask('https://x.com/', { path: '.evil.org/' })],
    ['another scheme', ask('ftp://x.com/')],
    ['CONNECT', ask('https://x.com/', { method: 'CONNECT' })],
    ['a method that no rule could name', ask('https://x.com/', { method: "O'HARE" })],
    ['an empty label', ask('https://x..com/')],
    ['port 0', ask('https://x.com:0/')],
  ])('takes %s for malformed', (_, message) => {
    expect(reason(permission(['*:*']), message)).toBe('malformed')
    expect(reason(permission([]), message)).toBe('malformed')
  })
})
