// The built-in tools, in the order in which they are listed. Their names are reserved in every list.

import type { Builtin } from './builtin.ts'
import { getPolicy } from './builtins/get-policy.ts'
import { grantEnvironmentVariablePermission } from './builtins/grant-environment-variable-permission.ts'
import { grantMemoryPermission } from './builtins/grant-memory-permission.ts'
import { grantNetworkPermission } from './builtins/grant-network-permission.ts'
import { grantStoragePermission } from './builtins/grant-storage-permission.ts'
import { listComponents } from './builtins/list-components.ts'
import { loadComponent } from './builtins/load-component.ts'
import { resetPermission } from './builtins/reset-permission.ts'
import { revokeEnvironmentVariablePermission } from './builtins/revoke-environment-variable-permission.ts'
import { revokeNetworkPermission } from './builtins/revoke-network-permission.ts'
import { revokeStoragePermission } from './builtins/revoke-storage-permission.ts'
import { searchComponents } from './builtins/search-components.ts'
import { searchTools } from './builtins/search-tools.ts'
import { unloadComponent } from './builtins/unload-component.ts'

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  [
    loadComponent,
    unloadComponent,
    listComponents,
    searchComponents,
    searchTools,
    getPolicy,
    grantNetworkPermission,
    grantStoragePermission,
    grantEnvironmentVariablePermission,
    grantMemoryPermission,
    revokeNetworkPermission,
    revokeStoragePermission,
    revokeEnvironmentVariablePermission,
    resetPermission,
  ].map((tool) => [tool.name, tool]),
)

export const RESERVED_NAMES: readonly string[] = [...BUILTINS.keys()]
