// Whether a rule covers what is asked of a host. Allowing is read narrowly and denying generously: what a
// denying rule does not say (a port, a method) it means for all of them.

import type { Address } from './address.ts'
import { covers, parseAddress } from './address.ts'
import type { Hostname } from './host.ts'
import { isAddress } from './host.ts'
import type { HostRule, Target } from './host-rule.ts'
import { defaultPort, MAX_RULE_CHARS } from './host-rule.ts'

/** A target, and what rules read of it: each once, however many rules there are. */
export class Seen {
  readonly target: Target
  #address: Address | null | undefined
  #slashed: string | undefined
  #hidesDots: boolean | undefined
  #pathsAnyWay: readonly string[] | undefined

  constructor(target: Target) {
    this.target = target
  }

  /** `null`: its host is a name. */
  get address(): Address | null {
    if (this.#address === undefined) this.#address = parseAddress(this.target.host)
    return this.#address
  }

  get pathWithSlash(): string {
    return (this.#slashed ??= `${this.target.path}/`)
  }

  /** A segment of dots that only the server finds. */
  get hidesDots(): boolean {
    return (this.#hidesDots ??= hidesDots(this.target.path))
  }

  /** The path as lenient servers read it: in one way, or in up to three. */
  get pathsAnyWay(): readonly string[] {
    return (this.#pathsAnyWay ??= [this.target.path, ...behindHost(this.target.path)].map(
      readAnyWay,
    ))
  }
}

/** A name, of which no port is known. */
export function seenName(host: Hostname): Seen {
  return new Seen({ scheme: 'tcp', host, port: 0, path: '/', method: null })
}

export function matches(rule: HostRule, target: Target): boolean {
  return matchesSeen(rule, new Seen(target))
}

export function denies(rule: HostRule, target: Target): boolean {
  return deniesSeen(rule, new Seen(target))
}

export function matchesSeen(rule: HostRule, seen: Seen): boolean {
  const { target } = seen
  if ((rule.scheme === 'tcp') !== (target.scheme === 'tcp')) return false
  if (rule.scheme !== null && rule.scheme !== target.scheme) return false
  const port = rule.port ?? defaultPort(target.scheme)
  if (port !== 'any' && target.port !== port) return false
  if (rule.methods !== null && !hasMethod(rule.methods, target)) return false
  if (!allowsHost(rule.host, seen)) return false
  if (rule.pathPrefix === null) return true
  return seen.pathWithSlash.startsWith(rule.pathPrefix) && !seen.hidesDots
}

export function deniesSeen(rule: HostRule, seen: Seen): boolean {
  const { target } = seen
  if (rule.scheme !== null && rule.scheme !== target.scheme) return false
  if (rule.port !== null && rule.port !== 'any' && target.port !== rule.port) return false
  if (rule.methods !== null && !hasMethod(rule.methods, target)) return false
  if (!deniesHost(rule.host, seen)) return false
  if (rule.pathPrefix === null || seen.hidesDots) return true
  const prefix = readAnyWay(rule.pathPrefix)
  return seen.pathsAnyWay.some((path) => `${path}/`.startsWith(prefix))
}

/** Some port of the host is permitted to connections: its name may be known. */
export function coversName(rule: HostRule, seen: Seen): boolean {
  return allowsNames(rule) && allowsHost(rule.host, seen)
}

/** No port of the host is left to connections. */
export function deniesName(rule: HostRule, seen: Seen): boolean {
  return deniesNames(rule) && deniesHost(rule.host, seen)
}

export function allowsNames({ scheme }: HostRule): boolean {
  return scheme === 'tcp'
}

export function deniesNames({ scheme, port, methods, pathPrefix }: HostRule): boolean {
  const isForAll = typeof port !== 'number' && methods === null && pathPrefix === null
  return isForAll && (scheme === null || scheme === 'tcp')
}

/** The narrowest rule that permits `target`: its method, scheme, host and port, and as much of its path as a rule can say. */
export function smallestRule(target: Target): string {
  const { scheme, host, port, method } = target
  const portText = port === defaultPort(scheme) ? '' : `:${port}`
  if (scheme === 'tcp') return `tcp://${host}:${port}`
  const address = parseAddress(host)
  if (address !== null) return `${method} cidr ${prefixText(host, address.length * 8)}${portText}`
  const place = `${method} ${scheme}://${host}${portText}`
  return `${place}${prefixFor(target.path, MAX_RULE_CHARS - place.length)}`
}

/** The longest beginning of the path that is whole segments in so many characters, and that a rule with a path covers. */
export function prefixFor(path: string, most: number): string {
  if (hidesDots(path)) return '/'
  const whole = path.endsWith('/') ? path : `${path}/`
  return whole.length <= most ? whole : whole.slice(0, whole.lastIndexOf('/', most - 1) + 1)
}

function prefixText(host: string, bits: number): string {
  return `${host.replace(/^\[|\]$/g, '')}/${bits}`
}

/**
 * A segment of dots for a server that decodes the path, however often, drops tabs and line breaks as URLs do, or
 * ends the path or the segment behind it. What is encoded over itself too often may hide some.
 */
function hidesDots(path: string): boolean {
  const text = decoded(path)
  return text === null || HIDDEN_DOTS.test(text)
}

/** Spaces and control characters at the end are no part of a URL. */
const HIDDEN_DOTS = /[\\/]\.{1,2}[\0-\x20]*(?:[\\/;?#\0]|$)/

/**
 * A path as the most lenient server reads it: decoded, without case, parameters or doubled slashes, and each segment
 * without what a server may take for a query, a fragment or the end.
 */
export function readAnyWay(path: string): string {
  return (decoded(path) ?? path)
    .toLowerCase()
    .replaceAll('\\', '/')
    .replace(/[;?#\0][^/]*/g, '')
    .replace(/(?<![\0-\x20])[\0-\x20]+(?=\/|$)/g, '')
    .replace(/\/+/g, '/')
}

/** A server that resolves the path as a URL, decoded or as it came, takes what follows two slashes for a host. */
function behindHost(path: string): string[] {
  return [...new Set([path, decoded(path) ?? path])].flatMap((text) => {
    const rest = /^[\\/]{2,}[^\\/]*(.*)$/s.exec(text)?.[1]
    return rest === undefined ? [] : [`/${rest}`]
  })
}

/** Times that a path is decoded: honestly one is encoded once, and twice by mistake. */
const MAX_DECODED = 8

/** With nothing left to decode; `null`: there is, however often. Tabs and line breaks go, as a URL has none. */
function decoded(path: string): string | null {
  let text = path
  for (let n = 0; n < MAX_DECODED; n += 1) {
    if (!ENCODED.test(text)) return text
    text = text.replace(EACH_ENCODED, decodedOnce).replace(/[\t\n\r]/g, '')
  }
  return null
}

/** A byte, UTF-16 as IIS takes it (`%u002e`), and ASCII in more bytes than it has, which is no UTF-8 (RFC 3629 §3). */
const ENCODED =
  /%([0-9a-fA-F]{2})|((?:%[uU][0-9a-fA-F]{4})+)|(?:[\xc0\xc1]|(?:\xe0|\xf0\x80)[\x80\x81])[\x80-\xbf]/
const EACH_ENCODED = new RegExp(ENCODED, 'g')

function decodedOnce(found: string, byte: string | undefined, units: string | undefined): string {
  if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte, 16))
  if (units !== undefined) {
    const text = units.replace(/%[uU](.{4})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    // In the bytes that other paths have, which are for the next pass.
    return encodeURIComponent(text.toWellFormed())
  }
  const [high = 0, low = 0] = [...found.slice(-2)].map((char) => char.charCodeAt(0))
  return String.fromCharCode(((high & 1) << 6) | (low & 0x3f))
}

function hasMethod(methods: readonly string[], { method }: Target): boolean {
  return method !== null && methods.includes(method)
}

function allowsHost(host: HostRule['host'], seen: Seen): boolean {
  const name = seen.target.host
  switch (host.kind) {
    case 'exact':
      // An address is opened by a prefix, which says that it is meant to be one.
      return name === host.name && !isAddress(name)
    case 'below':
      return !isAddress(name) && name.endsWith(`.${host.suffix}`)
    case 'any':
      return !isAddress(name)
    case 'cidr': {
      const { address } = seen
      return address !== null && covers(host.prefix, address)
    }
    case 'argument':
      return false
  }
}

function deniesHost(host: HostRule['host'], seen: Seen): boolean {
  if (host.kind === 'any') return true
  return host.kind === 'exact' ? seen.target.host === host.name : allowsHost(host, seen)
}
