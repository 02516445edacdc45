// A browser's cookies, as far as sign-in needs them (RFC 6265bis): kept per host and port, prefixes and Secure honoured.
// Loopback counts as secure, as it does in browsers.
type Cookie = { name: string; value: string; path: string; secure: boolean; expiresAt: number }

export class CookieJar {
  readonly #cookies = new Map<string, Cookie[]>()

  /** Takes what a response sets. A cookie that breaks its own prefix's promise is dropped, as browsers do. */
  store(url: URL, setCookies: string[]): void {
    for (const text of setCookies) {
      const cookie = parseSetCookie(url, text)
      if (!cookie) continue
      const others = this.#of(url).filter(
        ({ name, path }) => name !== cookie.name || path !== cookie.path,
      )
      const kept = cookie.expiresAt > Date.now() ? [...others, cookie] : others
      this.#cookies.set(url.host, kept)
    }
  }

  /** The Cookie header for a request, or nothing. */
  header(url: URL): string | undefined {
    const sent = this.#of(url)
      .filter((cookie) => cookie.expiresAt > Date.now() && isWithin(url.pathname, cookie.path))
      .filter((cookie) => !cookie.secure || isSecure(url))
      .sort((a, b) => b.path.length - a.path.length)
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ') || undefined
  }

  #of(url: URL): Cookie[] {
    return this.#cookies.get(url.host) ?? []
  }
}

function parseSetCookie(url: URL, text: string): Cookie | undefined {
  const [pair = '', ...rest] = text.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  if (equals < 1) return undefined
  const attributes = new Map(
    rest.map((part): [string, string] => {
      const [name = '', ...value] = part.split('=')
      return [name.trim().toLowerCase(), value.join('=').trim()]
    }),
  )
  const name = pair.slice(0, equals)
  const path = attributes.get('path')
  const secure = attributes.has('secure')
  if (secure && !isSecure(url)) return undefined
  if (name.startsWith('__Secure-') && !secure) return undefined
  if (name.startsWith('__Host-') && !(secure && path === '/' && !attributes.has('domain'))) {
    return undefined
  }
  return {
    name,
    value: pair.slice(equals + 1),
    path: path?.startsWith('/') ? path : defaultPath(url),
    secure,
    expiresAt: expiry(attributes),
  }
}

function expiry(attributes: Map<string, string>): number {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined) return Date.now() + Number(maxAge) * 1_000
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? Infinity : expires
}

function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/'
}

function isWithin(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || hostname === 'localhost' || /^127\.|^\[::1\]$/.test(hostname)
}
