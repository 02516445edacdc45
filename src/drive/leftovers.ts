// The objects in R2 that a person's drive no longer needs: bodies that a commit gave up, and bodies that
// were stored and that no commit ever named. Deleting is for who holds the bucket.

import * as z from 'zod'
import { GARBAGE_MS, LEFTOVER_MS } from './schema.ts'

/** Blobs that are deleted at a time. */
const MAX_BATCH = 100

/** As R2 lists it. */
export interface StoredBlob {
  readonly blob: string
  readonly storedAt: number
}

export class Leftovers {
  readonly #sql: SqlStorage
  /** A call was expected since the sweep under way began. */
  #expected = false

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Given up long enough ago that nobody reads it any more; whoever deletes them then calls `forget`. */
  garbage(now: number): string[] {
    const query = `SELECT blob FROM garbage WHERE since < ?1 LIMIT ${MAX_BATCH}`
    return this.#column(query, now - GARBAGE_MS).map((blob) => z.string().parse(blob))
  }

  forget(blobs: readonly string[]): void {
    for (const blob of blobs) this.#sql.exec('DELETE FROM garbage WHERE blob = ?1', blob)
  }

  /** Those of `stored` that nothing names and that no call can still be about to name. */
  unnamed(stored: readonly StoredBlob[], now: number): string[] {
    return stored.flatMap(({ blob, storedAt }) =>
      storedAt < now - LEFTOVER_MS && !this.isNamed(blob) ? [blob] : [],
    )
  }

  isNamed(blob: string): boolean {
    return (
      this.#column(
        'SELECT 1 FROM chunks WHERE blob = ?1 UNION ALL SELECT 1 FROM garbage WHERE blob = ?1',
        blob,
      ).length > 0
    )
  }

  /** A call may store chunks from now on: somebody has to look whether it named them. */
  expect(now: number): void {
    this.#expected = true
    this.#sql.exec(
      'INSERT OR IGNORE INTO sweep (only, due_at) VALUES (1, ?1)',
      now + 2 * LEFTOVER_MS,
    )
  }

  /** A sweep begins. One that never ends is made up for: another is due in its time. */
  sweeping(now: number): void {
    this.#expected = false
    this.#sql.exec('UPDATE sweep SET due_at = ?1', now + 2 * LEFTOVER_MS)
  }

  /** It has seen everything, and nothing of it is to be looked at again. */
  swept(): void {
    if (!this.#expected) this.#sql.exec('DELETE FROM sweep')
  }

  sweepDueAt(): number | null {
    const [at] = this.#column('SELECT due_at FROM sweep')
    return at === undefined ? null : z.number().parse(at)
  }

  /** When to look again; `null`: there is nothing to look for. */
  nextAt(): number | null {
    const [since] = this.#column('SELECT min(since) FROM garbage')
    const garbageAt = typeof since === 'number' ? since + GARBAGE_MS + 1 : null
    const times = [garbageAt, this.sweepDueAt()].filter((at) => at !== null)
    return times.length === 0 ? null : Math.min(...times)
  }

  /** The first column. */
  #column(query: string, ...bindings: SqlStorageValue[]): SqlStorageValue[] {
    return [...this.#sql.exec(query, ...bindings).raw()].map(([first]) => first ?? null)
  }
}
