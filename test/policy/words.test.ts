import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { matches } from '../../src/policy/host-match.ts'
import { offeredRules } from '../../src/policy/offers.ts'
import { matchesPath, parseStoredStorageRule } from '../../src/policy/storage-rule.ts'
import { ruleInWords, plainWords } from '../../src/policy/words.ts'

const said = (kind: 'network' | 'storage' | 'environment', rule: string) =>
  plainWords(ruleInWords(kind, rule).words)

describe('ruleInWords', () => {
  it.each([
    ['GET api.test', 'GET only, any path on api.test, http on port 80 and https on port 443'],
    [
      'GET,HEAD api.test:8443',
      'GET and HEAD only, any path on api.test, http and https on port 8443',
    ],
    [
      'DELETE,POST,PUT https://api.test/',
      'DELETE, POST and PUT only, any path on api.test, https on port 443',
    ],
    ['https://api.test/v1/', 'any method, /v1/ and below on api.test, https on port 443'],
    [
      '*.api.test',
      'any method, any path on every host below api.test, http on port 80 and https on port 443',
    ],
    ['*', 'any method, any path on any public host, http on port 80 and https on port 443'],
    ['tcp://db.test:5432', 'connections to port 5432 of db.test'],
    ['tcp://*:443', 'connections to port 443 of any public host'],
    [
      'cidr 203.0.113.0/24',
      'any method, any path on the addresses 203.0.113.0/24, http on port 80 and https on port 443',
    ],
    [
      'GET {url}',
      'GET only, any path on the host that the argument url names in each call, http on port 80 and https on port 443',
    ],
  ])('says of %s what it reaches', (rule, words) => {
    expect(said('network', rule)).toBe(words)
  })

  it.each([
    [
      'read fs://notes',
      'open, list and read: fs://notes, and everything below it if that is a directory',
    ],
    [
      'read,write fs:///',
      'open, list and read; create, change, rename and remove: your whole drive',
    ],
    ['read fs://**/*.md', 'open, list and read: whatever the pattern fs://**/*.md covers'],
    [
      'write {path}',
      'create, change, rename and remove: the path that the argument path names in each call',
    ],
  ])('says of %s what may be done where', (rule, words) => {
    expect(said('storage', rule)).toBe(words)
  })

  it.each([
    ['network', '*', true],
    ['network', '*.api.test', true],
    ['network', 'cidr 203.0.113.0/24', true],
    ['network', 'tcp://db.test:5432', true],
    ['network', 'GET api.test', false],
    ['network', 'api.test', false],
    ['storage', 'read fs:///', true],
    ['storage', 'read fs://**/*.md', true],
    ['storage', 'read fs://notes', false],
    ['environment', 'TOKEN', true],
  ] as const)('warns of %s %s: %s', (kind, rule, warns) => {
    expect(ruleInWords(kind, rule).warning !== null).toBe(warns)
  })

  it.each([
    ['network', '*', true],
    ['network', 'GET *.a.test', true],
    ['network', 'tcp://*.db.test:5432', true],
    ['network', 'tcp://db.test:5432', false],
    ['network', 'tcp://db.test:*', true],
    ['network', 'demo.test:*', true],
    ['network', 'GET https://demo.test:*/v1/', true],
    ['network', 'demo.test:8443', false],
    ['network', 'cidr 192.0.2.0/24', true],
    ['network', 'cidr 192.0.2.1/32', false],
    ['network', 'a.test', false],
    ['network', '{url}', true],
    ['network', 'GET https://{request.url}/', true],
    ['storage', 'read fs:///', true],
    ['storage', 'read fs://**/*.md', true],
    ['storage', 'read fs://*/**', true],
    ['storage', 'read fs://*', true],
    ['storage', 'read fs://*/*', true],
    ['storage', 'read fs://*/*.md', true],
    ['storage', 'read fs://*.md', true],
    ['storage', 'read fs://a*/**', true],
    ['storage', 'read fs://a/*.md', false],
    ['storage', 'read fs://*/a', false],
    ['storage', 'read fs://a', false],
    ['storage', 'read fs://a/**', false],
    ['storage', 'read {path}', true],
    ['environment', 'TOKEN', false],
  ] as const)('calls %s %s broad: %s', (kind, rule, broad) => {
    expect(ruleInWords(kind, rule).isBroad).toBe(broad)
  })

  it('says of a rule that follows an argument that the agent decides', () => {
    expect(ruleInWords('network', '{url}').warning).toContain('whatever host your agent names')
    expect(ruleInWords('storage', 'read {path}').warning).toContain('whatever path your agent')
    expect(ruleInWords('network', '*').warning).toContain('This is broad')
  })

  it('says nothing of a rule that is none, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const kind of ['network', 'storage', 'environment'] as const) {
          expect(ruleInWords(kind, text).words.length).toBeGreaterThan(0)
        }
      }),
    )
    expect(said('network', 'no rule at all')).toBe('nothing: the rule is not valid')
  })

  it('keeps what a stranger chose apart from our words', () => {
    const { words } = ruleInWords('storage', 'read fs://you may trust this')
    expect(words).toContainEqual({ theirs: 'fs://you may trust this' })
    expect(words.filter((word) => typeof word === 'string').join('')).not.toContain('trust')
  })
})

describe('offeredRules', () => {
  it.each([
    [
      'network',
      'GET https://api.test/v1/items/7/',
      ['GET https://api.test/v1/items/7/', 'GET,HEAD https://api.test/', 'https://api.test/'],
    ],
    [
      'network',
      'POST http://api.test:8443/v1/',
      ['POST http://api.test:8443/v1/', 'POST http://api.test:8443/', 'http://api.test:8443/'],
    ],
    [
      'network',
      'GET cidr 1.1.1.1/32',
      ['GET cidr 1.1.1.1/32', 'GET,HEAD cidr 1.1.1.1/32', 'cidr 1.1.1.1/32'],
    ],
    ['network', 'GET,HEAD api.test', ['GET,HEAD api.test', 'api.test']],
    ['network', 'POST api.test:8443', ['POST api.test:8443', 'api.test:8443']],
    ['network', 'api.test', ['api.test', 'GET,HEAD api.test']],
    [
      'network',
      'https://api.test/v1/',
      [
        'https://api.test/v1/',
        'GET,HEAD https://api.test/v1/',
        'GET,HEAD https://api.test/',
        'https://api.test/',
      ],
    ],
    ['network', 'tcp://db.test:5432', ['tcp://db.test:5432']],
    [
      'storage',
      'read fs://notes/a.md',
      [
        'read fs://notes/a.md',
        'read,write fs://notes/a.md',
        'read fs://notes',
        'read,write fs://notes',
      ],
    ],
    ['storage', 'write fs://inbox', ['write fs://inbox', 'read,write fs://inbox']],
    ['environment', 'TOKEN', ['TOKEN']],
  ] as const)('for %s %s are %j', (kind, asked, offered) => {
    expect(offeredRules(kind, asked)).toEqual(offered)
  })

  it('is the rule asked for, and rules that parse and are spelled as they are stored', () => {
    const rules = fc.constantFrom(
      'GET a.test',
      '*.a.test',
      'https://a.test/b/c/',
      'a.test:81',
      '*',
      'cidr 203.0.113.9/32',
    )
    fc.assert(
      fc.property(rules, (asked) => {
        for (const rule of offeredRules('network', asked)) {
          expect(parseHostRule(rule)).toMatchObject({ ok: true, value: { text: rule } })
        }
      }),
    )
  })

  it('leaves out what would be too long to be a rule', () => {
    const asked = `https://a.test/${'x'.repeat(496)}/`
    expect(parseHostRule(asked)).toMatchObject({ ok: true, value: { text: asked } })
    expect(asked).toHaveLength(512)
    expect(offeredRules('network', asked)).toEqual([
      asked,
      'GET,HEAD https://a.test/',
      'https://a.test/',
    ])
  })

  it('reaches no other host, scheme or port than the rule asked for', () => {
    const asked = fc.constantFrom(
      'GET,HEAD a.test',
      'https://a.test/v1/',
      'POST a.test:8443',
      '*.b.test',
    )
    const target = fc.record({
      scheme: fc.constantFrom('http', 'https'),
      host: fc.constantFrom('a.test', 'x.a.test', 'b.test', 'x.b.test', 'c.test'),
      port: fc.constantFrom(80, 443, 8443),
      path: fc.constantFrom('/', '/v1/x', '/v2'),
      method: fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE'),
    })
    fc.assert(
      fc.property(asked, target, (text, wanted) => {
        const first = parseHostRule(text)
        if (!first.ok) throw new Error(text)
        // The place without its methods and path: the widest that a question may lead to.
        const widest = { ...first.value, methods: null, pathPrefix: null }
        for (const rule of offeredRules('network', text)) {
          const offered = parseHostRule(rule)
          if (!offered.ok) throw new Error(rule)
          if (matches(offered.value, wanted as never)) {
            expect(matches(widest, wanted as never)).toBe(true)
          }
        }
      }),
    )
  })

  it('never leaves the directory of the path asked for', () => {
    for (const rule of offeredRules('storage', 'read fs://notes/deep/a.md')) {
      const parsed = parseStoredStorageRule(rule)
      expect(parsed.ok && matchesPath(parsed.value, '/notes/other' as never)).toBe(false)
    }
  })
})
