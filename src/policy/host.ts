// Host names as policy sees them: one canonical spelling, and which names no grant can ever reach.
// It resolves nothing: an address behind a name is not known here.

declare const brand: unique symbol
/** Lower-case ASCII (punycode), no trailing dot; or an IP literal in canonical form. */
export type Hostname = string & { readonly [brand]: 'Hostname' }

export type Unreachable = 'address' | 'private-name' | 'own-host'

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

/** Names that never leave a machine or a site (RFC 6761, RFC 8375, RFC 9476 and common use). */
const PRIVATE_SUFFIXES = ['localhost', 'local', 'internal', 'intranet', 'lan', 'home.arpa', 'onion']

/** Platform names under which this server or its neighbours answer without the public front door. */
const PLATFORM_SUFFIXES = ['workers.dev']

/** Canonical form of the host of an absolute URL; `null` when it has none we accept. */
export function canonicalHost(url: URL): Hostname | null {
  const host = url.hostname.toLowerCase().replace(/\.$/, '')
  if (host === '') return null
  if (isAddress(host)) return host as Hostname
  if (host.length > 253 || !host.split('.').every((label) => LABEL.test(label))) return null
  return host as Hostname
}

export function isAddress(host: string): boolean {
  return host.startsWith('[') || IPV4.test(host)
}

/**
 * Why a host is out of reach whatever was granted, or `null`. Addresses are refused as such; a name
 * without a dot is a neighbour on somebody's network. `own` are the names this server answers to.
 */
export function unreachable(host: Hostname, own: readonly string[]): Unreachable | null {
  if (isAddress(host)) return 'address'
  if (own.some((name) => host === name || host.endsWith(`.${name}`))) return 'own-host'
  if (PLATFORM_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) {
    return 'own-host'
  }
  if (!host.includes('.')) return 'private-name'
  if (PRIVATE_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) {
    return 'private-name'
  }
  return null
}

/**
 * What this server itself asks for somebody: https at its own port, and a name that a guest could be granted.
 * `own` as above.
 */
export function mayBeAsked(url: URL, own: readonly string[]): boolean {
  const host = canonicalHost(url)
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false
  return (url.port === '' || url.port === '443') && host !== null && unreachable(host, own) === null
}
