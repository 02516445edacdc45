// A policy: Wassette's `policy.yaml` v1 as typed, frozen data. What it does not allow it refuses. Parsing is
// total: any text comes to a policy, or to all that is wrong with it.

import type { KeyRule } from './environment.ts'
import { Faults } from './fault.ts'
import type { PolicyFault } from './fault.ts'
import { POLICY_GRAMMAR } from './grammar.ts'
import { printShort } from './document-print.ts'
import { BOUND_KEYS } from './grammar-amounts.ts'
import type { HostRule } from './host-rule.ts'
import type { LabelSet, Mode } from './labels.ts'
import { NO_LABELS, union } from './labels.ts'
import type { CallLimits } from './limits.ts'
import { isPlain, isPlainKey, isPlainPath } from './plain-rules.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import type { Read } from './shape.ts'
import type { StorageRule } from './storage-rule.ts'
import { isPolicySize, readYaml } from './yaml.ts'

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
  /** `$schema`: for editors. */
  readonly schema: string | null
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
  /** `x-wassette-edge.labels`: a host's word. */
  readonly labels: LabelRules
}

export interface LabelRules {
  /** What every call brings, whatever it does. */
  readonly add: LabelSet
  /** What happens when a call would complete the three, at the least; `null`: not said. */
  readonly mode: Mode | null
}

export const NO_LABEL_RULES: LabelRules = { add: NO_LABELS, mode: null }

export const NO_RESOURCES: Resources = {
  memoryBytes: null,
  memoryMib: null,
  cpuCores: null,
  cpuPercent: null,
  ioPerSecond: null,
}

type Written = Read<typeof POLICY_GRAMMAR>

/** Bytes are read as UTF-8. What is read can be printed as a policy again (see `document-print.ts`). */
export function parsePolicy(
  source: string | Uint8Array,
): Result<PolicyDocument, readonly PolicyFault[]> {
  const root = readYaml(source)
  if (!root.ok) return root
  const faults = new Faults()
  const { node, lineOf } = root.value
  const written = POLICY_GRAMMAR.read(node, { path: '', faults, lineOf })
  if (faults.count > 0 || written === undefined) return err(faults.list)
  const document = documentOf(written)
  if (isPolicySize(printShort(document))) return ok(frozen(document))
  faults.add({ kind: 'value', path: '', line: 1, sentence: TOO_LONG })
  return err(faults.list)
}

/** A letter in the path of a URL may be nine characters of its rule. */
const TOO_LONG = 'With its rules written out the policy is longer than 64 KiB. Make it shorter.'

function documentOf(written: Written): PolicyDocument {
  const { version = '', description = null, $schema: schema = null, permissions = {} } = written
  const ours = written['x-wassette-edge'] ?? {}
  const { resources = {} } = permissions
  return {
    schema,
    version,
    description,
    network: {
      allow: ordered([permissions.network?.allow, ours.network?.allow], isPlain('allow')),
      deny: ordered([permissions.network?.deny, ours.network?.deny], isPlain('deny')),
    },
    storage: {
      allow: ordered([permissions.storage?.allow, ours.storage?.allow], isPlainPath),
      deny: ordered([permissions.storage?.deny, ours.storage?.deny], isPlainPath),
    },
    environment: {
      allow: ordered([permissions.environment?.allow, ours.environment?.allow], isPlainKey),
      deny: ordered([ours.environment?.deny], isPlainKey),
    },
    resources: {
      memoryBytes: resources.limits?.memory ?? null,
      memoryMib: resources.memory ?? null,
      cpuCores: resources.limits?.cpu ?? null,
      cpuPercent: resources.cpu ?? null,
      ioPerSecond: resources.io ?? null,
    },
    limits: limitsOf(ours.limits ?? {}),
    labels: { add: union(ours.labels?.add ?? []), mode: ours.labels?.mode ?? null },
  }
}

function limitsOf(written: Readonly<Record<string, number | undefined>>): Partial<CallLimits> {
  const entries = [...BOUND_KEYS].flatMap(([name, key]) => {
    const amount = written[name]
    return amount === undefined ? [] : [[key, amount] as const]
  })
  return Object.fromEntries(entries)
}

function ordered<R extends { readonly text: string }>(
  lists: readonly (readonly R[] | undefined)[],
  isPlain: (rule: R) => boolean,
): readonly R[] {
  const all = [...new Map(lists.flatMap((rules) => rules ?? []).map((r) => [r.text, r])).values()]
  return [...all.filter(isPlain), ...all.filter((rule) => !isPlain(rule))]
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
