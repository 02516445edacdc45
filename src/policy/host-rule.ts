// One entry of `permissions.network`: a host, a wildcard by label, a port, a URL with a path prefix, or
// `tcp://host:port`. The grammar is Wassette's (`{host: …}`), the meaning is stricter: a bare host means
// 80 and 443 only. A tcp rule permits connections and no request; the others permit requests only.

import type { Hostname } from './host.ts'
import { canonicalHost, isAddress } from './host.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

export interface HostRule {
  /** Canonical spelling: equal rules have equal text. */
  readonly text: string
  readonly host:
    | { readonly kind: 'exact'; readonly name: Hostname }
    | { readonly kind: 'below'; readonly suffix: Hostname }
    | { readonly kind: 'any' }
  readonly scheme: 'http' | 'https' | 'tcp' | null
  /** `null`: 80 for http and 443 for https. A tcp rule always states one. */
  readonly port: number | null
  /** Starts and ends with `/`; `null`: any path. */
  readonly pathPrefix: string | null
}

/** What is being asked of a host, as the rule sees it. */
export interface Target {
  readonly scheme: 'http' | 'https' | 'tcp'
  readonly host: Hostname
  readonly port: number
  /** Dot segments removed; `/` for tcp. */
  readonly path: string
}

export type HostRuleFault =
  | 'empty'
  | 'scheme'
  | 'userinfo'
  | 'query-or-fragment'
  | 'wildcard'
  | 'port'
  | 'host'

const MAX_RULE_CHARS = 512
const AUTHORITY = /^(\*|\*\.[^*:/]+|\[[0-9a-fA-F:.]+\]|[^*:/[\]]+)(?::(\d{1,5}))?$/

export function parseHostRule(text: string): Result<HostRule, HostRuleFault> {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.length > MAX_RULE_CHARS) return err('empty')
  if (/[?#]/.test(trimmed)) return err('query-or-fragment')
  if (trimmed.includes('@')) return err('userinfo')
  const url = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(trimmed)
  const scheme = url?.[1]?.toLowerCase() ?? null
  if (scheme !== null && !isScheme(scheme)) return err('scheme')
  const rest = url?.[2] ?? trimmed
  const slash = rest.indexOf('/')
  if (slash >= 0 && (scheme === null || scheme === 'tcp')) return err('host')
  const authority = slash < 0 ? rest : rest.slice(0, slash)
  const parts = AUTHORITY.exec(authority)
  if (parts?.[1] === undefined) return err(authority.includes('*') ? 'wildcard' : 'host')
  if (parts[1].startsWith('*') && scheme !== null && scheme !== 'tcp') return err('wildcard')
  const host = parseHost(parts[1])
  if (host === null) return err('host')
  const stated = parts[2] === undefined ? null : Number(parts[2])
  if (stated !== null && (stated < 1 || stated > 65_535)) return err('port')
  if (stated === null && scheme === 'tcp') return err('port')
  const port = stated === defaultPort(scheme) ? null : stated
  const pathPrefix = slash < 0 ? null : prefix(rest.slice(slash))
  return ok({ text: print(host, scheme, port, pathPrefix), host, scheme, port, pathPrefix })
}

export function matches(rule: HostRule, target: Target): boolean {
  if ((rule.scheme === 'tcp') !== (target.scheme === 'tcp')) return false
  if (rule.scheme !== null && rule.scheme !== target.scheme) return false
  if (target.port !== (rule.port ?? defaultPort(target.scheme))) return false
  if (!matchesHost(rule.host, target.host)) return false
  if (rule.pathPrefix === null) return true
  return `${target.path}/`.startsWith(rule.pathPrefix) && !HIDDEN_DOTS.test(target.path)
}

/** A segment of dots for a server that decodes slashes, or cuts parameters, before it resolves the path. */
const HIDDEN_DOTS = /(?:\/|\\|%2f|%5c)(?:\.|%2e){1,2}(?:\/|\\|%2f|%5c|;|$)/i

/** Some port of the host is permitted to connections: its name may be known. */
export function coversName(rule: HostRule, name: Hostname): boolean {
  return rule.scheme === 'tcp' && matchesHost(rule.host, name)
}

function matchesHost(host: HostRule['host'], name: Hostname): boolean {
  switch (host.kind) {
    case 'exact':
      return name === host.name
    case 'below':
      return !isAddress(name) && name.endsWith(`.${host.suffix}`)
    case 'any':
      return !isAddress(name)
  }
}

/** The narrowest rule by host and port that permits `target`. */
export function smallestRule(target: Target): string {
  if (target.scheme === 'tcp') return `tcp://${target.host}:${target.port}`
  const standard = target.port === defaultPort(target.scheme)
  return standard ? target.host : `${target.host}:${target.port}`
}

function isScheme(text: string): text is 'http' | 'https' | 'tcp' {
  return text === 'http' || text === 'https' || text === 'tcp'
}

function parseHost(text: string): HostRule['host'] | null {
  if (text === '*') return { kind: 'any' }
  const name = text.startsWith('*.') ? text.slice(2) : text
  if (!URL.canParse(`http://${name}/`)) return null
  const host = canonicalHost(new URL(`http://${name}/`))
  if (host === null) return null
  if (!text.startsWith('*.')) return { kind: 'exact', name: host }
  return isAddress(host) ? null : { kind: 'below', suffix: host }
}

function defaultPort(scheme: string | null): number | null {
  if (scheme === 'https') return 443
  return scheme === 'http' ? 80 : null
}

function prefix(path: string): string | null {
  const normal = new URL(`http://h${path}`).pathname
  if (normal === '/') return null
  return normal.endsWith('/') ? normal : `${normal}/`
}

function print(
  host: HostRule['host'],
  scheme: string | null,
  port: number | null,
  pathPrefix: string | null,
): string {
  const name = host.kind === 'any' ? '*' : host.kind === 'below' ? `*.${host.suffix}` : host.name
  const authority = port === null ? name : `${name}:${port}`
  if (scheme === 'tcp') return `tcp://${authority}`
  return scheme === null ? authority : `${scheme}://${authority}${pathPrefix ?? '/'}`
}
