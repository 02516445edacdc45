// Who has claimed how much of limited grants, inside the `Account` object. A claim is in its SQLite before the
// answer leaves (output gate), so before the host call that relies on it. A call that is never recorded, as
// its Worker was evicted or crashed, has used up what it claimed: nothing of it comes back.

import * as z from 'zod'
import type { Terms, Usage } from '../policy/life.ts'
import { allowance, HOUR_MS, isSpentForGood } from '../policy/life.ts'

/** Part of the object's schema. `bytes` are reserved until the claim is settled, and used from then on. */
export const CLAIMS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS claims (
    grant_id TEXT NOT NULL,
    call TEXT NOT NULL,
    at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    PRIMARY KEY (grant_id, call)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS claims_by_call ON claims (call);
  CREATE TABLE IF NOT EXISTS paused_claims (
    call TEXT PRIMARY KEY,
    over_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS claimed (
    grant_id TEXT PRIMARY KEY,
    calls INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
`

/**
 * Milliseconds for which a call that waits for the person keeps what it has reserved, from its last sign of life:
 * longer than the person has for an answer, with the wait for their page.
 */
export const PAUSE_MS = 20 * 60_000

/** Milliseconds that no call goes on for, with all that it may wait for its person: what is held longer, nobody holds. */
const LONGEST_CALL_MS = 24 * HOUR_MS

/** Bytes that the call may move under this grant; `null`: any number. */
export interface Claim {
  readonly bytes: number | null
}

/** Bytes that a call moved under each grant; `null`: nobody knows. */
export type Moved = Readonly<Record<string, number>> | null

/** A limited grant as it counts. */
export interface Limited {
  readonly id: string
  readonly terms: Terms
}

const ClaimRow = z.object({ grant_id: z.string(), bytes: z.number().int() })
const Sums = z.object({ calls: z.number().int(), bytes: z.number().int() })

export class Claims {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  /** The first come is served; the same call again gets what it has. `null`: nothing is left for it. */
  claim({ id, terms }: Limited, call: string, at: number): Claim | null {
    return this.#storage.transactionSync(() => {
      const { sql } = this.#storage
      const isBounded = terms.bytes !== null
      const had = this.#of(id, call)
      if (had !== null) return { bytes: isBounded ? had : null }
      // Nothing older counts: not within the hour, and a call that old is over.
      sql.exec('DELETE FROM claims WHERE grant_id = ?1 AND at <= ?2', id, at - HOUR_MS)
      const left = allowance(terms, this.usage(id, at))
      if (left === 'spent') return null
      sql.exec('INSERT INTO claims VALUES (?1, ?2, ?3, ?4, 0)', id, call, at, left ?? 0)
      sql.exec(
        `INSERT INTO claimed VALUES (?1, 1, ?2)
         ON CONFLICT DO UPDATE SET calls = calls + 1, bytes = bytes + ?2`,
        id,
        left ?? 0,
      )
      return { bytes: left }
    })
  }

  /**
   * A call is over: what it reserved and did not use is given back. One that `goesOn` in another round keeps
   * the rest for that, as long as a pause may be. Answers which grants it had claimed.
   */
  settle(call: string, moved: Moved, at: number, goesOn = false): string[] {
    return this.#storage.transactionSync(() => {
      const { sql } = this.#storage
      const rows = sql
        .exec('SELECT grant_id, bytes FROM claims WHERE call = ?1 AND settled = 0', call)
        .toArray()
        .map((row) => ClaimRow.parse(row))
      for (const { grant_id: id, bytes: reserved } of rows) {
        const kept = moved === null ? reserved : Math.min(reserved, moved[id] ?? 0)
        if (goesOn) {
          sql.exec(
            'UPDATE claims SET bytes = ?3 WHERE grant_id = ?1 AND call = ?2',
            id,
            call,
            reserved - kept,
          )
          continue
        }
        sql.exec(
          'UPDATE claims SET settled = 1, bytes = ?3 WHERE grant_id = ?1 AND call = ?2',
          id,
          call,
          kept,
        )
        sql.exec('UPDATE claimed SET bytes = bytes - ?2 WHERE grant_id = ?1', id, reserved - kept)
      }
      if (goesOn) this.pause(call, at)
      else this.resume(call)
      return rows.map((row) => row.grant_id)
    })
  }

  /** It waits for the person, or is come back to. One that has claimed nothing has nothing to keep. */
  pause(call: string, at: number): void {
    this.#storage.sql.exec(
      `INSERT OR REPLACE INTO paused_claims
       SELECT DISTINCT call, ?2 FROM claims WHERE call = ?1 AND settled = 0`,
      call,
      at + PAUSE_MS,
    )
  }

  /** It runs again: its record says what becomes of its claims. */
  resume(call: string): void {
    this.#storage.sql.exec('DELETE FROM paused_claims WHERE call = ?1', call)
  }

  /** Calls that nobody has come back to. */
  abandoned(at: number): string[] {
    return this.#storage.sql
      .exec<{ call: string }>('SELECT call FROM paused_claims WHERE over_at <= ?1', at)
      .toArray()
      .map(({ call }) => call)
  }

  /** When the next one counts as abandoned; `null`: none waits. */
  nextAt(): number | null {
    return this.#storage.sql
      .exec<{ at: number | null }>('SELECT min(over_at) AS at FROM paused_claims')
      .one().at
  }

  usage(id: string, at: number): Usage {
    const [row] = this.#storage.sql
      .exec('SELECT calls, bytes FROM claimed WHERE grant_id = ?1', id)
      .toArray()
    if (row === undefined) return { calls: 0, callsInHour: 0, bytes: 0 }
    const { n } = this.#storage.sql
      .exec<{ n: number }>(
        'SELECT count(*) AS n FROM claims WHERE grant_id = ?1 AND at > ?2',
        id,
        at - HOUR_MS,
      )
      .one()
    return { ...Sums.parse(row), callsInHour: n }
  }

  /** `call` may rely on it, as it has claimed it or still can. */
  isOpen({ id, terms }: Limited, call: string | null, at: number): boolean {
    if (call !== null && this.#of(id, call) !== null) return true
    return allowance(terms, this.usage(id, at)) !== 'spent'
  }

  /** No call holds it and none ever can. */
  isOver({ id, terms }: Limited, at: number): boolean {
    if (!isSpentForGood(terms, this.usage(id, at))) return false
    const held = this.#storage.sql
      .exec(
        'SELECT 1 FROM claims WHERE grant_id = ?1 AND settled = 0 AND at > ?2',
        id,
        at - HOUR_MS,
      )
      .toArray()
    return held.length === 0
  }

  /** Grants that were claimed and that no call holds. */
  unheld(at: number): string[] {
    return this.#storage.sql
      .exec<{ grant_id: string }>(
        `SELECT grant_id FROM claimed
         WHERE grant_id NOT IN (SELECT grant_id FROM claims WHERE settled = 0 AND at > ?1)`,
        at - LONGEST_CALL_MS,
      )
      .toArray()
      .map(({ grant_id: id }) => id)
  }

  /**
   * Grants that were claimed, and not within the hour: whoever still goes by an older look at D1 must find
   * that a grant is spent, also when it has ended there since.
   */
  quiet(at: number): string[] {
    return this.#storage.sql
      .exec<{ grant_id: string }>(
        `SELECT grant_id FROM claimed
         WHERE grant_id NOT IN (SELECT grant_id FROM claims WHERE at > ?1)`,
        at - HOUR_MS,
      )
      .toArray()
      .map(({ grant_id: id }) => id)
  }

  /** The grant has ended: none of its id ever comes again. */
  forget(id: string): void {
    this.#storage.sql.exec('DELETE FROM claims WHERE grant_id = ?1', id)
    this.#storage.sql.exec('DELETE FROM claimed WHERE grant_id = ?1', id)
  }

  #of(id: string, call: string): number | null {
    const [row] = this.#storage.sql
      .exec('SELECT grant_id, bytes FROM claims WHERE grant_id = ?1 AND call = ?2', id, call)
      .toArray()
    return row === undefined ? null : ClaimRow.parse(row).bytes
  }
}
