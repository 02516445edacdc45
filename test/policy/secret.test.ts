// What a secret may be bound to, which requests get it, and what becomes of them: pure decisions.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Hostname } from '../../src/policy/host.ts'
import type { Target } from '../../src/policy/host-rule.ts'
import { inject } from '../../src/policy/injection.ts'
import type { Injection, Placement, SecretBinding } from '../../src/policy/secret.ts'
import {
  BindingInput,
  checkSecretValue,
  injectionsFor,
  parseBinding,
  parseSecretName,
  printBinding,
  StoredBinding,
} from '../../src/policy/secret.ts'

const BEARER: Placement = { kind: 'header', name: 'authorization', prefix: 'Bearer ' }
const KEY: Placement = { kind: 'query', name: 'api_key' }
const BASIC: Placement = { kind: 'basic', user: 'ann' }

function binding(
  hosts: readonly string[],
  placement: Placement = BEARER,
  placeholder: string | null = null,
): SecretBinding {
  const parsed = parseBinding({ hosts: [...hosts], placement, placeholder }, 'placeholder-text')
  if (!parsed.ok) throw new Error(parsed.error)
  return parsed.value
}

function injection(name: string, of: SecretBinding): Injection {
  return { name, ...of, source: { kind: 'sealed' }, revision: 1 }
}

function target(url: string, method = 'GET'): Target {
  const { protocol, hostname, port, pathname } = new URL(url)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  const usual = scheme === 'https' ? 443 : 80
  const host = hostname as Hostname
  return { scheme, host, port: port === '' ? usual : Number(port), path: pathname, method }
}

const names = (all: readonly Injection[], url: string, method?: string) =>
  injectionsFor(all, target(url, method)).map(({ name }) => name)

describe('a binding', () => {
  it.each([
    [['api.example.com'], 'https://api.example.com/', true],
    [['api.example.com'], 'http://api.example.com/', false],
    [['http://api.example.com'], 'http://api.example.com/', true],
    [['http://api.example.com'], 'https://api.example.com/', false],
    [['api.example.com'], 'https://api.example.com:8443/', false],
    [['api.example.com:*'], 'https://api.example.com:8443/', true],
    [['api.example.com'], 'https://sub.api.example.com/', false],
    [['*.example.com'], 'https://sub.api.example.com/', true],
    [['*.example.com'], 'https://example.com/', false],
    [['https://api.example.com/v1/'], 'https://api.example.com/v1/x', true],
    [['https://api.example.com/v1/'], 'https://api.example.com/v2', false],
    [['POST api.example.com'], 'https://api.example.com/', false],
    [['a.example', 'b.example'], 'https://b.example/', true],
  ])('to %j covers %s: %s', (hosts, url, isCovered) => {
    expect(names([injection('one', binding(hosts))], url)).toEqual(isCovered ? ['one'] : [])
  })

  it('lets the narrowest rule stand where two would, and others beside it', () => {
    const all = [
      injection('below', binding(['*.example.com'])),
      injection('host', binding(['api.example.com'])),
      injection('path', binding(['https://api.example.com/v1/'])),
      injection('basic', binding(['api.example.com'], BASIC)),
      injection('key', binding(['*.example.com'], KEY)),
      injection('held', binding(['*.example.com'], BEARER, 'HELD')),
    ]
    expect(names(all, 'https://api.example.com/v1/')).toEqual(['path', 'key', 'held'])
    expect(names(all, 'https://api.example.com/')).toEqual(['basic', 'key', 'held'])
    expect(names(all, 'https://other.example.com/')).toEqual(['below', 'key', 'held'])
    expect(names(all.toReversed(), 'https://api.example.com/v1/')).toEqual(['path', 'key', 'held'])
  })

  it('is read back as it was written', () => {
    for (const placement of [BEARER, KEY, BASIC]) {
      for (const placeholder of [null, 'A_KEY']) {
        const of = binding(['https://a.example/x/', '*.b.example'], placement, placeholder)
        expect(StoredBinding.parse(JSON.parse(printBinding(of)))).toEqual(of)
      }
    }
    expect(() =>
      StoredBinding.parse({ hosts: ['*'], placement: BEARER, placeholder: null }),
    ).toThrow()
  })

  it('takes no host that it cannot name, whatever is written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 }), { maxLength: 3 }), (hosts) => {
        const input = BindingInput.parse({ hosts, placement: BEARER })
        const parsed = parseBinding(input, '')
        if (!parsed.ok) return
        for (const { host, scheme } of parsed.value.hosts) {
          expect(['exact', 'below']).toContain(host.kind)
          expect(scheme).not.toBe('tcp')
        }
      }),
    )
  })

  it.each(['93.184.216.34', 'https://93.184.216.34/', 'http://0x5db8d822', '[2606:4700::1]:8443'])(
    'is to no address, as nothing would go to %s; a stored one is read',
    (address) => {
      const input = BindingInput.parse({ hosts: ['api.example.com', address], placement: BEARER })
      expect(parseBinding(input, '')).toEqual({ ok: false, error: 'host-too-broad' })
      const stored = StoredBinding.parse({ ...input, placeholder: null })
      expect(stored.hosts).toHaveLength(2)
      expect(names([injection('one', stored)], 'https://93.184.216.34/')).toEqual([])
    },
  )
})

describe('parseSecretName', () => {
  it.each(['token', 'GITHUB_TOKEN', 'a', 'a.b-c_1'])('takes %j', (name) => {
    expect(parseSecretName(name)).toBe(name)
  })
  it.each(['', '1a', 'a b', 'a/b', 'é', 'x'.repeat(65), '__proto__'])('refuses %j', (name) => {
    expect(parseSecretName(name)).toBeNull()
  })
})

describe('checkSecretValue', () => {
  it.each([
    ['abcdefgh', BEARER, null],
    ['abc defgh', BEARER, null],
    ['abcdefg', BEARER, 'too-short'],
    ['', BEARER, 'empty'],
    ['abcdefgh\n', BEARER, 'characters'],
    [' abcdefgh', BEARER, 'characters'],
    ['abcdéfgh', BEARER, 'characters'],
    ['abcdéfgh', KEY, null],
    ['abc\ndefgh', KEY, null],
    ['abcdéfgh', BASIC, null],
    ['abc\ndefgh', BASIC, 'characters'],
    ['abcdefg\0', KEY, 'characters'],
    ['abcdefg\ud800', KEY, 'characters'],
    ['é'.repeat(4097), KEY, 'too-long'],
    ['𝄞'.repeat(7), KEY, 'too-short'],
  ] as const)('says of %j in %j: %s', (value, placement, fault) => {
    const checked = checkSecretValue(value, placement)
    expect(checked.ok ? null : checked.error).toBe(fault)
  })
})

describe('inject', () => {
  const value = fc
    .string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' })
    .filter((text) => /^[\x21-\x7e]+$/.test(text))
  const header = fc.constantFrom('Authorization', 'authorization', 'AUTHORIZATION', 'Accept', 'X-A')
  const query = fc
    .array(
      fc.constantFrom('q=a+b', 'api_key=mine', 'api%5fkey=mine', 'x', '%zz=1', '=', 'API_KEY=1'),
    )
    .map((parameters) => parameters.join('&'))

  it('puts a value into one place, once, and leaves the rest as it was', () => {
    fc.assert(
      fc.property(value, fc.array(header), query, (secret, fields, search) => {
        const headers = fields.map((name) => [name, 'mine'] as const)
        const url = new URL(`https://a.example/path?${search}`)
        const rest = (of: readonly (readonly [string, string])[]) =>
          of.filter(([name]) => name.toLowerCase() !== 'authorization')
        for (const placement of [BEARER, BASIC]) {
          const out = inject({ url, headers }, { placement, placeholder: null }, secret)
          const own = out?.headers.filter(([name]) => name.toLowerCase() === 'authorization')
          const basic = `Basic ${Buffer.from(`ann:${secret}`).toString('base64')}`
          const written = placement === BEARER ? `Bearer ${secret}` : basic
          expect(own).toEqual([['authorization', written]])
          expect(rest(out?.headers ?? [])).toEqual(rest(headers))
          expect(out?.url.href).toBe(url.href)
        }
        const out = inject({ url, headers }, { placement: KEY, placeholder: null }, secret)
        expect(out?.url.searchParams.getAll('api_key')).toEqual([secret])
        expect(out?.url.searchParams.getAll('q')).toEqual(url.searchParams.getAll('q'))
        expect(out?.url.origin).toBe(url.origin)
        expect(out?.url.pathname).toBe(url.pathname)
        expect(out?.headers).toEqual(headers)
      }),
    )
  })

  it('fills a placeholder in its place only, and does nothing where that is empty', () => {
    const placeholder = { key: 'K', text: 'wassette_0123' }
    const { text } = placeholder
    fc.assert(
      fc.property(value, (secret) => {
        const url = new URL(`https://a.example/${text}?a=${text}&api_key=x-${text}`)
        const headers = [
          ['Authorization', `token ${text}`],
          ['X-A', text],
        ] as const
        const inHeader = inject({ url, headers }, { placement: BEARER, placeholder }, secret)
        expect(inHeader?.url).toEqual(url)
        expect(inHeader?.headers).toEqual([['Authorization', `token ${secret}`], headers[1]])
        const inQuery = inject({ url, headers }, { placement: KEY, placeholder }, secret)
        expect(inQuery?.headers).toEqual(headers)
        expect(inQuery?.url.searchParams.get('a')).toBe(text)
        expect(inQuery?.url.searchParams.get('api_key')).toBe(`x-${secret}`)
        expect(inQuery?.url.pathname).toBe(`/${text}`)
        const bare = { url: new URL('https://a.example/'), headers: [] }
        for (const placement of [BEARER, KEY, BASIC]) {
          expect(inject(bare, { placement, placeholder }, secret)).toBeNull()
        }
        expect(inject({ url, headers }, { placement: BASIC, placeholder }, secret)).toBeNull()
      }),
    )
  })
})
