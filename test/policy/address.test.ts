import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  covers,
  isOutOfReach,
  isPublic,
  parseAddress,
  parsePrefix,
  printPrefix,
} from '../../src/policy/address.ts'

function address(text: string) {
  const parsed = parseAddress(text)
  if (parsed === null) throw new Error(`no address: ${text}`)
  return parsed
}

function prefix(text: string) {
  const parsed = parsePrefix(text)
  if (parsed === null) throw new Error(`no prefix: ${text}`)
  return parsed
}

/** As a request's host is normalised. */
const host = (written: string) => new URL(`http://${written}/`).hostname

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
const ipv6 = bytes.map((all) => {
  const words = Array.from({ length: 8 }, (_, i) =>
    (((all[2 * i] ?? 0) << 8) | (all[2 * i + 1] ?? 0)).toString(16),
  )
  return `[${words.join(':')}]`
})
const ipv4 = fc
  .tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((all) => all.join('.'))

describe('parseAddress', () => {
  it('reads any literal that the URL parser prints', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (literal) => {
        const { length } = address(host(literal))
        expect(length).toBe(literal.startsWith('[') ? 16 : 4)
      }),
    )
  })

  it.each([
    'a.test',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.4.',
    '[1.2.3.4]',
    '::1',
    '[::g]',
    '',
  ])('finds no address in %j', (text) => expect(parseAddress(text)).toBeNull())
})

describe('isPublic', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.215.14',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '192.0.1.255',
    '192.0.3.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '[2000::]',
    '[2001:200::]',
    '[2001:db7:ffff::]',
    '[2001:db9::]',
    '[2606:4700::1]',
    '[2620:4f:8001::]',
    '[2a00:1450:4001::200e]',
    '[3fff:1000::]',
  ])('is true of %s', (literal) => expect(isPublic(address(literal))).toBe(true))

  // IANA's registries of special-purpose addresses, entry by entry, and what is no unicast.
  it.each([
    '0.0.0.0/8',
    '0.0.0.0/32',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.0.0/29',
    '192.0.0.8/32',
    '192.0.0.9/32',
    '192.0.0.10/32',
    '192.0.0.170/32',
    '192.0.0.171/32',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
    '192.88.99.2/32',
    '192.168.0.0/16',
    '192.175.48.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
    '255.255.255.255/32',
    '::1/128',
    '::/128',
    '::/96',
    '::ffff:0:0/96',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '100:0:0:1::/64',
    '2001::/23',
    '2001::/32',
    '2001:1::1/128',
    '2001:1::2/128',
    '2001:1::3/128',
    '2001:2::/48',
    '2001:3::/32',
    '2001:4:112::/48',
    '2001:10::/28',
    '2001:20::/28',
    '2001:30::/28',
    '2001:db8::/32',
    '2002::/16',
    '2620:4f:8000::/48',
    '3ffe::/16',
    '3fff::/20',
    '5f00::/16',
    'fc00::/7',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
  ])('is false of all of %s', (range) => {
    const { address: first, length } = prefix(range)
    const last = first.map((byte, i) => byte | (0xff >> Math.min(Math.max(length - i * 8, 0), 8)))
    expect(isPublic(first)).toBe(false)
    expect(isPublic(last as unknown as typeof first)).toBe(false)
    expect(isOutOfReach(prefix(range))).toBe(true)
  })

  it.each([
    ['loopback, in decimal', '2130706433'],
    ['loopback, in octal', '0177.0.0.1'],
    ['loopback, in hex', '0x7f.1'],
    ['loopback, short', '127.1'],
    ['metadata', '169.254.169.254'],
    ['metadata, in decimal', '2852039166'],
    ['metadata of other clouds', '100.100.100.200'],
    ['mapped loopback', '[::ffff:127.0.0.1]'],
    ['mapped public', '[::ffff:1.1.1.1]'],
    ['compatible', '[::1.1.1.1]'],
    ['translated', '[64:ff9b::1.1.1.1]'],
    ['translated, local', '[64:ff9b:1::1]'],
    ['Teredo that carries a public one', '[2001:0:101:101::]'],
    ['6to4 of loopback', '[2002:7f00:1::]'],
    ['6to4 of a public one', '[2002:101:101::1]'],
    ['unique local, with metadata', '[fd00:ec2::254]'],
  ])('is false of %s: %s', (_, literal) => {
    expect(isPublic(address(host(literal)))).toBe(false)
  })
})

describe('parsePrefix', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.1/32', '192.0.2.1/32'],
    ['2001:DB8:0:0::1/32', '2001:db8::/32'],
    ['::/0', '::/0'],
    ['2001:db8::1/128', '2001:db8::1/128'],
    ['192.0.2.129/25', '192.0.2.128/25'],
  ])('reads %s as %s', (text, canonical) => {
    expect(printPrefix(prefix(text))).toBe(canonical)
  })

  it.each([
    '192.0.2.0',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/08',
    '192.0.2.0/024',
    '192.0.2/24',
    '0300.0.2.0/24',
    '010.0.0.0/8',
    '0x1.0.0.0/8',
    '2001:db8::/129',
    '[2001:db8::]/32',
    'fe80::1%eth0/64',
    'a.test/24',
    '/24',
    '',
  ])('refuses %j', (text) => expect(parsePrefix(text)).toBeNull())

  it('covers exactly the addresses that share its bits', () => {
    fc.assert(
      fc.property(ipv4, ipv4, fc.nat(32), (a, b, length) => {
        const bits = (text: string) =>
          text
            .split('.')
            .map((part) => Number(part).toString(2).padStart(8, '0'))
            .join('')
        const expected = bits(a).slice(0, length) === bits(b).slice(0, length)
        expect(covers(prefix(`${a}/${length}`), address(b))).toBe(expected)
      }),
    )
    expect(covers(prefix('::/0'), address('1.1.1.1'))).toBe(false)
    expect(covers(prefix('0.0.0.0/0'), address('[2001:db8::1]'))).toBe(false)
  })

  it.each([
    ['10.0.0.0/8', true],
    ['10.3.0.0/16', true],
    ['8.0.0.0/6', false],
    ['0.0.0.0/0', false],
    ['169.254.169.254/32', true],
    ['::/0', false],
    ['::1/128', true],
    ['fc00::/7', true],
    ['::ffff:0:0/96', true],
    ['2002::/16', true],
    ['2001:db8::/32', true],
    ['224.0.0.0/3', true],
    ['192.0.2.0/23', false],
    ['2000::/3', false],
    ['1.1.1.1/32', false],
    ['3ffe::/15', false],
  ])('of %s is out of reach: %s', (text, expected) => {
    expect(isOutOfReach(prefix(text))).toBe(expected)
  })
})
