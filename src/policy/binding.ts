// Rules that bind to an argument of the call, made concrete: such a rule stands for the host or the path
// that this call's arguments name, and for nothing else. Pure. An argument that is absent or does not parse
// grants nothing, and no argument ever becomes a pattern.

import { textsAt } from './arguments.ts'
import type { DrivePath } from './drive-path.ts'
import { ROOT, resolvePath } from './drive-path.ts'
import type { Hostname } from './host.ts'
import { canonicalHost, isAddress } from './host.ts'
import type { HostRule } from './host-rule.ts'
import { hostRule } from './host-rule.ts'
import type { Allowance, Layer } from './layers.ts'
import type { StorageRule } from './storage-rule.ts'
import { ruleForPath } from './storage-rule.ts'

/** Concrete rules for `args`: rules without an argument as they are, the others as often as theirs says. */
export function bindRules(rules: readonly HostRule[], args: unknown): HostRule[] {
  return rules.flatMap((rule) => bindHostRule(rule, args))
}

export function bindHostRule(rule: HostRule, args: unknown): HostRule[] {
  if (rule.host.kind !== 'argument') return [rule]
  const places = textsAt(args, rule.host.path).flatMap((text) => placeOf(text) ?? [])
  return places.flatMap((place) => bindHostRuleTo(rule, place) ?? [])
}

/** A rule with an argument, where that names `place`; `null`: it is not about such a place. */
export function bindHostRuleTo(rule: HostRule, place: Place): HostRule | null {
  if (!agrees(rule, place)) return null
  const port = rule.port ?? place.port
  return hostRule({ ...rule, host: { kind: 'exact', name: place.name }, port })
}

export function bindStorageRule(rule: StorageRule, args: unknown): StorageRule[] {
  if (rule.argument === null) return [rule]
  const paths = textsAt(args, rule.argument).flatMap((text) => pathOf(text) ?? [])
  return paths.map((path) => ruleForPath(path, rule.access))
}

/**
 * The path on a drive that a text names; `null`: none. The whole drive is named by `/` alone: an empty text and a
 * `.` are what is left where nobody has chosen a path.
 */
export function pathOf(text: string): DrivePath | null {
  const named = text.replace(/^fs:\/\//, '')
  const path = resolvePath(ROOT, named.replace(/^\/+/, ''))
  return path === ROOT && !/^\/+$/.test(named) ? null : path
}

export function bindLayers<R>(
  layers: readonly Layer<R>[],
  bind: (rule: R) => readonly R[],
): readonly Layer<R>[] {
  return layers.map((layer) => {
    const allow = layer.allow.flatMap(({ rule, grant }): Allowance<R>[] =>
      bind(rule).map((bound) => ({ rule: bound, grant })),
    )
    return { ...layer, allow }
  })
}

/** What a text names, for a rule that binds to it. */
export interface Place {
  readonly scheme: string | null
  readonly name: Hostname
  /** `null`: none was said, or the standard one. */
  readonly port: number | null
}

/** `null`: no place. Of an http(s) or tcp URL, or of `host[:port]`. Addresses are granted by a prefix only. */
export function placeOf(text: string): Place | null {
  const trimmed = text.trim()
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase() ?? null
  if (scheme !== null && scheme !== 'http' && scheme !== 'https' && scheme !== 'tcp') return null
  if (scheme === null && !/^[^\s/?#@\\:]+(:\d{1,5})?$/.test(trimmed)) return null
  // Read as http, which knows how a host is normalised; https decides what its standard port is.
  const rest = scheme === null ? trimmed : trimmed.slice(scheme.length + '://'.length)
  const readAs = scheme === 'https' ? 'https' : 'http'
  if (!URL.canParse(`${readAs}://${rest}`)) return null
  const url = new URL(`${readAs}://${rest}`)
  if (url.username !== '' || url.password !== '' || url.hostname.includes('*')) return null
  const name = canonicalHost(url)
  if (name === null || isAddress(name)) return null
  return { scheme, name, port: url.port === '' ? null : Number(url.port) }
}

/** A rule for one scheme takes no URL of another; one that names none is about requests. */
function agrees(rule: HostRule, { scheme }: Place): boolean {
  if (scheme === null) return true
  return rule.scheme === null ? scheme !== 'tcp' : scheme === rule.scheme
}
