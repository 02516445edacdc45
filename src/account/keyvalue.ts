// What components keep: the entries of wasi:keyvalue inside the `Account` object, by the source of the
// component. Every operation is one transaction; the object runs one at a time, so increments are atomic.

import * as z from 'zod'
import type {
  KeyValueAnswer,
  KeyValueFault,
  KeyValueOperation,
  Versioned,
} from '../policy/keyvalue.ts'
import { KEY_VALUE_LIMITS } from '../policy/keyvalue.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

/**
 * Part of the object's schema. `id` is the order of pages: a key keeps it while it lives. `revision` grows
 * with every write of the source, so a key that was deleted and set again is not taken for the old one. What is
 * kept of a source after it was forgotten has another `life`.
 */
export const KEY_VALUE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (source, bucket, key)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS entries_in_order ON entries (source, bucket, id);
  CREATE TABLE IF NOT EXISTS stores (
    source TEXT PRIMARY KEY,
    keys INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS store_lives (
    life INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL UNIQUE
  ) STRICT;
`

const Entry = z.object({
  value: z.instanceof(ArrayBuffer).transform((buffer) => new Uint8Array(buffer)),
  revision: z.number().int(),
})
const Store = z.object({
  keys: z.number().int(),
  bytes: z.number().int(),
  revision: z.number().int(),
})
type Store = z.infer<typeof Store>
const Life = z.object({ life: z.number().int() })
const Listed = z.object({ id: z.number().int(), key: z.string() })

const RANGES = { u64: [0n, 2n ** 64n - 1n], s64: [-(2n ** 63n), 2n ** 63n - 1n] } as const
const ABSENT: Versioned = { value: null, revision: 0 }
const DONE = ok({ tag: 'done' } as const)
const utf8 = new TextEncoder()

type Answered = Result<KeyValueAnswer, KeyValueFault>

/** Ends a transaction: what it wrote is rolled back. */
class Refused extends Error {
  readonly fault: KeyValueFault
  constructor(fault: KeyValueFault) {
    super(fault)
    this.fault = fault
  }
}

export class KeyValueEntries {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
  }

  run(source: string, operation: KeyValueOperation): Answered {
    try {
      return this.#storage.transactionSync(() => this.#run(source, operation))
    } catch (thrown) {
      if (thrown instanceof Refused) return err(thrown.fault)
      throw thrown
    }
  }

  /** Everything that a source kept. */
  forget(source: string): void {
    this.#storage.transactionSync(() => {
      for (const table of ['entries', 'stores', 'store_lives']) {
        this.#storage.sql.exec(`DELETE FROM ${table} WHERE source = ?1`, source)
      }
    })
  }

  /** Which life its store has, for a call that begins: it ends with what is kept. */
  life(source: string): number {
    const { sql } = this.#storage
    sql.exec('INSERT INTO store_lives (source) VALUES (?1) ON CONFLICT DO NOTHING', source)
    return Life.parse(sql.exec('SELECT life FROM store_lives WHERE source = ?1', source).one()).life
  }

  isLife(source: string, life: number): boolean {
    const is = 'SELECT 1 FROM store_lives WHERE source = ?1 AND life = ?2'
    return this.#storage.sql.exec(is, source, life).toArray().length > 0
  }

  #run(source: string, operation: KeyValueOperation): Answered {
    const { bucket } = operation
    switch (operation.op) {
      case 'open':
        return this.#mayUse(source, bucket) ? DONE : err('no-such-store')
      case 'get':
        return ok({
          tag: 'values',
          values: operation.keys.map((key) => this.#read(source, bucket, key)),
        })
      case 'set':
        for (const [key, value] of operation.entries) this.#write(source, bucket, key, value)
        return DONE
      case 'delete':
        for (const key of operation.keys) this.#remove(source, bucket, key)
        return DONE
      case 'exists':
        return ok({
          tag: 'exists',
          exists: this.#read(source, bucket, operation.key).value !== null,
        })
      case 'list':
        return ok(this.#list(source, bucket, operation.after))
      case 'increment':
        return this.#increment(source, operation)
      case 'swap': {
        const current = this.#read(source, bucket, operation.key)
        if (current.revision !== operation.revision) return ok({ tag: 'stale', current })
        this.#write(source, bucket, operation.key, operation.value)
        return DONE
      }
    }
  }

  #read(source: string, bucket: string, key: string): Versioned {
    const [row] = this.#storage.sql
      .exec(
        'SELECT value, revision FROM entries WHERE source = ?1 AND bucket = ?2 AND key = ?3',
        source,
        bucket,
        key,
      )
      .toArray()
    return row === undefined ? ABSENT : Entry.parse(row)
  }

  #write(source: string, bucket: string, key: string, value: Uint8Array): void {
    const before = this.#read(source, bucket, key).value
    if (before === null && !this.#mayUse(source, bucket)) throw new Refused('no-such-store')
    const added = before === null ? sizeOf(key, value) : value.byteLength - before.byteLength
    const revision = this.#account(source, before === null ? 1 : 0, added)
    this.#storage.sql.exec(
      `INSERT INTO entries (source, bucket, key, value, revision) VALUES (?1, ?2, ?3, ?4, ?5)
       ON CONFLICT (source, bucket, key) DO UPDATE SET value = ?4, revision = ?5`,
      source,
      bucket,
      key,
      value,
      revision,
    )
  }

  #remove(source: string, bucket: string, key: string): void {
    const before = this.#read(source, bucket, key).value
    if (before === null) return
    this.#account(source, -1, -sizeOf(key, before))
    this.#storage.sql.exec(
      'DELETE FROM entries WHERE source = ?1 AND bucket = ?2 AND key = ?3',
      source,
      bucket,
      key,
    )
  }

  /** Enters a change into the sums, within the bounds; answers the revision of the change. */
  #account(source: string, keys: number, bytes: number): number {
    const before = this.#store(source)
    const after = {
      keys: before.keys + keys,
      bytes: before.bytes + bytes,
      revision: before.revision + 1,
    }
    // What makes the store smaller is always allowed.
    if (keys > 0 && after.keys > KEY_VALUE_LIMITS.KEYS) throw new Refused('full')
    if (bytes > 0 && after.bytes > KEY_VALUE_LIMITS.TOTAL_BYTES) throw new Refused('full')
    this.#storage.sql.exec(
      'INSERT OR REPLACE INTO stores (source, keys, bytes, revision) VALUES (?1, ?2, ?3, ?4)',
      source,
      after.keys,
      after.bytes,
      after.revision,
    )
    return after.revision
  }

  #store(source: string): Store {
    const [row] = this.#storage.sql
      .exec('SELECT keys, bytes, revision FROM stores WHERE source = ?1', source)
      .toArray()
    return row === undefined ? { keys: 0, bytes: 0, revision: 0 } : Store.parse(row)
  }

  /** A bucket exists while it has entries. */
  #mayUse(source: string, bucket: string): boolean {
    if (bucket === 'default') return true
    const { sql } = this.#storage
    const own = 'SELECT 1 FROM entries WHERE source = ?1 AND bucket = ?2 LIMIT 1'
    if (sql.exec(own, source, bucket).toArray().length > 0) return true
    // From one to the next: this is asked for each new key, and there may be thousands in each bucket.
    const next = (than: string): string =>
      `SELECT min(bucket) FROM entries WHERE source = ?1 AND bucket > ${than}`
    const others = sql.exec(
      `WITH RECURSIVE seen (name) AS (
         SELECT (${next("''")}) UNION ALL SELECT (${next('seen.name')}) FROM seen WHERE name IS NOT NULL
       ) SELECT name FROM seen WHERE name <> 'default' LIMIT ?2`,
      source,
      KEY_VALUE_LIMITS.BUCKETS,
    )
    return others.toArray().length < KEY_VALUE_LIMITS.BUCKETS
  }

  #list(source: string, bucket: string, after: number): KeyValueAnswer {
    const rows = this.#storage.sql
      .exec(
        'SELECT id, key FROM entries WHERE source = ?1 AND bucket = ?2 AND id > ?3 ORDER BY id LIMIT ?4',
        source,
        bucket,
        after,
        KEY_VALUE_LIMITS.BATCH + 1,
      )
      .toArray()
      .map((row) => Listed.parse(row))
    const page = rows.slice(0, KEY_VALUE_LIMITS.BATCH)
    const next = rows.length > page.length ? (page.at(-1)?.id ?? null) : null
    return { tag: 'keys', keys: page.map((row) => row.key), next }
  }

  /** A number is kept as decimal text, as other hosts keep it: `get` shows it to people. */
  #increment(source: string, operation: KeyValueOperation & { op: 'increment' }): Answered {
    const { bucket, key, delta, type } = operation
    const before = this.#read(source, bucket, key).value
    const number = before === null ? 0n : parseNumber(before)
    if (number === null) return err('not-a-number')
    const value = number + delta
    const [least, most] = RANGES[type]
    if (value < least || value > most) return err('overflow')
    this.#write(source, bucket, key, utf8.encode(String(value)))
    return ok({ tag: 'number', value })
  }
}

function sizeOf(key: string, value: Uint8Array): number {
  return utf8.encode(key).byteLength + value.byteLength
}

function parseNumber(bytes: Uint8Array): bigint | null {
  if (bytes.byteLength > 20) return null
  const text = new TextDecoder().decode(bytes)
  return /^-?\d+$/.test(text) ? BigInt(text) : null
}
