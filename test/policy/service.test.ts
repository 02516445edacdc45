import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hostname } from '../../src/policy/host.ts'
import { unreachable } from '../../src/policy/host.ts'
import { matches } from '../../src/policy/host-match.ts'
import {
  mayBeOpened,
  parseService,
  parseServiceHost,
  parseServiceRef,
  printServiceRef,
} from '../../src/policy/service.ts'

const OWN = ['edge.example.com']
const MINE = { of: 'mine', ownHosts: OWN } as const
const HOST = { of: 'host', ownHosts: OWN } as const
const DRAFT = {
  issuer: 'https://id.example.org',
  authorization_endpoint: 'https://id.example.org/auth',
  token_endpoint: 'https://id.example.org/token',
  client_id: 'edge',
  client_secret: 'a secret of it',
  scopes: ['read', 'write', 'read'],
  hosts: ['api.example.org', 'https://api.example.org/'],
}
const faultOf = (change: Record<string, unknown>, judge: typeof MINE | typeof HOST = MINE) => {
  const parsed = parseService({ ...DRAFT, ...change }, judge)
  return parsed.ok ? null : parsed.error
}

describe('parseService', () => {
  it('keeps what tokens are for, each once, and says nothing that was not said', () => {
    expect(parseService(DRAFT, MINE)).toEqual({
      ok: true,
      value: {
        service: {
          issuer: 'https://id.example.org',
          endpoints: {
            authorization: 'https://id.example.org/auth',
            token: 'https://id.example.org/token',
            revocation: null,
            jwks: null,
          },
          scopes: ['read', 'write'],
          resource: null,
          hosts: ['https://api.example.org/'],
          placement: { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
        },
        client: { id: 'edge', secret: 'a secret of it', authentication: 'client_secret_basic' },
      },
    })
  })

  it('takes a client without a secret as a public one, and none as one that is to be registered', () => {
    const { client_id: id, issuer, hosts } = DRAFT
    const open = parseService({ issuer, hosts, client_id: id }, MINE)
    expect(open).toMatchObject({
      value: { service: { endpoints: null }, client: { secret: null, authentication: 'none' } },
    })
    expect(parseService({ issuer, hosts }, MINE)).toMatchObject({ value: { client: null } })
  })

  it.each([
    'http://id.example.org',
    'https://id.example.org:8443',
    'https://127.0.0.1',
    'https://2130706433',
    'https://[::1]',
    'https://10.0.0.1',
    'https://8.8.8.8',
    'https://169.254.169.254',
    'https://localhost',
    'https://id.localhost',
    'https://metadata.internal',
    'https://neighbour',
    'https://neighbour.workers.dev',
    'https://edge.example.com',
    'https://EDGE.example.com.',
    'https://user@id.example.org',
    'https://id.example.org/?a=b',
    'https://id.example.org/#a',
    'javascript:alert(1)',
    'id.example.org',
    '',
  ])('refuses the issuer %s', (issuer) => {
    expect(faultOf({ issuer })).toBe('issuer')
    expect(faultOf({ issuer }, HOST)).toBe('issuer')
  })

  it.each([
    ['endpoint', { token_endpoint: 'https://169.254.169.254/token' }],
    ['endpoint', { token_endpoint: 'http://127.0.0.1:8788/token' }],
    ['endpoint', { revocation_endpoint: 'https://edge.example.com/revoke' }],
    ['endpoint', { jwks_uri: 'https://localhost/jwks' }],
    ['endpoint', { authorization_endpoint: 'javascript:alert(1)' }],
    ['endpoint', { authorization_endpoint: 'http://id.example.org/auth' }],
    ['half-endpoints', { token_endpoint: undefined }],
    ['half-endpoints', { authorization_endpoint: undefined }],
    [
      'half-endpoints',
      {
        authorization_endpoint: undefined,
        token_endpoint: undefined,
        jwks_uri: 'https://id.example.org/jwks',
      },
    ],
    ['client', { client_id: undefined, client_secret: undefined }],
    ['client', { client_id: undefined }],
    ['client', { client_id: 'a\nb' }],
    ['client', { client_id: '' }],
    ['secret', { client_secret: ' a' }],
    ['secret', { client_secret: undefined, token_endpoint_auth_method: 'client_secret_post' }],
    ['secret', { token_endpoint_auth_method: 'none' }],
    ['scope', { scopes: ['two words'] }],
    ['scope', { scopes: [''] }],
    ['scope', { scopes: ['a"b'] }],
    ['resource', { resource: 'not a URI' }],
    ['resource', { resource: 'https://api.example.org/#a' }],
    ['host-rule', { hosts: ['http://api.example.org'] }],
    ['host-rule', { hosts: ['tcp://api.example.org:443'] }],
    ['host-rule', { hosts: ['*'] }],
    ['host-rule', { hosts: ['{url}'] }],
    ['host-rule', { hosts: ['cidr 1.1.1.1/32'] }],
    ['host-rule', { hosts: ['api.example.org', '1.1.1.1'] }],
    ['host-rule', { hosts: ['https://[2606:4700::1]/'] }],
    ['placement', { placement: { kind: 'header', name: 'Host' } }],
    ['placement', { placement: { kind: 'basic', user: 'a:b' } }],
    ['form', { placement: { kind: 'body' } }],
    ['form', { hosts: [] }],
    ['form', { hosts: undefined }],
    ['form', { surplus: true }],
    ['form', { scopes: 'read' }],
    ['form', { token_endpoint_auth_method: 'private_key_jwt' }],
  ])('refuses as %s: %j', (fault, change) => {
    expect(faultOf(change)).toBe(fault)
  })
})

describe('mayBeOpened', () => {
  it('lets a host send browsers to their own machine, and nobody else', () => {
    for (const url of ['http://127.0.0.1:8788/auth', 'http://[::1]:1/auth']) {
      expect(mayBeOpened(url, HOST)).toBe(true)
      expect(mayBeOpened(url, MINE)).toBe(false)
    }
    for (const url of ['http://10.0.0.1/', 'http://localhost/', 'http://u@127.0.0.1/', 'data:a']) {
      expect(mayBeOpened(url, HOST)).toBe(false)
    }
  })
})

describe('parseServiceHost', () => {
  it('covers https at named hosts, whatever is written', () => {
    const word = fc.constantFrom(
      ...['https://', 'http://', 'tcp://', 'GET ', '*', '*.', '{a}', 'cidr ', 'api', '.', 'test'],
      ...['127.0.0.1', '[::1]', ':443', ':80', '/', '/v1/', '/32', '@', 'localhost', ' '],
    )
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(''))
    fc.assert(
      fc.property(text, (written) => {
        const rule = parseServiceHost(written)
        if (rule === null) return
        expect(parseServiceHost(rule.text)?.text).toBe(rule.text)
        const host = 'api.test' as Hostname
        const about = { host, path: '/v1/', method: 'GET' }
        expect(matches(rule, { ...about, scheme: 'http', port: 80 })).toBe(false)
        expect(matches(rule, { ...about, scheme: 'tcp', port: 443, method: null })).toBe(false)
        for (const address of ['127.0.0.1', '[::1]']) {
          const at = { ...about, host: address as Hostname, scheme: 'https', port: 443 } as const
          expect(matches(rule, at)).toBe(false)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(parseServiceHost('api.test')?.text).toBe('https://api.test/')
    expect(parseServiceHost('*.test.example')?.text).toBe('https://*.test.example/')
    expect(unreachable('api.test' as Hostname, [])).toBeNull()
  })
})

describe('parseServiceRef', () => {
  it('reads back what is printed, and nothing else', () => {
    const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/)
    const of = fc.constantFrom('host' as const, 'mine' as const)
    fc.assert(
      fc.property(fc.record({ of, name }), (ref) => {
        expect(parseServiceRef(printServiceRef(ref))).toEqual(ref)
      }),
    )
    for (const text of ['id', 'host/', 'host/-a', 'host/a/b', 'other/id', 'host/A', '/id', '']) {
      expect(parseServiceRef(text)).toBeNull()
    }
  })
})
