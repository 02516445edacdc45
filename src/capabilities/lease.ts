// What one call may do, as fresh as it has to be: its authority is a lease, asked for anew when it is older
// than half a second, and limited grants are claimed before they are relied on. Only unlimited grants of a
// short call need no way back to the person's account.

import type { Authority } from '../policy/authority.ts'
import type { LabelsDenial } from '../policy/denial.ts'
import type { LabelSet } from '../policy/labels.ts'
import { NO_LABELS } from '../policy/labels.ts'
import type { GrantRef } from '../policy/layers.ts'
import type { Bring } from './labels.ts'
import { CallLabels } from './labels.ts'

/** Milliseconds that a call may go by what it was told. Half of the second in which a revocation holds. */
export const LEASE_MS = 500

/** What the person's account knows of the call at hand. */
export interface Standing {
  /** `null`: its component is gone, or another version is in its place. */
  renew(): Promise<Authority | null>
  /** Bytes that it may move under the grant, `null` for any number; none when nothing is left of it. */
  claim(grant: string): Promise<{ readonly bytes: number | null } | null>
  readonly bring: Bring
}

/** A right to use what a grant permits. */
export interface Use {
  /** What gives it: every unlimited grant that covers it, or the one that was claimed. */
  readonly grants: readonly string[]
  /** False when the grant has not so many bytes left: nothing more passes under it. */
  take(bytes: number): boolean
}

export interface Lease {
  /** At most `LEASE_MS` old; the same object while it is the same. `null`: nothing any more. */
  current(): Promise<Authority | null>
  /** The right that comes with any one of these, or `null`. Of none at all: there is no grant to use up. */
  use(grants: readonly GrantRef[]): Promise<Use | null>
  /** To bring them takes a permission, as far as is known here: `bring` may refuse it. */
  completes(labels: LabelSet): boolean
  /** Before something is done that brings these labels: why it must not be, or `null`. */
  bring(labels: LabelSet): Promise<LabelsDenial | null>
}

class Claimed implements Use {
  readonly grants: readonly string[]
  #left: number | null
  #used = 0

  constructor(grant: string, bytes: number | null) {
    this.grants = [grant]
    this.#left = bytes
  }

  get used(): number {
    return this.#used
  }

  get isSpent(): boolean {
    return this.#left === 0
  }

  take(bytes: number): boolean {
    if (this.#left === null) return true
    const taken = Math.min(bytes, this.#left)
    this.#used += taken
    this.#left -= taken
    return taken === bytes
  }
}

export class CallLease implements Lease {
  readonly #standing: Standing
  readonly #now: () => number
  readonly #onRenewed: (authority: Authority) => void
  #authority: Authority | null
  #takenAt: number
  #renewing: Promise<Authority | null> | null = null
  readonly #claims = new Map<string, Promise<Claimed | null>>()
  readonly #claimed = new Map<string, Claimed>()
  readonly #labels: CallLabels

  /** `authority` is what the account has said, asked at `askedAt`: it counts from then, however long that took. */
  constructor(
    authority: Authority,
    parts: {
      readonly standing: Standing
      readonly now: () => number
      readonly askedAt: number
      readonly onRenewed?: (authority: Authority) => void
      /** What the session of the call has. */
      readonly has?: LabelSet
    },
  ) {
    this.#authority = authority
    this.#standing = parts.standing
    this.#now = parts.now
    this.#onRenewed = parts.onRenewed ?? (() => {})
    this.#takenAt = parts.askedAt
    const { standing } = parts
    this.#labels = new CallLabels(parts.has ?? NO_LABELS, (brings, brought) =>
      standing.bring(brings, brought),
    )
  }

  /** Labels that the call has brought into its session. */
  get brought(): LabelSet {
    return this.#labels.brought
  }

  completes(labels: LabelSet): boolean {
    return this.#labels.completes(labels)
  }

  async bring(labels: LabelSet): Promise<LabelsDenial | null> {
    return await this.#labels.bring(labels)
  }

  async current(): Promise<Authority | null> {
    if (this.#now() - this.#takenAt < LEASE_MS) return this.#authority
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null
    })
    return await this.#renewing
  }

  async use(grants: readonly GrantRef[]): Promise<Use | null> {
    const unlimited = grants.filter(({ limited }) => !limited).map(({ id }) => id)
    if (grants.length === 0 || unlimited.length > 0) return { grants: unlimited, take: () => true }
    for (const { id } of grants) {
      const had = this.#claimed.get(id)
      if (had !== undefined && !had.isSpent) return had
    }
    for (const { id } of grants) {
      const claimed = await this.#claim(id)
      if (claimed !== null && !claimed.isSpent) return claimed
    }
    return null
  }

  /** Bytes that were moved under each grant that was claimed. */
  get used(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#claimed].map(([id, { used }]) => [id, used]))
  }

  /** Many host calls may wait for one answer. It counts from when it was asked for. */
  async #renew(): Promise<Authority | null> {
    const askedAt = this.#now()
    const authority = await this.#standing.renew().catch((cause: unknown) => {
      // Nobody says that it may go on.
      console.error('a lease was not renewed', cause)
      return null
    })
    this.#authority = authority
    this.#takenAt = askedAt
    this.#labels.renew()
    for (const id of this.#claims.keys()) if (!this.#claimed.has(id)) this.#claims.delete(id)
    if (authority !== null) this.#onRenewed(authority)
    return authority
  }

  #claim(id: string): Promise<Claimed | null> {
    const asked = this.#claims.get(id)
    if (asked !== undefined) return asked
    const claim = this.#standing.claim(id).then(
      (given) => {
        if (given === null) return null
        const claimed = new Claimed(id, given.bytes)
        this.#claimed.set(id, claimed)
        return claimed
      },
      (cause: unknown) => {
        console.error('a grant was not claimed', cause)
        return null
      },
    )
    this.#claims.set(id, claim)
    return claim
  }
}
