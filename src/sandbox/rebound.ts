// The capabilities that an instance sees: always those of the call at hand. A kept instance has its
// import object from its first call, whose authority ended with that call.

import type { GuestCapabilities } from '../capabilities/held.ts'

type Kind = keyof GuestCapabilities

export class Rebound {
  #current: GuestCapabilities
  /** Whether an interface has an object at all follows from the component's imports: it never changes. */
  readonly faces: GuestCapabilities

  constructor(first: GuestCapabilities) {
    this.#current = first
    const faces = Object.keys(first).map((key) => [key, this.#face(key as Kind)])
    this.faces = Object.fromEntries(faces) as GuestCapabilities
  }

  bind(capabilities: GuestCapabilities): void {
    this.#current = capabilities
  }

  #face(kind: Kind): object | null {
    if (this.#current[kind] === null) return null
    return new Proxy(
      {},
      {
        get:
          (_, verb) =>
          (...args: unknown[]) =>
            (
              this.#current[kind] as unknown as Record<
                string | symbol,
                (...a: unknown[]) => unknown
              >
            )[verb]?.(...args),
      },
    )
  }
}
