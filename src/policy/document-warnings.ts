// What a person should know before a policy holds: rules that are broad, and rules that do nothing, by themselves or
// under the ceilings of a host. Sound and not complete: a warning is true, and not every such rule is found.

import { coversPrefix, isOneAddress, isOutOfReach, printAddress } from './address.ts'
import { requestedLimits } from './authority.ts'
import type { PolicyDocument, Rules } from './document.ts'
import type { KeyRule } from './environment.ts'
import { ANY_KEY } from './environment.ts'
import type { Hostname } from './host.ts'
import { unreachable } from './host.ts'
import type { HostRule } from './host-rule.ts'
import { isBroad } from './host-rule.ts'
import { limitRules } from './limit-rule.ts'
import type { CallLimits } from './limits.ts'
import { hostRulesMeet, storageRulesMeet } from './meets.ts'
import { effectiveLimits, FUEL_PER_CPU_MS } from './requested-limits.ts'
import type { StorageRule } from './storage-rule.ts'
import { isBroadPath } from './storage-rule.ts'

export interface PolicyWarning {
  /** Canonical text. */
  readonly rule: string
  /** The denial that undoes `rule`. Those of a host are not told. */
  readonly by: string | null
  readonly why:
    | 'broad'
    | 'follows-argument'
    | 'shadowed'
    | 'addresses-only'
    | 'unreachable'
    | 'ceiling'
    | 'limit-above-ceiling'
  readonly sentence: string
}

const MAX_WARNINGS = 50

/** Where a policy is to hold. */
export interface Surroundings {
  /** Empty: nothing is known of any. */
  readonly ceilings: readonly PolicyDocument[]
  readonly ownHosts: readonly string[]
}

export function warningsOf(
  document: PolicyDocument,
  { ceilings, ownHosts }: Surroundings = { ceilings: [], ownHosts: [] },
): PolicyWarning[] {
  const { network, storage, environment } = document
  const isShadowing = (deny: KeyRule, allow: KeyRule) =>
    deny.text === ANY_KEY.text || deny.text === allow.text
  const isSameKey = (one: KeyRule, other: KeyRule) =>
    isShadowing(one, other) || isShadowing(other, one)
  return [
    ...shadowed(network, shadowsHost),
    ...shadowed(storage, shadowsPath),
    ...shadowed(environment, isShadowing),
    ...network.allow.filter((rule) => isUnreachable(rule, ownHosts)).map(unreachableRule),
    ...ceilings.flatMap((ceiling) => [
      ...cancelled(network, ceiling.network, shadowsHost, hostRulesMeet),
      ...cancelled(storage, ceiling.storage, shadowsPath, storageRulesMeet),
      ...cancelled(environment, ceiling.environment, isShadowing, isSameKey),
    ]),
    ...(ceilings.length === 0 ? [] : limitsAbove(document, ceilings)),
    ...network.deny
      .filter(({ host }) => host.kind === 'cidr')
      .map(({ text }) => addressesOnly(text)),
    ...network.allow.filter(isBroad).map(({ text }) => broad(text)),
    ...network.allow.filter(({ host }) => host.kind === 'argument').map(followsArgument),
    ...storage.allow.filter(isBroadPath).map(({ text }) => broad(text)),
    ...storage.allow.filter(({ argument }) => argument !== null).map(followsArgument),
    ...environment.allow.filter(({ text }) => text === ANY_KEY.text).map(({ text }) => broad(text)),
  ].slice(0, MAX_WARNINGS)
}

/** No name or address that it covers can be reached. */
function isUnreachable({ host }: HostRule, ownHosts: readonly string[]): boolean {
  if (host.kind === 'cidr') return isOutOfReach(host.prefix)
  if (host.kind === 'exact') return unreachable(host.name, ownHosts) !== null
  return host.kind === 'below' && unreachable(`any.${host.suffix}` as Hostname, ownHosts) !== null
}

/** Rules of which a ceiling leaves nothing. */
function cancelled<R extends { readonly text: string }>(
  { allow }: Rules<R>,
  ceiling: Rules<R>,
  shadows: (deny: R, allow: R) => boolean,
  meet: (a: R, b: R) => boolean,
): PolicyWarning[] {
  const isLeft = (rule: R) =>
    ceiling.allow.some((most) => meet(most, rule)) &&
    !ceiling.deny.some((denied) => shadows(denied, rule))
  return allow.filter((rule) => !isLeft(rule)).map(({ text }) => byCeiling(text))
}

/** Limits that are higher than what holds without them. */
function limitsAbove(document: PolicyDocument, ceilings: readonly PolicyDocument[]) {
  const { limits, ioPerSecond: rate } = effectiveLimits(ceilings.map(requestedLimits))
  const { bounds, cpuCores, ioPerSecond } = requestedLimits(document)
  const fuel = (cpuCores ?? 0) * limits.wallClockMs * FUEL_PER_CPU_MS
  const above = limitRules({
    bounds: Object.fromEntries(
      (Object.keys(bounds) as (keyof CallLimits)[])
        .filter((key) => (bounds[key] ?? 0) > limits[key])
        .map((key) => [key, bounds[key]]),
    ),
    cpuCores: fuel > limits.fuel ? cpuCores : null,
    ioPerSecond: rate !== null && (ioPerSecond ?? 0) > rate ? ioPerSecond : null,
  })
  return above.map(limitAbove)
}

const unreachableRule = ({ text }: HostRule): PolicyWarning => ({
  rule: text,
  by: null,
  why: 'unreachable',
  sentence: 'This rule does nothing: no rule opens this host, which is out of reach of everybody.',
})

const byCeiling = (rule: string): PolicyWarning => ({
  rule,
  by: null,
  why: 'ceiling',
  sentence: 'This rule does nothing: the host of this server allows nothing of it.',
})

const limitAbove = (rule: string): PolicyWarning => ({
  rule,
  by: null,
  why: 'limit-above-ceiling',
  sentence: 'This limit does nothing: the host of this server allows less, and that holds.',
})

const followsArgument = ({ text }: { readonly text: string }): PolicyWarning => ({
  rule: text,
  by: null,
  why: 'follows-argument',
  sentence: 'This rule opens whatever the agent names in this argument.',
})

const broad = (rule: string): PolicyWarning => ({
  rule,
  by: null,
  why: 'broad',
  sentence: 'This rule is broad: it covers much that it does not name.',
})

const addressesOnly = (rule: string): PolicyWarning => ({
  rule,
  by: null,
  why: 'addresses-only',
  sentence:
    'Names are not resolved: this denies addresses by their number, and no name behind one.',
})

function shadowed<R extends { readonly text: string }>(
  { allow, deny }: Rules<R>,
  shadows: (deny: R, allow: R) => boolean,
): PolicyWarning[] {
  return allow.flatMap((allowed) => {
    const by = deny.find((denied) => shadows(denied, allowed))
    if (by === undefined) return []
    const sentence = 'This rule does nothing: another one denies all that it allows.'
    return [{ rule: allowed.text, by: by.text, why: 'shadowed' as const, sentence }]
  })
}

function shadowsHost(deny: HostRule, allow: HostRule): boolean {
  if (deny.scheme !== null && deny.scheme !== allow.scheme) return false
  if (deny.port !== null && deny.port !== 'any' && deny.port !== allow.port) return false
  if (deny.methods !== null) {
    const { methods } = deny
    if (allow.methods === null || !allow.methods.every((m) => methods.includes(m))) return false
  }
  if (deny.pathPrefix !== null && !allow.pathPrefix?.startsWith(deny.pathPrefix)) return false
  return coversHost(deny.host, allow.host)
}

function coversHost(outer: HostRule['host'], inner: HostRule['host']): boolean {
  if (outer.kind === 'any') return true
  if (outer.kind === 'cidr')
    return inner.kind === 'cidr' && coversPrefix(outer.prefix, inner.prefix)
  if (outer.kind === 'exact') return nameOf(inner) === outer.name
  if (outer.kind !== 'below') return false
  const ending = `.${outer.suffix}`
  if (inner.kind === 'exact') return inner.name.endsWith(ending)
  return inner.kind === 'below' && `.${inner.suffix}`.endsWith(ending)
}

/** `null`: of more than one name or address. */
function nameOf(host: HostRule['host']): string | null {
  if (host.kind === 'exact') return host.name
  const isOne = host.kind === 'cidr' && isOneAddress(host.prefix)
  return isOne ? printAddress(host.prefix.address) : null
}

function shadowsPath(deny: StorageRule, allow: StorageRule): boolean {
  if (!allow.access.every((kind) => deny.access.includes(kind))) return false
  const stem = deny.segments.at(-1) === '**' ? deny.segments.slice(0, -1) : deny.segments
  if (stem.some((segment) => segment.includes('*'))) return deny.text === allow.text
  const isBelow = stem.every((segment, i) => allow.segments[i] === segment)
  // With an argument the path is not known yet: only a denial of everything undoes it.
  return allow.argument === null ? isBelow : stem.length === 0
}
