// The record of calls in D1: rows copied from the person's `Account` object, and what a person reads.

import * as z from 'zod'
import { CallUsage } from '../policy/usage.ts'
import { usageCopies, usageForgetting } from './usages.ts'
import { wordCopies, wordForgetting } from './call-words.ts'
import { endOf } from './call-outcomes.ts'

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

/** What was refused during a call. `approval`: the question that it opened for the person. */
export const RefusalRow = z.strictObject({
  permission: z.enum(['network', 'storage', 'labels']),
  reason: z.string(),
  /** `host:port`, or a path of the drive: the guest's words; or the labels that it would have brought. */
  subject: z.string(),
  rule: z.string().nullable(),
  approval: z.string().nullable(),
})
export type RefusalRow = z.infer<typeof RefusalRow>

export const CallColumns = z.strictObject({
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
  /** Of the authority it had; `null`: it had none, or the record is from before it was kept. */
  policy_digest: z.string().nullable().default(null),
  /** Names of the variables that the guest was handed. */
  variables: z.array(z.string()).default([]),
  refusals: z.array(RefusalRow).default([]),
})

/**
 * Times are Unix milliseconds, `ms` and bytes are whole numbers. `unlisted`: host calls that it made beside those of
 * the list.
 */
export interface CallRow extends z.infer<typeof CallColumns> {
  readonly host_calls: readonly HostCallRow[]
  readonly unlisted: number
}

/**
 * As it is copied. `usage` `null`: it used nothing, or was recorded before that was kept. `log`: what the component
 * wrote and logged.
 */
export const RecordedCall = CallColumns.extend({
  host_calls: z.array(HostCallRow),
  usage: CallUsage.nullable().default(null),
  log: z.string().default(''),
})
export type RecordedCall = z.infer<typeof RecordedCall>

export class Calls {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /**
   * Idempotent: a copy interrupted half-way is simply made again. A call that was thought to be interrupted, and
   * ended after all, is as it ended.
   */
  async copy(person: string, rows: readonly RecordedCall[]): Promise<void> {
    const call = this.#db.prepare(
      `INSERT INTO calls (person, seq, id, client, client_name, session, tool, component,
         source, digest, arguments_digest, outcome, reason, started_at, ms, fuel, policy_digest,
         variables, refusals, refused)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
       ON CONFLICT (id) DO UPDATE SET outcome = ?12, reason = ?13, ms = ?15, fuel = ?16,
         policy_digest = ?17, variables = ?18, refusals = ?19, refused = ?20
         WHERE outcome = 'interrupted' AND person = ?1
       ON CONFLICT DO NOTHING`,
    )
    const hosts = this.#db.prepare(
      `INSERT OR IGNORE INTO call_hosts (person, host, started_at, seq)
       SELECT person, value, started_at, seq FROM calls CROSS JOIN json_each(?2) WHERE calls.id = ?1`,
    )
    const hostCalls = this.#db.prepare(
      `INSERT OR IGNORE INTO host_calls (call, position, kind, host, port, method, outcome, status,
         bytes_out, bytes_in, started_at, ms, secrets)
       SELECT ?1, key, value ->> 'kind', value ->> 'host', value ->> 'port', value ->> 'method', value ->> 'outcome',
         value ->> 'status', value ->> 'bytes_out', value ->> 'bytes_in', value ->> 'started_at', value ->> 'ms',
         ifnull(value ->> 'secrets', '[]')
       FROM json_each(?2)`,
    )
    /** One statement for all: a call may have more than a thousand. */
    const many = (statement: D1PreparedStatement, id: string, values: readonly unknown[]) =>
      values.length === 0 ? [] : [statement.bind(id, JSON.stringify(values))]
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
        row.policy_digest,
        JSON.stringify(row.variables),
        JSON.stringify(row.refusals),
        wasRefused(row) ? 1 : 0,
      ),
      ...many(hostCalls, row.id, row.host_calls),
      ...many(hosts, row.id, hostsOf(row)),
    ])
    if (rows.length === 0) return
    const beside = [...usageCopies(this.#db, person, rows), ...wordCopies(this.#db, person, rows)]
    await this.#db.batch([...statements, ...beside])
  }

  /** Calls that began before `at`: their names and hosts are texts that are kept for a time only. */
  async forgetBefore(person: string, at: number): Promise<void> {
    const old = 'FROM calls WHERE person = ?1 AND started_at < ?2'
    await this.#db.batch(
      [
        `DELETE FROM host_calls WHERE call IN (SELECT id ${old})`,
        ...usageForgetting,
        wordForgetting,
        `DELETE ${old}`,
      ].map((sql) => this.#db.prepare(sql).bind(person, at)),
    )
  }
}

/** It was refused, or something was refused to it. */
function wasRefused({ outcome, host_calls: hostCalls, refusals }: RecordedCall): boolean {
  const refused = refusals.length > 0 || hostCalls.some((one) => one.outcome === 'denied')
  return endOf({ outcome, refused }) === 'refused'
}

/** Those of requests; each once. */
function hostsOf({ host_calls: hostCalls }: RecordedCall): string[] {
  const network = hostCalls.filter(({ kind, host }) => kind === 'network' && host !== '')
  return [...new Set(network.map(({ host }) => host))]
}
