// What a person reads of their calls in D1: a page of them, one, how many there were over time, and the names that
// occur. Reads only; the person's `Account` copies them here.

import * as z from 'zod'
import type { CallFilter, CallPlace } from './call-filter.ts'
import { select } from './call-filter.ts'
import { FAILED_SQL } from './call-outcomes.ts'
import type { CallRow } from './calls.ts'
import { CallColumns, HostCallRow, RefusalRow } from './calls.ts'
import type { Span } from './span.ts'
import { WORDS_OF_CALL, wordsIn } from './call-words.ts'

const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)

const Row = CallColumns.extend({
  variables: json(z.array(z.string())),
  refusals: json(z.array(RefusalRow)),
  unlisted: z.number().int(),
})
const HostCallOf = HostCallRow.extend({
  call: z.string(),
  secrets: json(z.array(z.string())),
})
const Began = z.object({ started_at: z.number().int() })
const Named = z.object({ name: z.string() })

/** Calls that began within one step of a span. `refused` and `failed` are among `calls`, and no call is both. */
const Counted = z.object({
  step: z.number().int(),
  calls: z.number().int(),
  refused: z.number().int(),
  failed: z.number().int(),
})
export type Counted = z.infer<typeof Counted>

const CALL = `calls.seq, calls.id, calls.client, calls.client_name, calls.session, calls.tool, calls.component,
  calls.source, calls.digest, calls.arguments_digest, calls.outcome, calls.reason, calls.started_at, calls.ms,
  calls.fuel, calls.policy_digest, calls.variables, calls.refusals,
  ifnull((SELECT body ->> 'unlisted' FROM usages WHERE usages.call = calls.id), 0) AS unlisted`
const HOST_CALL = `call, kind, host, port, method, outcome, status, bytes_out, bytes_in, started_at, ms,
  secrets`

/** Host calls of one page: more than one call has, and at a few hundred bytes each what a Worker holds easily. */
const PAGE_HOST_CALLS = 5_000

/** Names of one kind that are offered for choice. */
const MAX_NAMES = 100

export class Activity {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /**
   * Newest first, behind `after`: `limit` of them, or fewer where they have very many host calls. `hostCalls`: how many
   * of each are read; `null`: all. `more`: there are older ones.
   */
  async page(
    person: string,
    filter: CallFilter,
    {
      limit,
      after,
      hostCalls,
    }: { limit: number; after: CallPlace | null; hostCalls: number | null },
  ): Promise<{ calls: CallRow[]; more: boolean }> {
    const { sql, values, order } = select(person, filter, after)
    const behind = `${sql} ORDER BY ${order} LIMIT ?${values.length + 1}`
    const [read, made] = await this.#db.batch([
      this.#db.prepare(`SELECT ${CALL} ${behind}`).bind(...values, limit + 1),
      this.#db
        .prepare(
          `SELECT ${HOST_CALL} FROM (SELECT calls.id, calls.started_at AS began, calls.seq ${behind})
           CROSS JOIN host_calls ON call = id WHERE position < ?${values.length + 2}
           ORDER BY began DESC, seq DESC, position LIMIT ?${values.length + 3}`,
        )
        .bind(...values, limit, hostCalls ?? PAGE_HOST_CALLS, PAGE_HOST_CALLS),
    ])
    const calls = together(read?.results ?? [], made?.results ?? [])
    // The last one that has any may have more of them.
    const cut =
      made?.results.length === PAGE_HOST_CALLS ? HostCallOf.parse(made.results.at(-1)).call : null
    const whole =
      cut === null
        ? limit
        : Math.max(
            1,
            calls.findIndex(({ id }) => id === cut),
          )
    const shown = calls.slice(0, whole)
    return { calls: shown, more: calls.length > shown.length }
  }

  /** `null` for an id that does not exist or is another person's: the two look the same. */
  async call(person: string, id: string): Promise<(CallRow & { log: string }) | null> {
    const [calls, made, words] = await this.#db.batch([
      this.#db.prepare(`SELECT ${CALL} FROM calls WHERE id = ?1 AND person = ?2`).bind(id, person),
      this.#db
        .prepare(`SELECT ${HOST_CALL} FROM host_calls WHERE call = ?1 ORDER BY position`)
        .bind(id),
      this.#db.prepare(WORDS_OF_CALL).bind(id, person),
    ])
    const [call] = together(calls?.results ?? [], made?.results ?? [])
    return call === undefined ? null : { ...call, log: wordsIn(words?.results ?? []) }
  }

  /** When the first call began that the filter lets through; `null`: there is none. */
  async firstAt(person: string, filter: CallFilter): Promise<number | null> {
    const { sql, values, order } = select(person, filter, null)
    const row = await this.#db
      .prepare(`SELECT calls.started_at ${sql} ORDER BY ${order.replaceAll('DESC', 'ASC')} LIMIT 1`)
      .bind(...values)
      .first()
    return row === null ? null : Began.parse(row).started_at
  }

  /** Steps without a call are left out. */
  async counts(person: string, filter: CallFilter, { start, width }: Span): Promise<Counted[]> {
    const { sql, values } = select(person, filter, null)
    const [from, by] = [values.length + 1, values.length + 2]
    const { results } = await this.#db
      .prepare(
        // Numbers are bound as floating point, and would be divided so.
        `SELECT (calls.started_at - CAST(?${from} AS INTEGER)) / CAST(?${by} AS INTEGER) AS step, count(*) AS calls,
           sum(calls.refused) AS refused, sum(${FAILED_SQL}) AS failed
         ${sql} GROUP BY step ORDER BY step`,
      )
      .bind(...values, start, width)
      .all()
    return results.map((row) => Counted.parse(row))
  }

  /** In their order, as far as there is room: a look at the index for each, however often it occurs. */
  async names(person: string, kind: 'component' | 'tool' | 'host'): Promise<string[]> {
    const table = kind === 'host' ? 'call_hosts' : `calls INDEXED BY calls_by_${kind}`
    const next = (than: string): string =>
      `SELECT min(${kind}) FROM ${table} WHERE person = ?1 AND ${kind} > ${than}`
    const { results } = await this.#db
      .prepare(
        `WITH RECURSIVE seen (name) AS (
           SELECT (${next("''")}) UNION ALL SELECT (${next('seen.name')}) FROM seen WHERE name IS NOT NULL
         ) SELECT name FROM seen WHERE name IS NOT NULL LIMIT ?2`,
      )
      .bind(person, MAX_NAMES)
      .all()
    return results.map((row) => Named.parse(row).name)
  }
}

function together(calls: readonly unknown[], hostCalls: readonly unknown[]): CallRow[] {
  const byCall = new Map<string, HostCallRow[]>()
  for (const row of hostCalls) {
    const { call, secrets, ...rest } = HostCallOf.parse(row)
    const hostCall = secrets.length === 0 ? rest : { ...rest, secrets }
    const made = byCall.get(call)
    if (made === undefined) byCall.set(call, [hostCall])
    else made.push(hostCall)
  }
  return calls.map((row) => {
    const call = Row.parse(row)
    return { ...call, host_calls: byCall.get(call.id) ?? [] }
  })
}
