// Names that a host maps to upstreams by configuration (`EGRESS_UPSTREAMS`): only the connection goes
// there, the policy judges the name as ever. Nothing a guest, an agent or a person sends can add one.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

export type Upstreams = ReadonlyMap<string, URL>

/** A name, or an address as a URL has it: `[2001:db8::1]` in brackets. */
const NAME = /^([a-z0-9.-]+|\[[0-9a-f:]+\])$/

/** As `readUpstreams`, where the configuration was read before: throws. */
export function parseUpstreams(text: string | undefined): Upstreams {
  const upstreams = readUpstreams(text)
  if (!upstreams.ok) throw new Error(upstreams.error)
  return upstreams.value
}

/**
 * `weather.test=http://127.0.0.1:9000,other.test=…`; a typo stops everything. What is wrong is told to whoever asks, so
 * the entry itself, with an address of the host's network, is not in it.
 */
export function readUpstreams(text: string | undefined): Result<Upstreams, string> {
  const upstreams = new Map<string, URL>()
  for (const [index, entry] of (text ?? '').split(',').entries()) {
    if (entry.trim() === '') continue
    const at = entry.indexOf('=')
    const name = entry.slice(0, at).trim().toLowerCase()
    const base = entry.slice(at + 1).trim()
    const url = at > 0 && URL.canParse(base) ? new URL(base) : null
    const origin = url !== null && url.pathname === '/' && url.search === '' && url.hash === ''
    if (url === null || !origin || !/^https?:$/.test(url.protocol) || !NAME.test(name)) {
      return err(`EGRESS_UPSTREAMS: entry ${index + 1} is not name=http(s)://host[:port]`)
    }
    upstreams.set(name, url)
  }
  return ok(upstreams)
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
