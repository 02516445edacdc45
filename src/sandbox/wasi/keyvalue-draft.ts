// wasi:keyvalue 0.2.0-draft: counts in u64, pages by a number, no compare and swap.

import type { KeyValueFace } from '../../capabilities/held.ts'
import * as common from './keyvalue.ts'

/** No page starts behind this: larger cursors were never given out. */
const MAX_CURSOR = BigInt(Number.MAX_SAFE_INTEGER)

class Bucket extends common.Bucket {
  async listKeys(cursor?: bigint): Promise<{ keys: readonly string[]; cursor?: bigint }> {
    if (cursor !== undefined && cursor > MAX_CURSOR) return { keys: [] }
    const { keys, next } = await this.entries.list(Number(cursor ?? 0n))
    return next === null ? { keys } : { keys, cursor: BigInt(next) }
  }
}

export function keyvalueDraft(face: KeyValueFace | null): Record<string, Record<string, unknown>> {
  return {
    'wasi:keyvalue-draft/store': {
      Bucket,
      open: async (name: string) => new Bucket(await common.Entries.open(face, name)),
    },
    'wasi:keyvalue-draft/atomics': {
      increment: (bucket: Bucket, key: string, delta: bigint) =>
        bucket.entries.increment(key, delta, 'u64'),
    },
    'wasi:keyvalue-draft/batch': {
      /** `list<option<tuple<string, list<u8>>>>` */
      getMany: async (bucket: Bucket, keys: readonly string[]) =>
        (await bucket.entries.get(keys)).map(({ value }, i) =>
          value === null ? undefined : [keys[i], value],
        ),
      ...common.BATCH_WRITES,
    },
  }
}
