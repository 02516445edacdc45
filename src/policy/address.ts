// IP addresses as policy sees them: their bytes, which of them are public, and prefixes (CIDR). It reads
// canonical literals, as the URL parser prints them: `192.0.2.1` and `[2001:db8::1]`.

declare const brand: unique symbol
/** 4 or 16 bytes. */
export type Address = readonly number[] & { readonly [brand]: 'Address' }

export interface Prefix {
  readonly address: Address
  /** Bits that count. */
  readonly length: number
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

/** `null`: no IP literal in canonical form. IPv6 with its brackets. */
export function parseAddress(host: string): Address | null {
  if (IPV4.test(host)) return host.split('.').map(Number) as unknown as Address
  if (!host.startsWith('[') || !host.endsWith(']')) return null
  const inner = host.slice(1, -1)
  const gap = inner.indexOf('::')
  const front = bytesOf(gap < 0 ? inner : inner.slice(0, gap))
  const back = gap < 0 ? [] : bytesOf(inner.slice(gap + 2))
  if (front === null || back === null) return null
  const missing = 16 - front.length - back.length
  if (gap < 0 ? missing !== 0 : missing < 2) return null
  for (let n = 0; n < missing; n += 1) front.push(0)
  for (const byte of back) front.push(byte)
  return front as unknown as Address
}

const IPV6_WORD = /^[0-9a-f]{1,4}$/

/** Of words of an IPv6 address that colons part, or of none. */
function bytesOf(words: string): number[] | null {
  const bytes: number[] = []
  if (words === '') return bytes
  for (const word of words.split(':')) {
    if (!IPV6_WORD.test(word)) return null
    const value = Number.parseInt(word, 16)
    bytes.push(value >> 8, value & 255)
  }
  return bytes
}

/** As `parseAddress` reads it. */
export function printAddress(address: Address): string {
  if (address.length === 4) return address.join('.')
  const words = Array.from({ length: 8 }, (_, i) =>
    (((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0)).toString(16),
  )
  return new URL(`http://[${words.join(':')}]/`).hostname
}

/** Of one address, and no more. */
export function prefixOf(address: Address): Prefix {
  return { address, length: address.length * 8 }
}

export function isOneAddress({ address, length }: Prefix): boolean {
  return length === address.length * 8
}

/** `192.0.2.0/24` or `2001:db8::/32`. Bits behind the prefix are dropped. */
export function parsePrefix(text: string): Prefix | null {
  const parts = /^([0-9a-fA-F:.]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  if (parts?.[1] === undefined) return null
  const isIpv6 = parts[1].includes(':')
  const literal = isIpv6 ? `[${parts[1]}]` : parts[1]
  const canonical =
    isIpv6 && URL.canParse(`http://${literal}/`) ? new URL(`http://${literal}/`) : null
  // Of IPv4 only the one spelling that no reader takes for another number.
  if (!isIpv6 && /(^|\.)0\d/.test(literal)) return null
  const address = parseAddress(canonical?.hostname ?? literal)
  const length = Number(parts[2])
  if (address === null || length > address.length * 8) return null
  return { address: masked(address, length), length }
}

export function printPrefix({ address, length }: Prefix): string {
  return `${printAddress(address).replace(/[[\]]/g, '')}/${length}`
}

export function covers({ address: bits, length }: Prefix, address: Address): boolean {
  if (address.length !== bits.length) return false
  const whole = length >> 3
  for (let i = 0; i < whole; i += 1) if (address[i] !== bits[i]) return false
  const rest = length & 7
  return rest === 0 || ((address[whole] ?? 0) ^ (bits[whole] ?? 0)) >> (8 - rest) === 0
}

/** Whether every address of the one is an address of the other. */
export function coversPrefix(outer: Prefix, inner: Prefix): boolean {
  return inner.length >= outer.length && covers(outer, inner.address)
}

/**
 * What is nobody's to reach from here: every entry of IANA's special-purpose registries (RFC 6890), and
 * multicast. Those of them that everybody can reach are among them: what answers there is the nearest network's own.
 */
const SPECIAL_IPV4 = [
  // "This network".
  '0.0.0.0/8',
  // Private.
  '10.0.0.0/8',
  // Shared by a provider's customers.
  '100.64.0.0/10',
  // Loopback.
  '127.0.0.0/8',
  // Link-local, with the metadata services of clouds.
  '169.254.0.0/16',
  // Private.
  '172.16.0.0/12',
  // IETF protocols.
  '192.0.0.0/24',
  // Documentation.
  '192.0.2.0/24',
  // AS112: sinks for questions about private names.
  '192.31.196.0/24',
  // Multicast tunnels (AMT).
  '192.52.193.0/24',
  // Relays of 6to4.
  '192.88.99.0/24',
  // Private.
  '192.168.0.0/16',
  // AS112.
  '192.175.48.0/24',
  // Benchmarks.
  '198.18.0.0/15',
  // Documentation.
  '198.51.100.0/24',
  '203.0.113.0/24',
  // Multicast.
  '224.0.0.0/4',
  // Reserved, with broadcast.
  '240.0.0.0/4',
].map(prefix)

const SPECIAL_IPV6 = [
  // All that is no global unicast (2000::/3). Loopback, IPv4 in ::/96, ::ffff:0:0/96, 64:ff9b::/96 and
  // 64:ff9b:1::/48, discarded in 100::/64.
  '::/3',
  // Segments of routes in 5f00::/16.
  '4000::/2',
  // Unique-local, link-local, site-local, multicast.
  '8000::/1',
  // IETF protocols: Teredo, which carries IPv4, benchmarks, AMT, AS112, ORCHID, drones.
  '2001::/23',
  // Documentation.
  '2001:db8::/32',
  // 6to4, which carries IPv4.
  '2002::/16',
  // AS112.
  '2620:4f:8000::/48',
  // The 6bone, which was given back.
  '3ffe::/16',
  // Documentation.
  '3fff::/20',
].map(prefix)

const specialOf = ({ length }: Address): readonly Prefix[] =>
  length === 4 ? SPECIAL_IPV4 : SPECIAL_IPV6

export function isPublic(address: Address): boolean {
  return !specialOf(address).some((special) => covers(special, address))
}

/** No address of the prefix is public. */
export function isOutOfReach(of: Prefix): boolean {
  const specials = specialOf(of.address)
  if (specials.some((special) => coversPrefix(special, of))) return true
  const isMixed = specials.some((special) => coversPrefix(of, special))
  return isMixed && halvesOf(of).every(isOutOfReach)
}

/** Of a prefix that is longer than one address. */
function halvesOf({ address, length }: Prefix): readonly [Prefix, Prefix] {
  const bit = 0x80 >> (length & 7)
  const upper = address.map((byte, i) => (i === length >> 3 ? byte | bit : byte))
  return [
    { address, length: length + 1 },
    { address: upper as unknown as Address, length: length + 1 },
  ]
}

function masked(address: Address, length: number): Address {
  return address.map((byte, i) => {
    const bits = Math.min(Math.max(length - i * 8, 0), 8)
    return byte & (0xff << (8 - bits)) & 0xff
  }) as unknown as Address
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text)
  if (parsed === null) throw new Error(`not a prefix: ${text}`)
  return parsed
}
