// Where a client has people sent when they have answered, as far as one program is told from another by it.

export interface RedirectTarget {
  readonly host: string
  /** The person's own computer. */
  readonly isLoopback: boolean
  /** On loopback without the port: it is another at each start, and asked of no client (RFC 8252 §7.3). */
  readonly address: string
}

/** `uri`: as the authorization server has taken it. */
export function redirectTarget(uri: string): RedirectTarget {
  const url = new URL(uri)
  const host = url.hostname
  // A URL spells every address of version 4 in four numbers.
  const isLoopback = ['localhost', '[::1]'].includes(host) || /^127(\.\d+){3}$/.test(host)
  if (isLoopback) url.port = ''
  return { host, isLoopback, address: isLoopback ? url.href : uri }
}
