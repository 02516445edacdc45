// What crosses the wall between us and a guest isolate, both ways. What comes back is a hostile claim:
// `sandbox.ts` parses it.

/** One call, as the shell gets it. Everything in it is data: authority is in `GuestCapabilities`. */
export interface GuestCall {
  /** For `stop`: unique and nobody's to guess. */
  readonly id: string
  /** Path into jco's exports, `['fetch']` or `['ns:pkg/iface@1.0.0', 'doIt']`. */
  readonly export: readonly string[]
  /** Positional arguments in jco's JavaScript shapes. */
  readonly args: readonly unknown[]
  /** What `wasi:cli/environment` answers. */
  readonly environment: readonly (readonly [string, string])[]
  readonly bounds: GuestBounds
  /**
   * Where instances are kept whose resources a client holds: an opaque name of the session or client.
   * `null` for a function that neither takes nor returns resources.
   */
  readonly slot: string | null
}

/** Bounds that the shell keeps so that a guest fails early; the outside keeps its own. */
export interface GuestBounds {
  /** Bytes of stdout and stderr together. */
  readonly logBytes: number
  /** Values and bytes copied out of the guest's memory between two host calls. */
  readonly liftUnits: number
  /** Units of `component/opcodes.ts`, from the start of the call on. */
  readonly fuel: number
  /** Of all linear memories of the instance together; growth beyond it fails in the guest. */
  readonly memoryBytes: number
}

export type GuestBound = keyof GuestBounds

/** Why a call cannot have the resources that its arguments or its result name. */
export type HandleFault = 'gone' | 'busy' | 'too-many'

export type GuestOutcome =
  | { readonly tag: 'ok'; readonly value: unknown }
  | { readonly tag: 'err'; readonly value: unknown }
  | { readonly tag: 'trap'; readonly message: string }
  | { readonly tag: 'exit'; readonly code: number }
  | { readonly tag: 'bound'; readonly bound: GuestBound }
  | { readonly tag: 'handle'; readonly fault: HandleFault }
  /** The guest put a question to the person and ended there. */
  | { readonly tag: 'asks' }
  /** The call was given up from outside. */
  | { readonly tag: 'stopped' }

export interface GuestReport {
  readonly outcome: GuestOutcome
  readonly stdout: string
  readonly stderr: string
  /** Burnt in this call; 0 when nothing of the guest ran. */
  readonly fuel: number
}
