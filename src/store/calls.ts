// The record of calls in D1: rows copied from the person's `Account` object, and what a person reads.

import * as z from 'zod'

export const HostCallRow = z.strictObject({
  kind: z.enum(['network', 'storage', 'keyvalue']),
  host: z.string(),
  port: z.number().int(),
  method: z.string(),
  outcome: z.string(),
  status: z.number().int().nullable(),
  bytes_out: z.number().int(),
  bytes_in: z.number().int(),
  started_at: z.number().int(),
  ms: z.number().int(),
  /** Names of the secrets that went along, if any did. */
  secrets: z.array(z.string()).optional(),
})
export type HostCallRow = z.infer<typeof HostCallRow>

const names = z.string().transform((text): unknown => JSON.parse(text))
const StoredHostCall = HostCallRow.extend({
  call: z.string(),
  secrets: names.pipe(z.array(z.string())),
})

const CallColumns = z.strictObject({
  seq: z.number().int(),
  id: z.string(),
  client: z.string(),
  client_name: z.string(),
  session: z.string().nullable(),
  tool: z.string(),
  component: z.string().nullable(),
  source: z.string().nullable(),
  digest: z.string().nullable(),
  arguments_digest: z.string().nullable(),
  outcome: z.string(),
  reason: z.string().nullable(),
  started_at: z.number().int(),
  ms: z.number().int(),
  /** Burnt, as the guest's isolate claims. Records from before it was kept have none. */
  fuel: z.number().int().nullable().default(null),
})

/** Times are Unix milliseconds, `ms` and bytes are whole numbers. */
export const CallRow = CallColumns.extend({ host_calls: z.array(HostCallRow) })
export type CallRow = z.infer<typeof CallRow>

export class Calls {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /** Idempotent: a copy interrupted half-way is simply made again. */
  async copy(person: string, rows: readonly CallRow[]): Promise<void> {
    const call = this.#db.prepare(
      `INSERT OR IGNORE INTO calls (person, seq, id, client, client_name, session, tool, component,
         source, digest, arguments_digest, outcome, reason, started_at, ms, fuel)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)`,
    )
    const hostCall = this.#db.prepare(
      `INSERT OR IGNORE INTO host_calls (call, position, kind, host, port, method, outcome, status,
         bytes_out, bytes_in, started_at, ms, secrets)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
    )
    const statements = rows.flatMap((row) => [
      call.bind(
        person,
        row.seq,
        row.id,
        row.client,
        row.client_name,
        row.session,
        row.tool,
        row.component,
        row.source,
        row.digest,
        row.arguments_digest,
        row.outcome,
        row.reason,
        row.started_at,
        row.ms,
        row.fuel,
      ),
      ...row.host_calls.map((h, position) =>
        hostCall.bind(
          row.id,
          position,
          h.kind,
          h.host,
          h.port,
          h.method,
          h.outcome,
          h.status,
          h.bytes_out,
          h.bytes_in,
          h.started_at,
          h.ms,
          JSON.stringify(h.secrets ?? []),
        ),
      ),
    ])
    if (statements.length > 0) await this.#db.batch(statements)
  }

  /** Calls that began before `at`: their names and hosts are texts that are kept for a time only. */
  async forgetBefore(person: string, at: number): Promise<void> {
    const old = 'FROM calls WHERE person = ?1 AND started_at < ?2'
    await this.#db.batch(
      [`DELETE FROM host_calls WHERE call IN (SELECT id ${old})`, `DELETE ${old}`].map((sql) =>
        this.#db.prepare(sql).bind(person, at),
      ),
    )
  }

  /** Newest first; `before` is a `seq`. */
  async recent(person: string, limit: number, before: number | null): Promise<CallRow[]> {
    const page = `SELECT seq, id, client, client_name, session, tool, component, source, digest,
        arguments_digest, outcome, reason, started_at, ms, fuel
      FROM calls WHERE person = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3`
    const bound = [person, before ?? Number.MAX_SAFE_INTEGER, limit] as const
    const [calls, hostCalls] = await this.#db.batch([
      this.#db.prepare(page).bind(...bound),
      this.#db
        .prepare(
          `SELECT call, kind, host, port, method, outcome, status, bytes_out, bytes_in, started_at, ms,
             secrets
           FROM host_calls WHERE call IN (SELECT id FROM (${page})) ORDER BY call, position`,
        )
        .bind(...bound),
    ])
    const byCall = new Map<string, HostCallRow[]>()
    for (const row of hostCalls?.results ?? []) {
      const { call, secrets, ...rest } = StoredHostCall.parse(row)
      const used = secrets.length === 0 ? rest : { ...rest, secrets }
      byCall.set(call, [...(byCall.get(call) ?? []), used])
    }
    return (calls?.results ?? []).map((row) => {
      const call = CallColumns.parse(row)
      return { ...call, host_calls: byCall.get(call.id) ?? [] }
    })
  }
}
