// What somebody names to have taken back, and how a granted rule stands to it. Pure. A rule that lies inside ends; one
// that reaches farther stays, and is told: whoever took something back must not believe that nothing opens it.

import { parseAddress, prefixOf } from './address.ts'
import type { HostRule } from './host-rule.ts'
import { parseHostRule } from './host-rule.ts'
import { hostRulesMeet, storageRulesMeet } from './meets.ts'
import type { StorageRule } from './storage-rule.ts'
import { parseStorageRule, parseStoredStorageRule } from './storage-rule.ts'
import { isHostRuleWithin, isStorageRuleWithin } from './within.ts'

/** `reaches`: it may allow some of it. Said too often rather than too seldom. */
export type Standing = 'inside' | 'reaches' | 'apart'

/** `named`: a rule for hosts. A bare host is taken back at its usual ports; what reaches it at others is told. */
export function standingToHost(granted: string, named: string): Standing {
  const [rule, place] = [parseHostRule(granted), parseHostRule(named)]
  if (!rule.ok || !place.ok) return granted === named ? 'inside' : 'apart'
  if (rule.value.text === place.value.text) return 'inside'
  const taken = withAddress(place.value)
  if (isHostRuleWithin(rule.value, taken)) return 'inside'
  return reachesHost(rule.value, taken) ? 'reaches' : 'apart'
}

/** `named`: a path of the drive, or a pattern, for every access. */
export function standingToPath(granted: string, named: string): Standing {
  const [rule, place] = [parseStoredStorageRule(granted), parseStorageRule(named, EVERY_ACCESS)]
  if (!rule.ok || !place.ok) return 'apart'
  if (rule.value.uri === place.value.uri) return 'inside'
  // Which paths an argument will name, nobody knows.
  if (place.value.argument !== null) return 'apart'
  if (isBelow(rule.value, place.value) || isStorageRuleWithin(rule.value, place.value)) {
    return 'inside'
  }
  return storageRulesMeet(rule.value, place.value) ? 'reaches' : 'apart'
}

const EVERY_ACCESS = ['read', 'write'] as const

/** Rules for addresses are prefixes: an address that is named is the prefix of its own. */
function withAddress(rule: HostRule): HostRule {
  const { host } = rule
  const address = host.kind === 'exact' ? parseAddress(host.name) : null
  return address === null ? rule : { ...rule, host: { kind: 'cidr', prefix: prefixOf(address) } }
}

function reachesHost(rule: HostRule, taken: HostRule): boolean {
  const { host, scheme, port, methods } = taken
  if (host.kind === 'argument') {
    return (
      rule.host.kind === 'argument' && rule.host.path === host.path && hostRulesMeet(rule, taken)
    )
  }
  if (scheme !== null) return hostRulesMeet(rule, taken)
  const anywhere = { ...taken, port: port ?? 'any' } as const
  const isConnected = methods === null && hostRulesMeet(rule, { ...anywhere, scheme: 'tcp' })
  return isConnected || hostRulesMeet(rule, anywhere)
}

function isBelow(rule: StorageRule, directory: StorageRule): boolean {
  if (rule.argument !== null || directory.isGlob) return false
  return directory.segments.every((segment, i) => rule.segments[i] === segment)
}
