// The bounds of one call: each defined once, with its unit, its reason, its default and how far a host may
// raise it. No honest tool meets the defaults. The name is what errors, the record and policies say
// (`x-wassette-edge.limits.<name>`, see `document.ts`).

export interface Bound {
  /** Stable: clients and policies name it. */
  readonly name: string
  readonly unit:
    | 'bytes'
    | 'calls'
    | 'messages'
    | 'milliseconds'
    | 'operations'
    | 'requests'
    | 'units'
  readonly default: number
  /** What a host's ceiling may say at the most: beyond it the platform or a neighbour would suffer. */
  readonly most: number
  /** Where it is counted. What a guest's isolate counts, a guest that broke out of its shims escapes. */
  readonly countedBy: 'component' | 'guest isolate' | 'Worker' | 'account'
  readonly reason: string
}

const MIB = 1024 * 1024

export const BOUNDS = {
  wallClockMs: {
    name: 'wall-clock',
    unit: 'milliseconds',
    default: 30_000,
    most: 300_000,
    countedBy: 'Worker',
    reason: 'From the start of the guest to its answer, waits included. Agents give up near 60 s.',
  },
  fuel: {
    name: 'fuel',
    unit: 'units',
    default: 20_000_000_000,
    most: 200_000_000_000,
    countedBy: 'component',
    reason:
      'Work of the guest (component/opcodes.ts), half a second to five seconds of a core by what it ' +
      'computes. It ends before the CPU limit of the platform would, which has no name to tell.',
  },
  memoryBytes: {
    name: 'memory',
    unit: 'bytes',
    default: 64 * MIB,
    most: 64 * MIB,
    countedBy: 'component',
    reason:
      'All linear memories of an instance together; growth beyond it fails in the guest. An isolate ' +
      'has 128 MB, and the largest known honest guest starts with 9.',
  },
  hostCalls: {
    name: 'host-calls',
    unit: 'calls',
    default: 1_000_000,
    most: 10_000_000,
    countedBy: 'guest isolate',
    reason:
      'Calls of imported functions of every kind, about ten seconds of a core. A tool that copies a 64 MB ' +
      'file in small pieces makes some ten thousand.',
  },
  logBytes: {
    name: 'log-bytes',
    unit: 'bytes',
    default: 256 * 1024,
    most: 4 * MIB,
    countedBy: 'guest isolate',
    reason: 'Standard output and error together: enough for a panic and its backtrace.',
  },
  liftUnits: {
    name: 'result-size',
    unit: 'units',
    default: 8 * MIB,
    most: 32 * MIB,
    countedBy: 'guest isolate',
    reason:
      'Values and bytes copied out of the guest between two host calls (sandbox/counted-globals.ts), ' +
      'about 32 MiB: many list elements may point at the same bytes.',
  },
  outputBytes: {
    name: 'output-bytes',
    unit: 'bytes',
    default: 4 * MIB,
    most: 7 * MIB,
    countedBy: 'Worker',
    reason:
      'The answer as JSON. It goes to a client, often before a model, and to a session in one message of 32 MiB, ' +
      'where a text stands twice and may take two bytes a character; bytes stand there three times.',
  },
  requests: {
    name: 'requests',
    unit: 'requests',
    default: 64,
    most: 900,
    countedBy: 'Worker',
    reason: 'Requests and connections. The platform allows 1,000 to all of one invocation.',
  },
  egressBytes: {
    name: 'egress-bytes',
    unit: 'bytes',
    default: 8 * MIB,
    most: 512 * MIB,
    countedBy: 'Worker',
    reason:
      'Bytes sent over the network: methods, URLs, headers and bodies of requests, names and bytes of ' +
      'connections. What a leak could carry.',
  },
  ingressBytes: {
    name: 'ingress-bytes',
    unit: 'bytes',
    default: 32 * MIB,
    most: 512 * MIB,
    countedBy: 'Worker',
    reason:
      'Bytes received over the network: bodies, and what connections bring. The head of an answer has 64 KiB ' +
      'of its own.',
  },
  responseMs: {
    name: 'response-time',
    unit: 'milliseconds',
    default: 20_000,
    most: 120_000,
    countedBy: 'Worker',
    reason: 'To the first byte of one HTTP response, which then fails with a timeout in the guest.',
  },
  driveOperations: {
    name: 'drive-operations',
    unit: 'operations',
    default: 50_000,
    most: 500_000,
    countedBy: 'Worker',
    reason: 'Operations on the drive: a tool may walk a large tree.',
  },
  keyValueOperations: {
    name: 'keyvalue-operations',
    unit: 'operations',
    default: 1_000,
    most: 10_000,
    countedBy: 'Worker',
    reason: 'Operations of wasi:keyvalue: each is a round trip to one object.',
  },
  clientMessages: {
    name: 'client-messages',
    unit: 'messages',
    default: 1_000,
    most: 10_000,
    countedBy: 'Worker',
    reason: 'Progress reports and log messages to the client: each is an event of its stream.',
  },
  concurrentCalls: {
    name: 'concurrent-calls',
    unit: 'calls',
    default: 16,
    most: 256,
    countedBy: 'account',
    reason: 'Calls of one person under way at a time: agents call a few tools at once.',
  },
} as const satisfies Readonly<Record<string, Bound>>

/** What each bound is for one call. */
export type CallLimits = { readonly [K in keyof typeof BOUNDS]: number }

/** The bounds by the names that errors and policies use. */
export type BoundName = (typeof BOUNDS)[keyof typeof BOUNDS]['name']

export const CALL_LIMITS: CallLimits = mapBounds((bound) => bound.default)

/** For a reader: each bound under its name. */
export function named(
  limits: CallLimits,
): Record<BoundName, { limit: number; unit: Bound['unit'] }> {
  const entries = Object.entries(BOUNDS) as [keyof CallLimits, Bound][]
  return Object.fromEntries(
    entries.map(([key, { name, unit }]) => [name, { limit: limits[key], unit }]),
  ) as ReturnType<typeof named>
}

/** One number for each bound. */
export function mapBounds(of: (bound: Bound, key: keyof CallLimits) => number): CallLimits {
  const entries = Object.entries(BOUNDS) as [keyof CallLimits, Bound][]
  return Object.fromEntries(entries.map(([key, bound]) => [key, of(bound, key)])) as CallLimits
}
