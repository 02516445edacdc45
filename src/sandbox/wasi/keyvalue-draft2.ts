// wasi:keyvalue 0.2.0-draft2: counts in s64, pages by a text, and can compare and swap.

import type { KeyValueFace } from '../../capabilities/held.ts'
import type { Versioned } from '../../policy/keyvalue.ts'
import * as common from './keyvalue.ts'

class Bucket extends common.Bucket {
  async listKeys(cursor?: string): Promise<{ keys: readonly string[]; cursor?: string }> {
    // A text that was never given out starts nowhere.
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) return { keys: [] }
    const { keys, next } = await this.entries.list(Number(cursor ?? 0))
    return next === null ? { keys } : { keys, cursor: String(next) }
  }
}

/** What a key was when the handle was made. A swap holds only if nobody has written it since. */
class Cas {
  readonly #entries: common.Entries
  readonly #key: string
  readonly #seen: Versioned

  constructor(entries: common.Entries, key: string, seen: Versioned) {
    this.#entries = entries
    this.#key = key
    this.#seen = seen
  }

  static async new(bucket: Bucket, key: string): Promise<Cas> {
    const [seen] = await bucket.entries.get([key])
    if (seen === undefined) throw common.storeError('internal')
    return new Cas(bucket.entries, key, seen)
  }

  current(): Uint8Array | undefined {
    return this.#seen.value ?? undefined
  }

  /** `swap: func(cas, list<u8>) -> result<_, cas-error>`: a stale handle gives a fresh one. */
  static async swap(cas: Cas, value: Uint8Array): Promise<void> {
    const now = await cas.#entries
      .swap(cas.#key, value, cas.#seen.revision)
      .catch((error: unknown) => {
        // eslint-disable-next-line no-throw-literal -- jco takes a thrown plain value as the `result`'s error
        throw { tag: 'store-error', val: error }
      })
    // eslint-disable-next-line no-throw-literal -- the same
    if (now !== null) throw { tag: 'cas-failed', val: new Cas(cas.#entries, cas.#key, now) }
  }
}

export function keyvalueDraft2(face: KeyValueFace | null): Record<string, Record<string, unknown>> {
  return {
    'wasi:keyvalue/store': {
      Bucket,
      open: async (name: string) => new Bucket(await common.Entries.open(face, name)),
    },
    'wasi:keyvalue/atomics': {
      Cas,
      increment: (bucket: Bucket, key: string, delta: bigint) =>
        bucket.entries.increment(key, delta, 's64'),
      swap: (cas: Cas, value: Uint8Array) => Cas.swap(cas, value),
    },
    'wasi:keyvalue/batch': {
      /** `list<tuple<string, option<list<u8>>>>`: one for each key. */
      getMany: async (bucket: Bucket, keys: readonly string[]) =>
        (await bucket.entries.get(keys)).map(({ value }, i) => [keys[i], value ?? undefined]),
      ...common.BATCH_WRITES,
    },
  }
}
