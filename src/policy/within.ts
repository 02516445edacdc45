// Whether a rule covers no more than another does. Sound and not complete: yes is true, and no may be wrong.

import { coversPrefix } from './address.ts'
import { isAddress } from './host.ts'
import type { HostRule, Scheme } from './host-rule.ts'
import { defaultPort } from './host-rule.ts'
import type { StorageRule } from './storage-rule.ts'
import { matchesPath, ruleForPath } from './storage-rule.ts'
import type { DrivePath } from './drive-path.ts'

export function isHostRuleWithin(inner: HostRule, outer: HostRule): boolean {
  const schemes: readonly Scheme[] = inner.scheme === null ? ['http', 'https'] : [inner.scheme]
  const isScheme = (scheme: Scheme) =>
    outer.scheme === null ? scheme !== 'tcp' : outer.scheme === scheme
  const isPort = (scheme: Scheme) => {
    const most = outer.port ?? defaultPort(scheme)
    return most === 'any' || most === (inner.port ?? defaultPort(scheme))
  }
  if (!schemes.every((scheme) => isScheme(scheme) && isPort(scheme))) return false
  const { methods } = outer
  if (methods !== null && !(inner.methods?.every((m) => methods.includes(m)) ?? false)) return false
  if (outer.pathPrefix !== null && !(inner.pathPrefix?.startsWith(outer.pathPrefix) ?? false)) {
    return false
  }
  return isHostWithin(inner.host, outer.host)
}

function isHostWithin(inner: HostRule['host'], outer: HostRule['host']): boolean {
  switch (outer.kind) {
    case 'any':
      return inner.kind === 'any' || isNamed(inner)
    case 'below':
      if (inner.kind === 'exact') return inner.name.endsWith(`.${outer.suffix}`)
      return inner.kind === 'below' && `.${inner.suffix}`.endsWith(`.${outer.suffix}`)
    case 'exact':
      return inner.kind === 'exact' && inner.name === outer.name
    case 'cidr':
      return inner.kind === 'cidr' && coversPrefix(outer.prefix, inner.prefix)
    case 'argument':
      return inner.kind === 'argument' && inner.path === outer.path
  }
}

/** A name, or names: no rule for hosts covers an address. */
function isNamed(host: HostRule['host']): boolean {
  return host.kind === 'below' || (host.kind === 'exact' && !isAddress(host.name))
}

export function isStorageRuleWithin(inner: StorageRule, outer: StorageRule): boolean {
  if (!inner.access.every((kind) => outer.access.includes(kind))) return false
  if (inner.argument !== null || outer.argument !== null) return inner.argument === outer.argument
  if (inner.uri === outer.uri) return true
  // The directory that a pattern of names is about; else the path itself, with everything below it.
  const isNames = inner.isGlob && inner.segments.at(-1) === '*'
  const stem = isNames ? inner.segments.slice(0, -1) : inner.segments
  if (stem.some((segment) => segment.includes('*'))) return false
  const path = `/${stem.join('/')}` as DrivePath
  if (!outer.isGlob) return matchesPath(outer, path)
  // What covers a node and ends in `**` covers whatever is below it too.
  return outer.segments.at(-1) === '**' && matchesPath(outer, path)
}

/** The rule for exactly the names in a directory, and nothing below them. */
export function ruleForNamesIn(directory: DrivePath, access: StorageRule['access']): StorageRule {
  return ruleForPath((directory === '/' ? '/*' : `${directory}/*`) as DrivePath, access)
}
