// The narrowest rules for what was reached under one rule of a person. Each is within that rule, or is it.

import { parseAddress } from './address.ts'
import { coverPaths } from './cover.ts'
import type { Hostname } from './host.ts'
import { prefixFor } from './host-match.ts'
import type { HostRule, Target } from './host-rule.ts'
import { defaultPort, hostRule, MAX_RULE_CHARS } from './host-rule.ts'
import { isHostRuleWithin } from './within.ts'

/** `isCut`: only the beginning of the path is known. */
export interface Reached {
  readonly target: Target
  readonly isCut: boolean
}

/** `names`: hosts that were looked up and not connected to. */
export function narrowHostRule(
  granted: HostRule,
  reached: readonly Reached[],
  names: readonly Hostname[],
): HostRule[] {
  const rules = [...places(granted, reached), ...names.map((name) => ofName(granted, name))]
  const within = rules.filter((rule) => isHostRuleWithin(rule, granted))
  return within.length === rules.length ? rules : [granted]
}

function places(granted: HostRule, reached: readonly Reached[]): HostRule[] {
  if (granted.host.kind === 'argument') {
    return reached.length === 0 ? [] : [{ ...ofMethods(granted, methodsOf(reached)) }]
  }
  const byPlace = groupBy(reached, ({ target }) => `${target.scheme} ${target.host} ${target.port}`)
  return [...byPlace.values()].flatMap((there) => {
    const [first] = there
    return first === undefined ? [] : rulesAt(granted, first.target, there)
  })
}

/** Everything there is at one scheme, host and port. */
function rulesAt(granted: HostRule, { scheme, host, port }: Target, there: readonly Reached[]) {
  if (scheme === 'tcp') return [ofName({ ...granted, port }, host)]
  const address = parseAddress(host)
  if (address !== null) {
    const prefix = { address, length: address.length * 8 }
    const at = { scheme: null, port: granted.port === null ? null : port, pathPrefix: null }
    return [hostRule({ host: { kind: 'cidr', prefix }, methods: methodsOf(there), ...at })]
  }
  const place = {
    host: { kind: 'exact', name: host },
    scheme,
    port: port === defaultPort(scheme) ? null : port,
  } as const
  // Method by method, so that none reaches further than it did; then those of one path in one rule.
  const byPath = new Map<string, string[]>()
  for (const [method, reached] of groupBy(there, ({ target }) => target.method ?? '')) {
    const paths = reached.map((one) => longestPath(place, one))
    for (const { path } of coverPaths(paths)) {
      byPath.set(path, [...(byPath.get(path) ?? []), method])
    }
  }
  return [...byPath].map(([path, methods]) =>
    hostRule({
      ...place,
      methods: methods.toSorted(),
      pathPrefix: path === '' ? null : `${path}/`,
    }),
  )
}

/** The longest prefix that a rule can say and that covers the path, without a slash at the end. */
function longestPath(
  place: Pick<HostRule, 'host' | 'scheme' | 'port'>,
  { target, isCut }: Reached,
): string {
  // Behind what is known there may be dots that no rule with a path covers.
  if (isCut) return ''
  const { text } = hostRule({ ...place, methods: null, pathPrefix: null })
  return prefixFor(target.path, MAX_RULE_CHARS - text.length + 1).slice(0, -1)
}

function ofName(granted: HostRule, name: Hostname): HostRule {
  return granted.host.kind === 'argument'
    ? granted
    : hostRule({ ...granted, host: { kind: 'exact', name } })
}

function ofMethods(granted: HostRule, methods: readonly string[] | null): HostRule {
  return hostRule({ ...granted, methods })
}

/** `null` for connections. */
function methodsOf(reached: readonly Reached[]): readonly string[] | null {
  const methods = reached.flatMap(({ target }) => target.method ?? [])
  return methods.length === 0 ? null : [...new Set(methods)].toSorted()
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}
