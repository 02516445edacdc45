// What a rule reaches, in a sentence for the person who decides about it. Names that somebody chose stay out
// of it: they stand beside it, as they are.

import type { Permission } from './authority.ts'
import { isBroad as isBroadHost, parseHostRule } from './host-rule.ts'
import type { HostRule } from './host-rule.ts'
import { parseStoredStorageRule } from './storage-rule.ts'

export function describeReach(permission: Permission, text: string): string {
  if (permission === 'environment') return 'The raw value of this one variable, in every call.'
  if (permission === 'storage') return describeStorage(text)
  const rule = parseHostRule(text)
  return rule.ok ? describeHost(rule.value) : NOTHING
}

/** It covers much that nobody has named. */
export function isBroad(permission: Permission, text: string): boolean {
  if (permission === 'environment') return false
  if (permission === 'network') {
    const rule = parseHostRule(text)
    return rule.ok && isBroadHost(rule.value)
  }
  const rule = parseStoredStorageRule(text)
  if (!rule.ok || rule.value.argument !== null) return false
  return rule.value.segments.length === 0 || rule.value.segments[0] === '**'
}

const NOTHING = 'Nothing: the rule is not valid.'

const HOSTS: Readonly<Record<HostRule['host']['kind'], string>> = {
  exact: 'This host only',
  below: 'Every host below this name',
  any: 'Any public host',
  cidr: 'Every public address of this range, by its number',
  argument: 'In each call the host that this argument names',
}

function describeHost(rule: HostRule): string {
  const hosts = HOSTS[rule.host.kind]
  if (rule.scheme === 'tcp') {
    const port = rule.port === 'any' ? 'any port' : 'this port'
    return `${hosts}: ${port}, and whatever bytes the component sends and receives there.`
  }
  const methods = rule.methods === null ? 'any method' : 'these methods'
  const path = rule.pathPrefix === null ? 'any path' : 'paths from this prefix on'
  return `${hosts}: ${describePort(rule)}, ${methods}, ${path}.`
}

function describePort({ scheme, port }: HostRule): string {
  if (port === 'any')
    return scheme === null ? 'http and https on any port' : `${scheme} on any port`
  if (scheme !== null) return 'this scheme and port'
  return port === null ? 'http on port 80 and https on port 443' : 'http and https on this port'
}

function describeStorage(text: string): string {
  const rule = parseStoredStorageRule(text)
  if (!rule.ok) return NOTHING
  const { access, isGlob, argument } = rule.value
  const what = { read: 'open, list and read', write: 'create, change, rename and remove' }
  const where = isGlob
    ? 'What the pattern names'
    : argument === null
      ? 'This file, or this directory and everything below it'
      : 'In each call the file that this argument names, or that directory and everything below it'
  return `${where}: ${access.map((kind) => what[kind]).join('; ')}.`
}
