// Where the records of a person's chain go: to D1 in batches, signed checkpoints of them to R2. And how their
// texts are forgotten there.

import type { SigningKey } from '../audit/key.ts'
import { readSigningKey } from '../audit/key.ts'
import { readRetention } from '../audit/retention.ts'
import type { Checkpoint, ExportStatement, Signed } from '../audit/statement.ts'
import { sign } from '../audit/statement.ts'
import { AuditStore } from '../store/audit.ts'
import { Calls } from '../store/calls.ts'
import { Checkpoints } from '../store/checkpoints.ts'
import type { AuditChain, ChainState } from './audit-chain.ts'

/**
 * Records and milliseconds until a checkpoint is signed: what whoever holds the database, and not the key, could
 * still write anew. A checkpoint is one object in R2, so that one for each record would cost more than the record.
 */
const CHECKPOINT_RECORDS = 100
const CHECKPOINT_MS = 5 * 60_000
/** Milliseconds that an act may take, that of a Worker included, before it counts as interrupted. */
const ACT_MS = 10 * 60_000
/** Records of one export: a Worker may open 1,000 objects for one request, and each has 100 records or more. */
export const EXPORT_RECORDS = 20_000
/** Milliseconds that a text may stay beyond its time, so that a day's texts are forgotten in one step. */
const RETENTION_GRAIN_MS = 24 * 3_600_000

export interface ArchiveParts {
  readonly DB: D1Database
  readonly STORE: R2Bucket
  readonly AUDIT_KEY: string
  readonly AUDIT_RETENTION_DAYS: string
}

export type ExportRange = Pick<ExportStatement, 'from' | 'texts' | 'part' | 'parts'> & {
  readonly id: string
}

export class AuditArchive {
  readonly #person: string
  readonly #chain: AuditChain
  readonly #store: AuditStore
  readonly #calls: Calls
  readonly #checkpoints: Checkpoints
  readonly #parts: ArchiveParts
  /** One copy at a time: a text that is on its way must not arrive after it was forgotten. */
  #copying: Promise<unknown> = Promise.resolve()
  /** When the oldest text will have to go. */
  #retainAt = 0

  constructor(person: string, chain: AuditChain, parts: ArchiveParts) {
    this.#person = person
    this.#chain = chain
    this.#store = new AuditStore(parts.DB)
    this.#calls = new Calls(parts.DB)
    this.#checkpoints = new Checkpoints(parts.STORE)
    this.#parts = parts
  }

  /** Everything that is due. */
  async keep(at: number): Promise<void> {
    await this.#chain.settleBegunBefore(at - ACT_MS, at)
    await this.#retain(at)
    await this.#alone(async () => {
      const copied = await this.#copy()
      const { seq, checkpoint, unsigned_since } = copied
      const isOld = unsigned_since !== null && at - unsigned_since >= CHECKPOINT_MS
      if (isOld || seq - checkpoint >= CHECKPOINT_RECORDS) await this.#sign(copied, at)
      await this.#erase()
    })
  }

  /** When `keep` is due next; `null`: nothing waits. */
  nextAt(): number | null {
    const { unsigned_since, seq, erased } = this.#chain.state()
    const begun = this.#chain.firstBegun()
    const times = [
      unsigned_since === null ? null : unsigned_since + CHECKPOINT_MS,
      begun === null ? null : begun + ACT_MS + 1,
      seq > erased ? this.#retainAt : null,
    ].filter((time) => time !== null)
    return times.length === 0 ? null : Math.min(...times)
  }

  async head(): Promise<number> {
    const { seq } = await this.#alone(() => this.#copy())
    return seq
  }

  /** The statement of an export, everything it speaks of in the stores. `null`: it would begin behind the head. */
  async open(range: ExportRange, at: number): Promise<Signed | null> {
    return await this.#alone(async () => {
      const copied = await this.#copy()
      const { seq: head } = copied
      if (copied.checkpoint < head) await this.#sign(copied, at)
      await this.#erase()
      const { redacted } = this.#chain.state()
      if (range.from > Math.max(head, 1)) return null
      const chain = await this.#chain.name()
      const to = Math.min(head, range.from + EXPORT_RECORDS - 1)
      // What the object itself knows is signed, so that a row that was changed does not pass.
      const hash = to === head ? copied.hash : await this.#store.hashAt(chain, to)
      const { length: checkpoints } = await this.#checkpoints.between(chain, range.from, to)
      const about = { type: 'export', chain, ...range, to, hash, head, checkpoints, redacted, at }
      return await sign<ExportStatement>(
        about as Omit<ExportStatement, 'key' | 'v'>,
        await this.#key(),
      )
    })
  }

  /** Forgets every text there is, those of records to come included. */
  async forget(at: number): Promise<void> {
    await this.#chain.close(at)
    await this.keep(at)
  }

  async #retain(at: number): Promise<void> {
    if (at < this.#retainAt) return
    const kept = readRetention(this.#parts.AUDIT_RETENTION_DAYS)
    if (!kept.ok) throw new Error(kept.error)
    const chain = await this.#chain.name()
    const through = await this.#store.lastBefore(chain, at - kept.value)
    await this.#calls.forgetBefore(this.#person, at - kept.value)
    if (through > this.#chain.state().redacted) await this.#chain.redact(through, 'retention', at)
    const oldest = (await this.#store.oldestTextAfter(chain, through)) ?? at
    this.#retainAt = oldest + kept.value + RETENTION_GRAIN_MS
  }

  /** The state of the chain when everything of it was in D1. */
  async #copy(): Promise<ChainState> {
    for (;;) {
      const records = this.#chain.pending()
      const last = records.at(-1)
      if (last === undefined) return this.#chain.state()
      await this.#store.copy(this.#person, records)
      this.#chain.copied(last.body.seq)
    }
  }

  async #sign({ seq, hash }: ChainState, at: number): Promise<void> {
    const chain = await this.#chain.name()
    const about = { type: 'checkpoint', chain, seq, hash, at } as const
    await this.#checkpoints.put(chain, seq, await sign<Checkpoint>(about, await this.#key()))
    this.#chain.signed(seq, at)
  }

  async #erase(): Promise<void> {
    const { redacted, erased } = this.#chain.state()
    if (erased >= redacted) return
    await this.#store.forgetTexts(await this.#chain.name(), redacted)
    this.#chain.erased(redacted)
  }

  async #key(): Promise<SigningKey> {
    const key = await readSigningKey(this.#parts.AUDIT_KEY)
    if (key.ok) return key.value
    throw new Error(key.error)
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#copying.then(work)
    this.#copying = mine.catch(() => {})
    return await mine
  }
}
