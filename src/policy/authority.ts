// The authority of one call: what a person's grants come to for one component, computed for the call and
// thrown away after it.

import { grantedKeys, readsVariables } from './environment.ts'
import type { HostRule } from './host-rule.ts'
import { parseHostRule } from './host-rule.ts'
import type { CallLimits } from './limits.ts'
import { CALL_LIMITS } from './limits.ts'
import type { NetworkPermission } from './network.ts'
import type { StoragePermission, StorageRule } from './storage.ts'
import { parseStoredStorageRule } from './storage.ts'

/** Serialisable: it crosses from the person's `Account` to the call. */
export interface Authority {
  /** `null`: the component does not import wasi:http, so there is nothing to hold. */
  readonly network: NetworkPermission | null
  /** `null`: the component does not import wasi:filesystem. */
  readonly storage: StoragePermission | null
  /** The same permission for connections; `null`: the component does not import wasi:sockets. */
  readonly sockets: NetworkPermission | null
  /** The component imports wasi:keyvalue: it may keep entries of its own. */
  readonly keyValue: boolean
  /** The component imports wassette-edge:mcp/client: it may speak to the client of its call. */
  readonly client: boolean
  /** Granted variables that have a value; empty when the component imports neither place to read them. */
  readonly environment: Environment
  readonly limits: CallLimits
}

/** Names and values as a guest reads them, each name once. */
export type Environment = readonly (readonly [string, string])[]

/** The kinds of permission that a person grants. */
export type Permission = 'network' | 'storage' | 'environment'

/** A grant as the decision needs it. */
export interface GrantedRule {
  readonly permission: Permission
  readonly rule: string
}

/** A stored rule that does not parse grants nothing. `values` may hold more than was granted. */
export function authorityOf(
  grants: readonly GrantedRule[],
  component: { readonly imports: readonly string[] },
  ownHosts: readonly string[],
  values: ReadonlyMap<string, string>,
): Authority {
  const wants = (owner: string) => component.imports.some((name) => name.startsWith(`${owner}/`))
  const rules = (kind: Permission) =>
    grants.flatMap(({ permission, rule }) => (permission === kind ? [rule] : []))
  const allow = rules('network').flatMap((text): HostRule[] => {
    const rule = parseHostRule(text)
    return rule.ok ? [rule.value] : []
  })
  const paths = rules('storage').flatMap((text): StorageRule[] => {
    const rule = parseStoredStorageRule(text)
    return rule.ok ? [rule.value] : []
  })
  return {
    network: wants('wasi:http') ? { allow, deny: [], ownHosts } : null,
    sockets: wants('wasi:sockets') ? { allow, deny: [], ownHosts } : null,
    storage: wants('wasi:filesystem') ? { allow: paths, deny: [] } : null,
    keyValue: wants('wasi:keyvalue'),
    client: wants('wassette-edge:mcp'),
    environment: readsVariables(component.imports) ? environmentOf(grants, values) : [],
    limits: CALL_LIMITS,
  }
}

function environmentOf(
  grants: readonly GrantedRule[],
  values: ReadonlyMap<string, string>,
): Environment {
  return grantedKeys(grants).flatMap((key) => {
    const value = values.get(key)
    return value === undefined ? [] : [[key, value] as const]
  })
}
