// Grants whose life is over by itself, inside a person's `Account`: they end in D1, each on the chain before. Nobody
// acts when a time is over, so those are looked for as calls come and when the first of them is due.

import type { AuditEvent } from '../audit/event.ts'
import { madeBy, ownerOf } from '../policy/life.ts'
import type { Grant } from '../store/grants.ts'
import type { AuditChain } from './audit-chain.ts'
import type { Held, Holdings } from './holdings.ts'

export type ExpiredBecause = 'spent' | 'session-ended' | 'time-over'

export class Expiries {
  readonly #holdings: Holdings
  readonly #chain: AuditChain
  /** On the chain, and not over in D1 yet: where that cannot be written, each is tried again and again. */
  readonly #noted = new Set<string>()

  constructor(holdings: Holdings, chain: AuditChain) {
    this.#holdings = holdings
    this.#chain = chain
  }

  async end(ids: readonly string[], why: ExpiredBecause, at: number): Promise<void> {
    if (ids.length > 0) await this.#end((grant) => ids.includes(grant.id), why, at)
  }

  /** A session is over, and with it what was granted for it. By now nobody grants anything more for it. */
  async endSession(owner: string, at: number): Promise<void> {
    await this.#endOwned((grant) => grant.owner === owner, at)
  }

  /** A client is ended, and with it what was granted for it without a session, and for calls through it. */
  async endClient(client: string, at: number): Promise<void> {
    const owner = ownerOf(client, null)
    const isForIt = (grant: Grant): boolean =>
      grant.owner === owner || (grant.request !== null && madeBy(grant.request).client === client)
    await this.#endOwned(isForIt, at)
  }

  /** What had a time, and that is over. */
  async endTimed(at: number): Promise<void> {
    const isOver = ({ until }: Grant): boolean => until !== null && until <= at
    const { grants } = await this.#holdings.held()
    if (grants.some(isOver)) await this.#end(isOver, 'time-over', at)
  }

  /** When the next one that has a time is over; `null`: none has. */
  async nextAt(): Promise<number | null> {
    return soonest(await this.#holdings.held())
  }

  async #endOwned(which: (grant: Grant) => boolean, at: number): Promise<void> {
    // A grant for it may be on its way to D1.
    await this.#holdings.written()
    const { grants } = await this.#holdings.held()
    if (grants.some(which)) await this.#end(which, 'session-ended', at)
  }

  async #end(which: (grant: Grant) => boolean, why: ExpiredBecause, at: number): Promise<void> {
    await this.#holdings.write(async () => {
      const over = (await this.#holdings.held()).grants.filter(which)
      if (over.length === 0) return
      // Should the server end in between, it is on the chain twice: better than not at all.
      for (const grant of over.filter(({ id }) => !this.#noted.has(id))) {
        // oxlint-disable-next-line no-await-in-loop -- one record after the other
        await this.#chain.append(expiryEvent(grant, why), at)
        this.#noted.add(grant.id)
      }
      const { db, grants } = this.#holdings
      // The table knows no word of its own for a time that is over.
      const because = why === 'time-over' ? 'spent' : why
      await db.batch(over.map(({ id }) => grants.end(id, because, at)))
      for (const { id } of over) this.#noted.delete(id)
    })
  }
}

function soonest({ grants }: Held): number | null {
  const times = grants.flatMap(({ until }) => until ?? [])
  return times.length === 0 ? null : Math.min(...times)
}

function expiryEvent(grant: Grant, why: ExpiredBecause): AuditEvent {
  const { id, permission, digest, source, rule } = grant
  return {
    kind: 'expiry',
    facts: { outcome: 'done', reason: why, grant: id, permission, digest },
    texts: { source, rule },
  }
}
