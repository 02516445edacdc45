// Under which id the loader is asked for an isolate. It keeps one that did not load, was stopped or hangs under its id
// as it is: whoever finds that out has it replaced, and the next call asks for another.

/** Names of which another id is known. Forgotten, a name stands for its first isolate again, which is replaced again. */
const MAX_REPLACED = 10_000

export class IsolateIds {
  readonly #times = new Map<string, number>()

  /** `name` says all that the isolate depends on. */
  of(name: string): string {
    const times = this.#times.get(name)
    return times === undefined ? name : `${name}.${times}`
  }

  /** Only while `id` is that of the name: what another call has replaced already stays. */
  replace(name: string, id: string): void {
    if (this.of(name) !== id) return
    const times = this.#times.get(name) ?? 0
    const [oldest] = this.#times.keys()
    if (this.#times.size >= MAX_REPLACED && oldest !== undefined) this.#times.delete(oldest)
    this.#times.delete(name)
    this.#times.set(name, times + 1)
  }
}
