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
  const inner = /^\[([0-9a-f:]+)\]$/.exec(host)?.[1]
  if (inner === undefined || !URL.canParse(`http://${host}/`)) return null
  const [head = '', tail] = new URL(`http://${host}/`).hostname.slice(1, -1).split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [front, back] = [groups(head), groups(tail ?? '')]
  const zeros =
    tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0')
  const words = [...front, ...zeros, ...back].map((group) => Number.parseInt(group, 16))
  return words.flatMap((word) => [word >> 8, word & 255]) as unknown as Address
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
  return `${printAddress(address)}/${length}`
}

export function covers(prefix: Prefix, address: Address): boolean {
  if (address.length !== prefix.address.length) return false
  return masked(address, prefix.length).every((byte, i) => byte === prefix.address[i])
}

/** Whether every address of the one is an address of the other. */
export function coversPrefix(outer: Prefix, inner: Prefix): boolean {
  return inner.length >= outer.length && covers(outer, inner.address)
}

/**
 * What is nobody's to reach from here (IANA's special-purpose registries): this network, private, shared,
 * loopback, link-local (with the metadata services), benchmarks, multicast, reserved. The ranges for
 * documentation are left out: nothing answers there, and examples need them.
 */
const SPECIAL = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(prefix)

/** Global unicast; everything else of IPv6 is loopback, mapped, translated, unique-local, link-local or multicast. */
const GLOBAL_IPV6 = prefix('2000::/3')
/** In there, but it carries or stands for other addresses: IETF protocols with Teredo and ORCHID, 6to4, the 6bone. */
const SPECIAL_IPV6 = ['2001::/23', '2002::/16', '3ffe::/16'].map(prefix)

export function isPublic(address: Address): boolean {
  if (address.length === 4) return !SPECIAL.some((special) => covers(special, address))
  return covers(GLOBAL_IPV6, address) && !SPECIAL_IPV6.some((special) => covers(special, address))
}

/** No address of the prefix is public. */
export function isOutOfReach(prefix: Prefix): boolean {
  if (prefix.address.length === 4) return SPECIAL.some((special) => coversPrefix(special, prefix))
  const touchesGlobal = coversPrefix(prefix, GLOBAL_IPV6) || coversPrefix(GLOBAL_IPV6, prefix)
  return !touchesGlobal || SPECIAL_IPV6.some((special) => coversPrefix(special, prefix))
}

function masked(address: Address, length: number): Address {
  return address.map((byte, i) => {
    const bits = Math.min(Math.max(length - i * 8, 0), 8)
    return byte & (0xff << (8 - bits)) & 0xff
  }) as unknown as Address
}

function printAddress(address: Address): string {
  if (address.length === 4) return address.join('.')
  const words = Array.from({ length: 8 }, (_, i) =>
    (((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0)).toString(16),
  )
  return new URL(`http://[${words.join(':')}]/`).hostname.slice(1, -1)
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text)
  if (parsed === null) throw new Error(`not a prefix: ${text}`)
  return parsed
}
