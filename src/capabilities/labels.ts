// The labels that one call brings into its session. A label that the session has already costs nothing; a new
// one is claimed in the person's account, durably, before the host call that brings it is made.

import type { LabelsDenial } from '../policy/denial.ts'
import type { Brought, LabelSet } from '../policy/labels.ts'
import { completes, isWithin, labelRule, NO_LABELS, union } from '../policy/labels.ts'
import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'

/** `brought`: what the call has brought before. */
export type Bring = (brings: LabelSet, brought: LabelSet) => Promise<Result<Brought, LabelsDenial>>

export class CallLabels {
  readonly #ask: Bring
  #has: LabelSet
  #brought: LabelSet = NO_LABELS
  #permitted: LabelSet = NO_LABELS
  /** By what is asked for: many host calls may wait for one answer. */
  readonly #asked = new Map<string, Promise<LabelsDenial | null>>()

  /** `has`: what the account has just said that the session has. */
  constructor(has: LabelSet, ask: Bring) {
    this.#has = has
    this.#ask = ask
  }

  /** What the call has done so far. */
  get brought(): LabelSet {
    return this.#brought
  }

  /** Together with what is known of the session they are all three, and nobody has permitted that yet. */
  completes(labels: LabelSet): boolean {
    return completes(this.#has, labels) && !isWithin(labels, this.#permitted)
  }

  /** Why what brings these labels must not be done; `null` when it may be, and then it counts as done. */
  async bring(labels: LabelSet): Promise<LabelsDenial | null> {
    if (labels.length === 0) return null
    const isFree = completes(this.#has, labels)
      ? isWithin(labels, this.#permitted)
      : isWithin(labels, this.#has)
    if (isFree) {
      this.#brought = union(this.#brought, labels)
      return null
    }
    const key = labelRule(labels)
    const asked = this.#asked.get(key)
    if (asked !== undefined) return await asked
    const answer = this.#claim(labels).finally(() => this.#asked.delete(key))
    this.#asked.set(key, answer)
    return await answer
  }

  /** A permission may have been taken back: the next use asks again. */
  renew(): void {
    this.#permitted = NO_LABELS
  }

  async #claim(labels: LabelSet): Promise<LabelsDenial | null> {
    const answer = await this.#ask(labels, this.#brought).catch((cause: unknown) => {
      // Nobody says what the session has.
      console.error('labels were not claimed', cause)
      const about = { permission: 'labels', brings: labels, has: this.#has, from: [] } as const
      return err({ reason: 'gone', ...about } as const)
    })
    if (!answer.ok) return answer.error
    this.#has = union(this.#has, answer.value.has)
    this.#brought = union(this.#brought, labels)
    if (answer.value.permitted) this.#permitted = union(this.#permitted, labels)
    return null
  }
}
