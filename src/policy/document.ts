// A policy: Wassette's `policy.yaml` v1 as typed, frozen data. What it does not allow it refuses.

import type { KeyRule } from './environment.ts'
import type { HostRule } from './host-rule.ts'
import type { CallLimits } from './limits.ts'
import type { StorageRule } from './storage-rule.ts'

export interface Rules<R> {
  readonly allow: readonly R[]
  readonly deny: readonly R[]
}

/** Wassette's `permissions.resources`, in the units that it has; `null`: not said. */
export interface Resources {
  /** `limits.memory`, in bytes. */
  readonly memoryBytes: number | null
  /** `memory`. */
  readonly memoryMib: number | null
  /** `limits.cpu`. */
  readonly cpuCores: number | null
  /** `cpu`, of one core. */
  readonly cpuPercent: number | null
  /** `io`: requests and operations on the drive. */
  readonly ioPerSecond: number | null
}

export interface PolicyDocument {
  /** `1.…`, as it was written. */
  readonly version: string
  readonly description: string | null
  /** Rules that Wassette knows first, then those of `x-wassette-edge`; each once. */
  readonly network: Rules<HostRule>
  readonly storage: Rules<StorageRule>
  readonly environment: Rules<KeyRule>
  readonly resources: Resources
  /** `x-wassette-edge.limits`. */
  readonly limits: Partial<CallLimits>
}

export const NO_RESOURCES: Resources = {
  memoryBytes: null,
  memoryMib: null,
  cpuCores: null,
  cpuPercent: null,
  ioPerSecond: null,
}
