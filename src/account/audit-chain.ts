// The head of a person's audit chain, in the SQLite of their `Account`: each record is sealed here, durable
// before its answer leaves. Records wait here until D1 has them.

import * as z from 'zod'
import { wellFormed } from '../audit/canonical.ts'
import type { Json } from '../audit/canonical.ts'
import { AuditEvent } from '../audit/event.ts'
import type { AuditAct } from '../audit/event.ts'
import { Hex32 } from '../audit/hash.ts'
import type { AuditRecord } from '../audit/record.ts'
import { AuditBody, AuditTexts, chainOf, GENESIS, sealRecord } from '../audit/record.ts'

/**
 * Part of the object's schema. `checkpoint`: the last record that was signed, `unsigned_since`: when the first one
 * after it came. `redacted`: texts up to there are to be forgotten, `erased`: are. `closed`: 1 while the person is being
 * forgotten, 2 when that is done. `acts` have begun and are not over.
 */
export const AUDIT_SCHEMA = `
  CREATE TABLE IF NOT EXISTS audit_head (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    checkpoint INTEGER NOT NULL,
    unsigned_since INTEGER,
    redacted INTEGER NOT NULL,
    erased INTEGER NOT NULL,
    closed INTEGER NOT NULL CHECK (closed IN (0, 1, 2))
  ) STRICT;
  INSERT OR IGNORE INTO audit_head (only, seq, hash, at, checkpoint, redacted, erased, closed)
    VALUES (1, 0, '${GENESIS}', 0, 0, 0, 0, 0);
  CREATE TABLE IF NOT EXISTS audit_pending (
    seq INTEGER PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body)),
    hash TEXT NOT NULL,
    private TEXT CHECK (json_valid(private))
  ) STRICT;
  CREATE TABLE IF NOT EXISTS audit_acts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event TEXT NOT NULL CHECK (json_valid(event)),
    begun_at INTEGER NOT NULL
  ) STRICT;
`

const State = z.object({
  seq: z.number().int(),
  hash: Hex32,
  at: z.number().int(),
  checkpoint: z.number().int(),
  unsigned_since: z.number().int().nullable(),
  redacted: z.number().int(),
  erased: z.number().int(),
  /** The person was forgotten: texts are kept no more. */
  closed: z.number().int(),
})
export type ChainState = z.infer<typeof State>

const Pending = z.object({ body: z.string(), hash: Hex32, private: z.string().nullable() })
const Begun = z.object({ id: z.number().int(), event: z.string() })

const SALT_BYTES = 32
/** Records copied to D1 at once, and characters of them, but for the last. */
const BATCH = 50
const BATCH_CHARS = 4 * 1024 * 1024

/** Tables of this object that are not the chain's, nor the platform's. */
const OTHER_TABLES = `SELECT name FROM sqlite_master WHERE type = 'table'
  AND name NOT GLOB 'audit_*' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'`

export class AuditChain {
  readonly #storage: DurableObjectStorage
  readonly #chain: Promise<string>
  readonly #wake: () => Promise<void>
  /** Sealing waits for hashes: one record at a time, or two would follow the same one. */
  #sealing: Promise<unknown> = Promise.resolve()

  /** `wake`: there is something to copy. */
  constructor(storage: DurableObjectStorage, person: string, wake: () => Promise<void>) {
    this.#wake = wake
    this.#storage = storage
    this.#chain = chainOf(person)
  }

  async name(): Promise<string> {
    return await this.#chain
  }

  state(): ChainState {
    return State.parse(this.#sql('SELECT * FROM audit_head').at(0))
  }

  /** `alongside` is written in the same transaction. An event that depends on its place is made in it. */
  async append(
    event: AuditEvent | (() => AuditEvent),
    at: number,
    alongside: () => void = () => {},
  ): Promise<void> {
    const mine = this.#sealing.then(() => this.#seal(event, at, alongside))
    this.#sealing = mine.catch(() => {})
    await mine
    await this.#wake()
  }

  /** Before an act is begun: should the server stop in between, the record says that it may have been done. */
  async begin(event: AuditAct, at: number): Promise<number> {
    const { facts } = event
    const interrupted = { ...event, facts: { ...facts, outcome: 'interrupted', reason: null } }
    const [row] = this.#sql(
      'INSERT INTO audit_acts (event, begun_at) VALUES (?1, ?2) RETURNING id',
      JSON.stringify(interrupted),
      at,
    )
    await this.#wake()
    return z.object({ id: z.number().int() }).parse(row).id
  }

  /** `judge` says how it ended. When the work throws, nobody knows: the act counts as interrupted. */
  async act<T>(
    event: AuditAct,
    work: () => Promise<T>,
    judge: (result: T) => AuditAct,
    now: () => number = Date.now,
  ): Promise<T> {
    const id = await this.begin(event, now())
    const result = await work()
    await this.settle(id, judge(result), now())
    return result
  }

  async settle(id: number, event: AuditAct, at: number): Promise<void> {
    await this.append(event, at, () => this.#sql('DELETE FROM audit_acts WHERE id = ?1', id))
  }

  /** Acts that nobody settled go on the record as they are. */
  async settleBegunBefore(before: number, at: number): Promise<void> {
    const rows = this.#sql('SELECT id, event FROM audit_acts WHERE begun_at < ?1', before)
    for (const row of rows) {
      const { id, event } = Begun.parse(row)
      await this.settle(id, AuditEvent.parse(JSON.parse(event)) as AuditAct, at)
    }
  }

  /** When the oldest act that is not over was begun. */
  firstBegun(): number | null {
    const [row] = this.#sql('SELECT min(begun_at) AS at FROM audit_acts')
    return z.object({ at: z.number().int().nullable() }).parse(row).at
  }

  /** Oldest first, at most one batch. */
  pending(): AuditRecord[] {
    const rows = this.#sql(
      `SELECT body, hash, private FROM (
         SELECT *, sum(length(body) + ifnull(length(private), 0))
           OVER (ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
         FROM (SELECT * FROM audit_pending ORDER BY seq LIMIT ?1))
       WHERE ifnull(before, 0) < ?2 ORDER BY seq`,
      BATCH,
      BATCH_CHARS,
    )
    return rows.map((row) => {
      const { body, hash, private: kept } = Pending.parse(row)
      return {
        body: AuditBody.parse(JSON.parse(body)),
        hash,
        private: kept === null ? null : AuditTexts.parse(JSON.parse(kept)),
      }
    })
  }

  /** D1 has everything up to and including `seq`. */
  copied(seq: number): void {
    this.#sql('DELETE FROM audit_pending WHERE seq <= ?1', seq)
  }

  /** A signed checkpoint says what record `seq` is. */
  signed(seq: number, at: number): void {
    this.#sql(
      `UPDATE audit_head SET checkpoint = max(checkpoint, ?1),
         unsigned_since = iif(seq > ?1, max(unsigned_since, ?2), NULL)`,
      seq,
      at,
    )
  }

  /** Texts up to `through` are no more to be had: on the record, before they are erased. */
  async redact(through: number, because: 'retention', at: number): Promise<void> {
    await this.append(redaction(through, because), at, () => {
      this.#sql('UPDATE audit_head SET redacted = max(redacted, ?1)', through)
      this.#sql('UPDATE audit_pending SET private = NULL WHERE seq <= ?1', through)
    })
  }

  erased(through: number): void {
    this.#sql('UPDATE audit_head SET erased = max(erased, ?1)', through)
  }

  /** The person is forgotten: no text is left, and none is kept of what still runs for them. */
  async close(at: number): Promise<void> {
    if (!this.isOpen()) return
    // What waits to be sealed before it is forgotten with the rest.
    const everything = (): AuditEvent => redaction(this.state().seq, 'forget')
    await this.append(everything, at, () => {
      this.#sql('UPDATE audit_head SET closed = 1, redacted = seq')
      this.#sql('UPDATE audit_pending SET private = NULL')
    })
  }

  /** Nothing but the chain is left in the object. */
  closed(): void {
    this.#storage.transactionSync(() => {
      this.#sql('DELETE FROM audit_acts')
      for (const row of this.#sql(OTHER_TABLES)) this.#sql(`DELETE FROM "${String(row['name'])}"`)
      this.#sql('UPDATE audit_head SET closed = 2')
    })
  }

  isOpen(): boolean {
    return this.state().closed === 0
  }

  isClosing(): boolean {
    return this.state().closed === 1
  }

  async #seal(
    made: AuditEvent | (() => AuditEvent),
    at: number,
    alongside: () => void,
  ): Promise<void> {
    const event = typeof made === 'function' ? made() : made
    const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES))
    const known = wellFormed(event as Json) as AuditEvent
    const record = await sealRecord(await this.#chain, this.state(), known, at, salt)
    this.#storage.transactionSync(() => {
      this.#add(record, at)
      alongside()
    })
  }

  #add({ body, hash, private: kept }: AuditRecord, at: number): void {
    const { closed } = this.state()
    this.#sql(
      'INSERT INTO audit_pending (seq, body, hash, private) VALUES (?1, ?2, ?3, ?4)',
      body.seq,
      JSON.stringify(body),
      hash,
      kept === null || closed > 0 ? null : JSON.stringify(kept),
    )
    this.#sql(
      `UPDATE audit_head SET seq = ?1, hash = ?2, at = ?3, unsigned_since = ifnull(unsigned_since, ?4),
         redacted = iif(closed > 0, ?1, redacted)`,
      body.seq,
      hash,
      body.at,
      at,
    )
  }

  #sql(statement: string, ...values: SqlStorageValue[]): Record<string, SqlStorageValue>[] {
    return this.#storage.sql.exec(statement, ...values).toArray()
  }
}

function redaction(through: number, because: 'retention' | 'forget'): AuditEvent {
  return { kind: 'redaction', facts: { through, because }, texts: {} }
}
