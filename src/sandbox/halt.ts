// Ends a guest for good. A JavaScript exception thrown by an import can be caught inside the guest
// (`catch_all`); a wasm trap cannot, so the last word is an `unreachable` of our own.

import type { GuestBound } from './call.ts'

// (module (func (export "t") unreachable)); compiled at start-up, the only time bytes may be.
const TRAP = new (WebAssembly.Module as unknown as new (bytes: Uint8Array) => WebAssembly.Module)(
  Uint8Array.from([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3,
    0, 0, 11,
  ]),
)

export type HaltReason =
  | { readonly tag: 'trap'; readonly message: string }
  | { readonly tag: 'exit'; readonly code: number }
  | { readonly tag: 'bound'; readonly bound: GuestBound }
  | { readonly tag: 'asks' }
  | { readonly tag: 'stopped' }

/** One per instance. Once halted it stays halted: every later host call ends in the same trap. */
export class Halt {
  #reason: HaltReason | null = null
  #abandoned = Promise.withResolvers<void>()
  readonly #trap = new WebAssembly.Instance(TRAP).exports['t'] as () => never

  /**
   * With each call: the runtime drops whoever waits for a promise that an earlier request has made. Without it
   * a call of a kept instance that is given up would never end, and the next ones wait for it.
   */
  begin(): void {
    this.#abandoned = Promise.withResolvers<void>()
    if (this.#reason !== null) this.#abandoned.resolve()
  }

  get reason(): HaltReason | null {
    return this.#reason
  }

  /** Without a trap: for whoever ends the guest in one of its own. */
  mark(reason: HaltReason): void {
    this.#halt(reason)
  }

  /** Settles when the guest has been ended, even where no import is left to tell it so. */
  get abandoned(): Promise<void> {
    return this.#abandoned.promise
  }

  /** For a host call that suspends the guest: it is never resumed. */
  endSuspended(reason: HaltReason): Promise<never> {
    this.#halt(reason)
    return new Promise<never>(() => {})
  }

  /** From outside: the guest ends at its next host call or fuel check; nobody waits for it. */
  stop(): void {
    this.#reason ??= { tag: 'stopped' }
    this.#abandoned.resolve()
  }

  end(reason: HaltReason): never {
    this.mark(reason)
    return this.#trap()
  }

  /** For what goes wrong beside the guest's own stack, where nothing can be thrown at it. */
  fault(thrown: unknown): void {
    this.#halt({ tag: 'trap', message: trapMessage(thrown) })
  }

  /** First thing in every host call. */
  check(): void {
    if (this.#reason !== null) this.#trap()
  }

  #halt(reason: HaltReason): void {
    this.#reason ??= reason
    this.#abandoned.resolve()
  }
}

/** More than is kept of it: it is cut again where its secrets are known. */
const MAX_MESSAGE_CHARS = 16_384

/** The guest's words, some of them. */
export function trapMessage(thrown: unknown): string {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  return text.slice(0, MAX_MESSAGE_CHARS)
}
