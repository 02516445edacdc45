// Whether two rules can be about the same thing. Sound and not complete: no is true, and yes may be wrong.

import { coversPrefix } from './address.ts'
import { isAddress } from './host.ts'
import type { HostRule, Scheme } from './host-rule.ts'
import { defaultPort } from './host-rule.ts'
import type { StorageRule } from './storage-rule.ts'

export function hostRulesMeet(a: HostRule, b: HostRule): boolean {
  const scheme = schemesOf(a).find((each) => schemesOf(b).includes(each) && portsMeet(a, b, each))
  if (scheme === undefined) return false
  const { methods } = b
  if (a.methods !== null && methods !== null && !a.methods.some((m) => methods.includes(m))) {
    return false
  }
  const [one, other] = [a.pathPrefix ?? '/', b.pathPrefix ?? '/']
  return (one.startsWith(other) || other.startsWith(one)) && hostsMeet(a.host, b.host)
}

export function storageRulesMeet(a: StorageRule, b: StorageRule): boolean {
  if (!a.access.some((kind) => b.access.includes(kind))) return false
  // What an argument names, nobody knows yet.
  if (a.argument !== null || b.argument !== null) return true
  for (const [i, segment] of a.segments.entries()) {
    const other = b.segments[i]
    if (other === undefined || segment === '**' || other === '**') return true
    const isPlain = !segment.includes('*') && !other.includes('*')
    if (isPlain && segment !== other) return false
  }
  return true
}

function schemesOf({ scheme }: HostRule): readonly Scheme[] {
  return scheme === null ? ['http', 'https'] : [scheme]
}

function portsMeet(a: HostRule, b: HostRule, scheme: Scheme): boolean {
  const [one, other] = [a.port ?? defaultPort(scheme), b.port ?? defaultPort(scheme)]
  return one === 'any' || other === 'any' || one === other
}

function hostsMeet(a: HostRule['host'], b: HostRule['host']): boolean {
  if (a.kind === 'cidr' || b.kind === 'cidr') {
    if (a.kind !== 'cidr' || b.kind !== 'cidr') return false
    return coversPrefix(a.prefix, b.prefix) || coversPrefix(b.prefix, a.prefix)
  }
  // An argument names no address.
  if (a.kind === 'argument' || b.kind === 'argument') return true
  if (a.kind === 'any') return b.kind !== 'exact' || !isAddress(b.name)
  if (b.kind === 'any') return hostsMeet(b, a)
  if (a.kind === 'exact' && b.kind === 'exact') return a.name === b.name
  if (a.kind === 'exact') return b.kind === 'below' && a.name.endsWith(`.${b.suffix}`)
  if (b.kind === 'exact') return hostsMeet(b, a)
  return `.${a.suffix}`.endsWith(`.${b.suffix}`) || `.${b.suffix}`.endsWith(`.${a.suffix}`)
}
