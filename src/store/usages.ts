// What calls used, in D1: copied with their records from the person's `Account` object, and forgotten with them.

import * as z from 'zod'
import { CallUsage } from '../policy/usage.ts'

/** What `usageCopies` takes of a recorded call. */
interface Recorded {
  readonly id: string
  readonly started_at: number
  readonly usage: CallUsage | null
}

/** With the rows of the calls, in their batch; the same again changes nothing. */
export function usageCopies(
  db: D1Database,
  person: string,
  calls: readonly Recorded[],
): D1PreparedStatement[] {
  const entry = db.prepare('INSERT OR IGNORE INTO usages VALUES (?1, ?2, ?3, ?4)')
  const uses = db.prepare(
    `INSERT OR IGNORE INTO grant_uses
     SELECT ?1, value ->> 'grant', value ->> 'call', value ->> 'at' FROM json_each(?2)`,
  )
  return calls.flatMap(({ id: call, started_at: at, usage }) => {
    if (usage === null) return []
    const used = usage.grants.map((grant) => ({ grant, call, at }))
    return [
      entry.bind(call, person, at, JSON.stringify(usage)),
      ...(used.length === 0 ? [] : [uses.bind(person, JSON.stringify(used))]),
    ]
  })
}

/** What goes with the calls of ?1 that began before ?2. */
export const usageForgetting = [
  'DELETE FROM usages WHERE person = ?1 AND started_at < ?2',
  'DELETE FROM grant_uses WHERE person = ?1 AND used_at < ?2',
] as const

const UsedCallRow = z.strictObject({
  seq: z.number().int(),
  id: z.string(),
  tool: z.string(),
  outcome: z.string(),
  reason: z.string().nullable(),
  started_at: z.number().int(),
  usage: z
    .string()
    .nullable()
    .transform((text): unknown => (text === null ? null : JSON.parse(text)))
    .pipe(CallUsage.nullable()),
})
/** A call with what it used; `usage` `null`: it was recorded before that was kept. */
export type UsedCall = z.infer<typeof UsedCallRow>

const GrantUseRow = z.strictObject({
  grant_id: z.string(),
  calls: z.number().int(),
  last_used_at: z.number().int(),
})
export type GrantUse = z.infer<typeof GrantUseRow>

/** Milliseconds: whoever asks for as long as calls are kept has asked a moment ago. */
const SAME_MOMENT_MS = 60_000

/** Calls read at once, and characters of what they used, but for the last of them. */
const PAGE = 100
const PAGE_CHARS = 4 * 1024 * 1024

export class Usages {
  readonly #db: D1Database
  readonly #person: string
  readonly #keptMs: number

  /** `keptMs`: milliseconds for which calls are kept. */
  constructor(db: D1Database, person: string, keptMs: number) {
    this.#db = db
    this.#person = person
    this.#keptMs = keptMs
  }

  /** Calls of a source that began at `since` or later, newest first, page by page; `most` at the most. */
  async *of(source: string, since: number, most: number): AsyncGenerator<UsedCall> {
    let [at, seq] = [Number.MAX_SAFE_INTEGER, 0]
    for (let left = most; left > 0;) {
      const page = await this.#page(source, since, { at, seq }, Math.min(left, PAGE))
      yield* page
      const last = page.at(-1)
      if (last === undefined) return
      at = last.started_at
      seq = last.seq
      left -= page.length
    }
  }

  async #page(
    source: string,
    since: number,
    before: { readonly at: number; readonly seq: number },
    limit: number,
  ): Promise<UsedCall[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT seq, id, tool, outcome, reason, started_at, usage FROM (
           SELECT *, sum(length(usage)) OVER (ORDER BY started_at DESC, seq DESC
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
           FROM (
             SELECT seq, id, tool, outcome, reason, calls.started_at, usages.body AS usage
             FROM calls LEFT JOIN usages ON usages.call = calls.id
             WHERE calls.person = ?1 AND source = ?2 AND calls.started_at >= ?3
               AND (calls.started_at, seq) < (?4, ?5)
             ORDER BY calls.started_at DESC, seq DESC LIMIT ?6))
         WHERE ifnull(before, 0) < ?7 ORDER BY started_at DESC, seq DESC`,
      )
      .bind(this.#person, source, since, before.at, before.seq, limit, PAGE_CHARS)
      .all()
    return results.map((row) => UsedCallRow.parse(row))
  }

  /** Of every grant that was relied on, by its id: when last, and by how many calls that are still on the record. */
  async uses(): Promise<ReadonlyMap<string, GrantUse>> {
    const { results } = await this.#db
      .prepare(
        `SELECT grant_id, count(*) AS calls, max(used_at) AS last_used_at
         FROM grant_uses WHERE person = ?1 GROUP BY grant_id`,
      )
      .bind(this.#person)
      .all()
    return new Map(
      results.map((row) => {
        const use = GrantUseRow.parse(row)
        return [use.grant_id, use] as const
      }),
    )
  }

  /** Unix milliseconds since when uses are recorded, and not forgotten at `at`. */
  async since(at: number): Promise<number> {
    const begun = await this.#db.prepare('SELECT at FROM usages_since').first<number>('at')
    return Math.max(z.number().int().parse(begun), at - this.#keptMs - SAME_MOMENT_MS)
  }
}
