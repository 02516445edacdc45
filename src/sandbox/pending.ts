// What a guest began and did not wait for. A call does not answer before it is settled: files that a guest
// dropped without a flush are written first.

export class Pending {
  readonly #open = new Set<Promise<unknown>>()

  track(work: Promise<unknown>): void {
    const settled = Promise.allSettled([work])
    this.#open.add(settled)
    void settled.finally(() => this.#open.delete(settled))
  }

  async settled(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open)
  }
}
