// Who may sign in, and from where how often: pure.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressEntry,
  asksForAddress,
  isListed,
  readAllowList,
  readLiteralList,
} from '../../src/oauth/allow-list.ts'
import { clash, readProviders } from '../../src/oauth/sign-in-provider.ts'
import { networkOf } from '../../src/http/network-of.ts'

describe('an allow-list', () => {
  it.each([
    ['', 'a', 'a@x.test', false],
    ['a', 'a', null, true],
    ['a', 'A', null, false],
    ['*', 'anybody', null, true],
    ['@x.test', 'a', 'A@X.test', true],
    ['@x.test', 'a', 'a@evil-x.test', false],
    ['@x.test', 'a', 'a@sub.x.test', false],
    ['@x.test', 'a', 'a@x.test.evil', false],
    ['@x.test', 'a', '@x.test', false],
    ['@x.test', 'a', null, false],
    ['@x.test', '@x.test', null, false],
    ['ada@x.test', 'a', 'ada@x.test', true],
    ['ada@x.test', 'a', 'bob@x.test', false],
    // Who chooses their own subject would be anybody.
    ['ada@x.test', 'ada@x.test', null, false],
    ['subject:ada@x.test', 'ada@x.test', null, true],
    ['subject:ada@x.test', 'a', 'ada@x.test', false],
    ['subject:a', 'a', null, true],
    ['subject:a', 'subject:a', null, false],
    ['@', 'a', 'a@', false],
  ])('%j of subject %j with address %j: %s', (text, subject, email, expected) => {
    const list = readAllowList(text)
    expect(isListed(list, { subject, letInBy: addressEntry(list, email) })).toBe(expected)
  })

  it('asks for no address of anybody whom it lets in without', () => {
    const entry = fc.constantFrom('a', 'b', '*', '@x.test', 'a@x.test', 'subject:c@x.test')
    fc.assert(
      fc.property(fc.array(entry), fc.constantFrom('a', 'c', 'c@x.test'), (entries, subject) => {
        const list = readAllowList(entries.join(','))
        const isIn = isListed(list, { subject, letInBy: null })
        const mightBe = entries.some(
          (text) => text.endsWith('@x.test') && !text.startsWith('subject:'),
        )
        expect(asksForAddress(list, subject)).toBe(!isIn && mightBe)
      }),
    )
  })

  it('lets in nobody more when an entry goes', () => {
    const entry = fc.constantFrom('a', '*', '@x.test', '@y.test', 'a@x.test', 'subject:a@x.test')
    const who = fc.record({
      subject: fc.constantFrom('a', 'b', 'c', 'a@x.test'),
      email: fc.constantFrom(null, 'a@x.test', 'b@x.test', 'c@y.test', 'c@z.test'),
    })
    fc.assert(
      fc.property(fc.array(entry), entry, who, (entries, more, { subject, email }) => {
        const listed = (texts: string[]) => {
          const list = readAllowList(texts.join(','))
          return isListed(list, { subject, letInBy: addressEntry(list, email) })
        }
        return !listed(entries) || listed([...entries, more])
      }),
    )
  })
})

it('reads the subjects of hosts as they stand: none of them is everybody, or a domain', () => {
  expect([...readLiteralList(' a, *,@x.test,ada@x.test ,,')]).toEqual(['a', 'ada@x.test'])
})

const ENTRY = {
  kind: 'oidc',
  id: 'work',
  issuer: 'https://work.test',
  client_id: 'c',
  secret: 'SIGN_IN_WORK',
}
const secret = (name: string) => (name === 'SIGN_IN_WORK' ? 's' : undefined)

describe('SIGN_IN_PROVIDERS', () => {
  it.each([
    ['not JSON', 'is not a JSON array'],
    ['{}', 'is not a JSON array'],
    [[{ ...ENTRY, kind: 'saml' }], 'at 0.kind'],
    [[{ ...ENTRY, extra: 1 }], 'at 0'],
    [[{ ...ENTRY, issuer: 'http://work.test' }], 'https is needed'],
    [[{ ...ENTRY, id: 'oidc' }], 'at 0.id'],
    [[{ ...ENTRY, id: '../x' }], 'at 0.id'],
    // The keys of the server are never anybody's client secret.
    [[{ ...ENTRY, secret: 'SECRETS_KEY' }], 'at 0.secret'],
    [[{ ...ENTRY, secret: 'SIGN_IN_MISSING' }], 'SIGN_IN_MISSING is not set'],
  ])('%j is refused, and says where', (value, message) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const read = readProviders(text, secret)
    expect(read.ok ? '' : read.error).toContain(message)
  })

  it('is nobody without a list, and GitHub by default at its own addresses', () => {
    const github = { kind: 'github', id: 'github', client_id: 'c', secret: 'SIGN_IN_WORK' }
    const read = readProviders(JSON.stringify([ENTRY, github]), secret)
    if (!read.ok) throw new Error(read.error)
    const [work, hub] = read.value
    expect(work?.allow).toEqual(readAllowList(''))
    expect(hub).toMatchObject({ label: 'GitHub', kind: 'github' })
    expect(hub?.issuer.href).toBe('https://github.com/')
    expect(hub?.api?.href).toBe('https://api.github.com/')
    expect(clash(read.value)).toBeNull()
    expect(clash([...read.value, ...read.value])).toContain('work')
  })
})

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:0:1:a:b:c:d', '2001:db8:0:1::/64'],
  ['2001:DB8::1', '2001:db8:0:0::/64'],
  ['2001:0db8:0000:0001::1', '2001:db8:0:1::/64'],
  ['::1', '0:0:0:0::/64'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
