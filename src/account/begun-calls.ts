// The calls of a person that have begun, inside the `Account` object: in its SQLite before they run, so that a call
// that the server's end cuts off is on the record afterwards. Whoever runs a call may outlive this object, so that a
// new life of it says nothing; a call counts as cut off once it is past the longest that it may take.

import * as z from 'zod'
import { CallColumns } from '../store/calls.ts'
import type { Receipt } from './record.ts'

/** Part of the object's schema. `begun` is a `BegunCall`. */
export const BEGUN_CALLS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS begun_calls (
    id TEXT PRIMARY KEY,
    begun TEXT NOT NULL CHECK (json_valid(begun)),
    over_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS begun_calls_by_end ON begun_calls (over_at);
`

/** What is known of a call before it runs. */
export const BegunCall = CallColumns.pick({
  id: true,
  client: true,
  client_name: true,
  session: true,
  tool: true,
  component: true,
  source: true,
  digest: true,
  arguments_digest: true,
  started_at: true,
}).extend({
  /** Under which it claims grants; without it, as in rows from before it was kept, under its own id. */
  claimant: z.string().optional(),
})
export type BegunCall = z.infer<typeof BegunCall>

/** What is put on the record for one whose end nobody says, and under which it had claimed grants. */
export interface CutOffCall {
  readonly receipt: Receipt
  readonly claimant: string | null
}

/** What of it only its caller knows. */
export type CallAbout = Pick<
  BegunCall,
  'client' | 'client_name' | 'session' | 'arguments_digest' | 'started_at'
>

/**
 * Milliseconds beyond its wall clock that a call may take to be recorded: for a component that is compiled anew
 * before, and for files that are written after.
 */
const GRACE_MS = 30_000

const Row = z.object({ begun: z.string() })
const Soonest = z.object({ at: z.number().int().nullable() })

export class BegunCalls {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** `ms`: the longest that it may run. Begun again, under the same id, it has that time again. */
  begin(call: BegunCall, ms: number, at: number): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO begun_calls (id, begun, over_at) VALUES (?1, ?2, ?3)',
      call.id,
      JSON.stringify(call),
      at + ms + GRACE_MS,
    )
  }

  /** It is under way: neither on the record nor cut off. */
  has(id: string): boolean {
    return this.#sql.exec('SELECT 1 FROM begun_calls WHERE id = ?1', id).toArray().length > 0
  }

  /** It is on the record. */
  end(id: string): void {
    this.#sql.exec('DELETE FROM begun_calls WHERE id = ?1', id)
  }

  /** What can be under way no more, longest first. Each is here until its record ends it. */
  cutOff(at: number): CutOffCall[] {
    return this.#sql
      .exec('SELECT begun FROM begun_calls WHERE over_at <= ?1 ORDER BY over_at', at)
      .toArray()
      .map((row) => {
        const { claimant, ...call } = BegunCall.parse(JSON.parse(Row.parse(row).begun))
        return { receipt: { ...call, ...CUT_OFF }, claimant: claimant ?? null }
      })
  }

  /** When the next one counts as cut off, if it is not recorded before; `null`: none is under way. */
  nextAt(): number | null {
    const [row] = this.#sql.exec('SELECT min(over_at) AS at FROM begun_calls').toArray()
    return Soonest.parse(row).at
  }
}

/** Nobody knows how far it came. */
const CUT_OFF: Omit<Receipt, keyof BegunCall> = {
  outcome: 'interrupted',
  reason: null,
  policy_digest: null,
  variables: [],
  ms: 0,
  fuel: null,
  host_calls: [],
  usage: null,
}
