// What a person should know before a policy holds: rules that are broad, and rules that do nothing. Sound and
// not complete: a warning is true, and not every such rule is found.

import { coversPrefix } from './address.ts'
import type { PolicyDocument, Rules } from './document.ts'
import type { HostRule } from './host-rule.ts'
import { isBroad } from './host-rule.ts'
import { ANY_KEY } from './environment.ts'
import type { StorageRule } from './storage-rule.ts'

export interface PolicyWarning {
  /** Canonical text. */
  readonly rule: string
  /** The denial that undoes `rule`. */
  readonly by: string | null
  readonly why: 'broad' | 'shadowed' | 'addresses-only'
  readonly sentence: string
}

const MAX_WARNINGS = 50

export function warningsOf(document: PolicyDocument): PolicyWarning[] {
  const { network, storage, environment } = document
  const isEveryFile = ({ segments, argument }: StorageRule) =>
    argument === null && (segments.length === 0 || segments[0] === '**')
  return [
    ...shadowed(network, shadowsHost),
    ...shadowed(storage, shadowsPath),
    ...shadowed(
      environment,
      (deny, allow) => deny.text === ANY_KEY.text || deny.text === allow.text,
    ),
    ...network.deny
      .filter(({ host }) => host.kind === 'cidr')
      .map(({ text }) => addressesOnly(text)),
    ...network.allow.filter(isBroad).map(({ text }) => broad(text)),
    ...storage.allow.filter(isEveryFile).map(({ text }) => broad(text)),
    ...environment.allow.filter(({ text }) => text === ANY_KEY.text).map(({ text }) => broad(text)),
  ].slice(0, MAX_WARNINGS)
}

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
  if (outer.kind === 'exact') return inner.kind === 'exact' && inner.name === outer.name
  if (outer.kind !== 'below') return false
  const ending = `.${outer.suffix}`
  if (inner.kind === 'exact') return inner.name.endsWith(ending)
  return inner.kind === 'below' && `.${inner.suffix}`.endsWith(ending)
}

function shadowsPath(deny: StorageRule, allow: StorageRule): boolean {
  if (!allow.access.every((kind) => deny.access.includes(kind))) return false
  const stem = deny.segments.at(-1) === '**' ? deny.segments.slice(0, -1) : deny.segments
  if (stem.some((segment) => segment.includes('*'))) return deny.text === allow.text
  const isBelow = stem.every((segment, i) => allow.segments[i] === segment)
  // With an argument the path is not known yet: only a denial of everything undoes it.
  return allow.argument === null ? isBelow : stem.length === 0
}
