// One rule of `permissions.network`, and its one spelling:
//   [METHOD[,METHOD…] ][scheme://]host[:port][/path/]     host: name, `*.name`, `*`, `{argument}`
//   [METHOD[,METHOD…] ]cidr prefix[:port]                 literal addresses
//   tcp://host:port                                       connections, and no request
// The grammar is Wassette's `{host: …}` and more; the meaning is stricter: a bare host means 80 and 443 only.

import type { Prefix } from './address.ts'
import { parsePrefix, printPrefix } from './address.ts'
import { isArgumentPath } from './arguments.ts'
import type { Hostname } from './host.ts'
import { canonicalHost, isAddress } from './host.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

export type Scheme = 'http' | 'https' | 'tcp'

export interface HostRule {
  /** Canonical spelling: equal rules have equal text. */
  readonly text: string
  /** Upper case and sorted; `null`: any. */
  readonly methods: readonly string[] | null
  readonly host:
    | { readonly kind: 'exact'; readonly name: Hostname }
    | { readonly kind: 'below'; readonly suffix: Hostname }
    | { readonly kind: 'any' }
    | { readonly kind: 'cidr'; readonly prefix: Prefix }
    /** The host that an argument of the call names; by itself it covers nothing (see `binding.ts`). */
    | { readonly kind: 'argument'; readonly path: string }
  readonly scheme: Scheme | null
  /** `null`: 80 for http and 443 for https. A tcp rule always states one. */
  readonly port: number | 'any' | null
  /** Starts and ends with `/`; `null`: any path. */
  readonly pathPrefix: string | null
}

/** What is being asked of a host, as the rule sees it. */
export interface Target {
  readonly scheme: Scheme
  readonly host: Hostname
  readonly port: number
  /** Dot segments removed; `/` for tcp. */
  readonly path: string
  /** Upper case; `null` for tcp. */
  readonly method: string | null
}

export type HostRuleFault =
  | 'empty'
  | 'scheme'
  | 'userinfo'
  | 'query-or-fragment'
  | 'characters'
  | 'wildcard'
  | 'port'
  | 'host'
  | 'method'
  | 'cidr'
  | 'argument'

export const MAX_RULE_CHARS = 512
/** More methods than HTTP and WebDAV have together would be a list of words. */
const MAX_METHODS = 16
const AUTHORITY = /^(\*|\*\.[^*:/]+|\{[^{}]*\}|\[[0-9a-fA-F:.]+\]|[^*:/[\]{}]+)(?::(\d{1,5}|\*))?$/
const METHOD = /^[A-Z][A-Z0-9_-]{0,31}$/

/** Methods that make no sense through a fetch, or open a tunnel. */
const METHODS_REFUSED: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

export function parseHostRule(text: string): Result<HostRule, HostRuleFault> {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > MAX_RULE_CHARS) return err('empty')
  const words = /^(?:([A-Z][A-Z0-9_,-]*) +)?(?:(cidr) +)?(\S+)$/.exec(trimmed)
  if (words?.[3] === undefined) return err('host')
  const methods = words[1] === undefined ? null : parseMethods(words[1].split(','))
  if (methods !== null && !methods.ok) return methods
  const rule = words[2] === undefined ? parsePlace(words[3]) : parseCidr(words[3])
  if (!rule.ok) return rule
  return methods === null ? ofLength(rule.value) : withMethods(rule.value, methods.value)
}

/** Its text may be longer than what it was read from, and has to read back. */
function ofLength(rule: HostRule): Result<HostRule, 'empty'> {
  return rule.text.length > MAX_RULE_CHARS ? err('empty') : ok(rule)
}

/** A method, in upper case, that a component may use and a rule may name. */
export function isMethod(method: string): boolean {
  return METHOD.test(method) && !METHODS_REFUSED.has(method)
}

/** The same rule for these methods only. */
export function withMethods(
  rule: HostRule,
  methods: readonly string[],
): Result<HostRule, HostRuleFault> {
  const parsed = parseMethods(methods)
  if (!parsed.ok) return parsed
  if (rule.scheme === 'tcp') return err('method')
  return ofLength(hostRule({ ...rule, methods: parsed.value }))
}

/** The rule with its text; everything else is given. */
export function hostRule(rule: Omit<HostRule, 'text'>): HostRule {
  return { ...rule, text: print(rule) }
}

/** The same rule for any path; what is no rule stays as it is. */
export function withoutPath(text: string): string {
  const rule = parseHostRule(text)
  return rule.ok ? hostRule({ ...rule.value, pathPrefix: null }).text : text
}

/** Methods, host and port: without a scheme and a path it is no URL. `null`: no rule. */
export function hostAlone(text: string): string | null {
  const rule = parseHostRule(text)
  if (!rule.ok) return null
  const { scheme } = rule.value
  return hostRule({ ...rule.value, scheme: scheme === 'tcp' ? scheme : null, pathPrefix: null })
    .text
}

/** It covers hosts, or ports of them, that nobody has named. */
export function isBroad({ host, port }: HostRule): boolean {
  if (port === 'any') return true
  if (host.kind === 'cidr') return host.prefix.length < host.prefix.address.length * 8
  return host.kind === 'below' || host.kind === 'any'
}

function parseMethods(words: readonly string[]): Result<readonly string[], 'method'> {
  const methods = [...new Set(words)].sort()
  if (methods.length === 0 || methods.length > MAX_METHODS) return err('method')
  return methods.every(isMethod) ? ok(methods) : err('method')
}

function parseCidr(text: string): Result<HostRule, HostRuleFault> {
  const parts = /^([^/]+\/\d+)(?::(\d{1,5}|\*))?$/.exec(text)
  const prefix = parts?.[1] === undefined ? null : parsePrefix(parts[1])
  if (prefix === null) return err('cidr')
  const port = parsePort(parts?.[2])
  if (port === false) return err('port')
  return ok(
    hostRule({
      methods: null,
      host: { kind: 'cidr', prefix },
      scheme: null,
      port,
      pathPrefix: null,
    }),
  )
}

function parsePlace(text: string): Result<HostRule, HostRuleFault> {
  if (/[?#]/.test(text)) return err('query-or-fragment')
  // A URL leaves them out, or ends its host there: less would be left of the rule than was written.
  if (/[\\\p{Cc}]/u.test(text)) return err('characters')
  const url = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text)
  const scheme = url?.[1]?.toLowerCase() ?? null
  if (scheme !== null && !isScheme(scheme)) return err('scheme')
  const rest = url?.[2] ?? text
  const slash = rest.indexOf('/')
  if (slash >= 0 && (scheme === null || scheme === 'tcp')) return err('host')
  const authority = slash < 0 ? rest : rest.slice(0, slash)
  // In a path it is a name, as in `/@scope/`.
  if (authority.includes('@')) return err('userinfo')
  const parts = AUTHORITY.exec(authority)
  if (parts?.[1] === undefined) return err(authority.includes('*') ? 'wildcard' : 'host')
  const host = parseHost(parts[1])
  if (host === null) return err(parts[1].startsWith('{') ? 'argument' : 'host')
  const stated = parsePort(parts[2])
  if (stated === false || (stated === null && scheme === 'tcp')) return err('port')
  const port = stated === defaultPort(scheme) ? null : stated
  const pathPrefix = slash < 0 ? null : prefixOf(rest.slice(slash))
  return ok(hostRule({ methods: null, host, scheme, port, pathPrefix }))
}

/** False: not a port. */
function parsePort(text: string | undefined): number | 'any' | null | false {
  if (text === undefined) return null
  if (text === '*') return 'any'
  const port = Number(text)
  return port >= 1 && port <= 65_535 ? port : false
}

function isScheme(text: string): text is Scheme {
  return text === 'http' || text === 'https' || text === 'tcp'
}

function parseHost(text: string): HostRule['host'] | null {
  if (text === '*') return { kind: 'any' }
  if (text.startsWith('{')) {
    const path = text.slice(1, -1)
    return isArgumentPath(path) ? { kind: 'argument', path } : null
  }
  const name = text.startsWith('*.') ? text.slice(2) : text
  if (!URL.canParse(`http://${name}/`)) return null
  const host = canonicalHost(new URL(`http://${name}/`))
  if (host === null) return null
  if (!text.startsWith('*.')) return { kind: 'exact', name: host }
  return isAddress(host) ? null : { kind: 'below', suffix: host }
}

export function defaultPort(scheme: Scheme | null): number | null {
  if (scheme === 'https') return 443
  return scheme === 'http' ? 80 : null
}

function prefixOf(path: string): string | null {
  const normal = new URL(`http://h${path}`).pathname
  if (normal === '/') return null
  return normal.endsWith('/') ? normal : `${normal}/`
}

function print({ methods, host, scheme, port, pathPrefix }: Omit<HostRule, 'text'>): string {
  const portText = port === null ? '' : `:${port === 'any' ? '*' : port}`
  const authority = `${printHost(host)}${portText}`
  const path = scheme === null || scheme === 'tcp' ? '' : (pathPrefix ?? '/')
  const place = scheme === null ? authority : `${scheme}://${authority}${path}`
  return methods === null ? place : `${methods.join(',')} ${place}`
}

function printHost(host: HostRule['host']): string {
  switch (host.kind) {
    case 'any':
      return '*'
    case 'below':
      return `*.${host.suffix}`
    case 'exact':
      return host.name
    case 'cidr':
      return `cidr ${printPrefix(host.prefix)}`
    case 'argument':
      return `{${host.path}}`
  }
}
