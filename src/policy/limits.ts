// The bounds of one call, each defined once with its unit and its reason. No honest tool meets them.

export interface CallLimits {
  /** Milliseconds from the start of the guest to its answer, waits included. Agents give up near 60 s. */
  readonly wallClockMs: number
  /** Bytes of stdout and stderr together: enough for a panic and its backtrace. */
  readonly logBytes: number
  /** Units of `LiftBudget`: about 32 MiB copied out of the guest at a time. */
  readonly liftUnits: number
  /**
   * Work of the guest in units of `component/opcodes.ts`: half a second to five seconds of a core, by
   * what it computes. It ends before the platform's CPU limit would, which has no name to tell.
   */
  readonly fuel: number
  /** Host calls over the network in one call. */
  readonly requests: number
  /** Operations on the drive in one call: a tool may walk a large tree. */
  readonly driveOperations: number
  /** Bytes sent over the network in one call, headers not counted. */
  readonly egressBytes: number
  /** Bytes received over the network in one call. */
  readonly ingressBytes: number
  /** Operations of wasi:keyvalue in one call: each is a round trip to one object. */
  readonly keyValueOperations: number
  /** Calls of one person under way at a time: agents call a few tools at once. */
  readonly concurrentCalls: number
  /** Progress reports and log messages to the client in one call: each is an event of its stream. */
  readonly clientMessages: number
  /** Milliseconds until the first byte of one HTTP response. */
  readonly responseMs: number
}

export const CALL_LIMITS: CallLimits = {
  wallClockMs: 30_000,
  logBytes: 256 * 1024,
  liftUnits: 8 * 1024 * 1024,
  fuel: 20_000_000_000,
  requests: 64,
  driveOperations: 50_000,
  egressBytes: 8 * 1024 * 1024,
  ingressBytes: 32 * 1024 * 1024,
  keyValueOperations: 1_000,
  concurrentCalls: 16,
  clientMessages: 1_000,
  responseMs: 20_000,
}
