// Names that a host maps to upstreams by configuration (`EGRESS_UPSTREAMS`): only the connection goes
// there, the policy judges the name as ever. Nothing a guest, an agent or a person sends can add one.

export type Upstreams = ReadonlyMap<string, URL>

/** A name, or an address as a URL has it: `[2001:db8::1]` in brackets. */
const NAME = /^([a-z0-9.-]+|\[[0-9a-f:]+\])$/

/** `weather.test=http://127.0.0.1:9000,other.test=…`; throws on anything else, so a typo stops the start. */
export function parseUpstreams(text: string | undefined): Upstreams {
  const upstreams = new Map<string, URL>()
  for (const entry of (text ?? '').split(',')) {
    if (entry.trim() === '') continue
    const at = entry.indexOf('=')
    const name = entry.slice(0, at).trim().toLowerCase()
    const base = entry.slice(at + 1).trim()
    const url = at > 0 && URL.canParse(base) ? new URL(base) : null
    const origin = url !== null && url.pathname === '/' && url.search === '' && url.hash === ''
    if (url === null || !origin || !/^https?:$/.test(url.protocol) || !NAME.test(name)) {
      throw new Error(
        `EGRESS_UPSTREAMS: ${JSON.stringify(entry)} is not name=http(s)://host[:port]`,
      )
    }
    upstreams.set(name, url)
  }
  return upstreams
}

/** Where a connection to a host and a port goes: an upstream's own port counts, and its scheme does not. */
export function connectTcpTo(
  upstreams: Upstreams,
  hostname: string,
  port: number,
): { hostname: string; port: number } {
  const upstream = upstreams.get(hostname)
  if (upstream === undefined) return { hostname, port }
  const standard = upstream.protocol === 'https:' ? 443 : 80
  return { hostname: upstream.hostname, port: Number(upstream.port) || standard }
}

/** Where a request for `url` connects to. */
export function connectTo(upstreams: Upstreams, url: URL): URL {
  const upstream = upstreams.get(url.hostname.toLowerCase().replace(/\.$/, ''))
  if (upstream === undefined) return url
  // Set, never resolved: a path that begins with `//` would be another address.
  const to = new URL(upstream)
  to.pathname = url.pathname
  to.search = url.search
  return to
}
