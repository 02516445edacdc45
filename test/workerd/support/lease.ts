// A lease that stays as it is: for tests of what a capability does with a permission.

import type { Lease } from '../../../src/capabilities/lease.ts'
import type { Authority } from '../../../src/policy/authority.ts'
import { CALL_LIMITS } from '../../../src/policy/limits.ts'
import type { NetworkPermission } from '../../../src/policy/network.ts'
import type { StoragePermission } from '../../../src/policy/storage.ts'

export function authority(
  of: { readonly network?: NetworkPermission; readonly storage?: StoragePermission } = {},
): Authority {
  return {
    network: of.network ?? null,
    sockets: of.network ?? null,
    storage: of.storage ?? null,
    keyValue: false,
    client: false,
    environment: [],
    handed: [],
    injections: [],
    limits: CALL_LIMITS,
    ioPerSecond: null,
  }
}

/** Every grant is unlimited. */
export function lasting(of: Parameters<typeof authority>[0]): Lease {
  const held = authority(of)
  return {
    current: async () => held,
    use: async () => ({ grants: [], take: () => true }),
    completes: () => false,
    bring: async () => null,
  }
}
