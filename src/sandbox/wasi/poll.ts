// wasi:io/poll. A pollable is a question ("ready?") and something to wait for; nothing here decides.

/** At most this many in one `poll`: each costs a promise of ours. */
const MAX_POLLABLES = 1024

export class Pollable {
  readonly #ready: () => boolean
  readonly #wait: () => Promise<unknown>

  /** `wait` settles once `ready` may have become true; it never rejects. */
  constructor(ready: () => boolean, wait: () => Promise<unknown>) {
    this.#ready = ready
    this.#wait = wait
  }

  static readonly always = (): Pollable =>
    new Pollable(
      () => true,
      async () => {},
    )

  ready(): boolean {
    return this.#ready()
  }

  async block(): Promise<void> {
    while (!this.#ready()) await this.#wait()
  }

  /** Resolves when this pollable may be ready; the caller looks again. */
  stirred(): Promise<unknown> {
    return this.#wait()
  }
}

/** `poll: func(in: list<borrow<pollable>>) -> list<u32>`; an empty list is a trap by the specification. */
export async function poll(pollables: readonly Pollable[]): Promise<Uint32Array> {
  if (pollables.length === 0) throw new Error('poll of an empty list')
  if (pollables.length > MAX_POLLABLES) throw new Error('poll of too many pollables')
  for (;;) {
    const ready = pollables.flatMap((pollable, index) => (pollable.ready() ? [index] : []))
    if (ready.length > 0) return Uint32Array.from(ready)
    await Promise.race(pollables.map((pollable) => pollable.stirred()))
  }
}
