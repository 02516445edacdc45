// wasi:keyvalue over the call's capability: what both drafts of it have in common. Without the capability
// every bucket is denied.

import type { KeyValueFace } from '../../capabilities/held.ts'
import type {
  KeyValueAnswer,
  KeyValueFault,
  KeyValueOperation,
  Versioned,
} from '../../policy/keyvalue.ts'

export type StoreError =
  | { readonly tag: 'no-such-store' | 'access-denied' }
  | { readonly tag: 'other'; readonly val: string }

export type Pair = readonly [key: string, value: Uint8Array]

/** The interface has no word for a bound: its `other` says it. */
const SENTENCES: Record<Exclude<KeyValueFault, 'no-such-store' | 'access-denied'>, string> = {
  'too-large': 'a key, a value, a name or a batch is too large',
  full: 'the store is full',
  'not-a-number': 'the value is not a decimal integer',
  overflow: 'the number does not fit its type',
  'too-many-operations': 'too many operations in one call',
  internal: 'the store failed',
}

export function storeError(fault: KeyValueFault): StoreError {
  if (fault === 'no-such-store' || fault === 'access-denied') return { tag: fault }
  return { tag: 'other', val: SENTENCES[fault] }
}

/** One bucket as the capability knows it. Faults are thrown as the interface's errors. */
export class Entries {
  readonly #face: KeyValueFace | null
  readonly #bucket: string

  private constructor(face: KeyValueFace | null, bucket: string) {
    this.#face = face
    this.#bucket = bucket
  }

  static async open(face: KeyValueFace | null, bucket: string): Promise<Entries> {
    const entries = new Entries(face, bucket)
    await entries.#ask({ op: 'open', bucket }, 'done')
    return entries
  }

  async get(keys: readonly string[]): Promise<readonly Versioned[]> {
    const asked: KeyValueOperation = { op: 'get', bucket: this.#bucket, keys: [...keys] }
    const { values } = await this.#ask(asked, 'values')
    if (values.length !== keys.length) throw storeError('internal')
    return values
  }

  async set(pairs: readonly Pair[]): Promise<void> {
    const entries = pairs.map(([key, value]): [string, Uint8Array<ArrayBuffer>] => [
      key,
      value.slice(),
    ])
    await this.#ask({ op: 'set', bucket: this.#bucket, entries }, 'done')
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.#ask({ op: 'delete', bucket: this.#bucket, keys: [...keys] }, 'done')
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#ask({ op: 'exists', bucket: this.#bucket, key }, 'exists')).exists
  }

  /** A page of keys from behind `after`; `next` is `null` at the end. */
  async list(after: number): Promise<{ keys: readonly string[]; next: number | null }> {
    return await this.#ask({ op: 'list', bucket: this.#bucket, after }, 'keys')
  }

  async increment(key: string, delta: bigint, type: 'u64' | 's64'): Promise<bigint> {
    const operation = { op: 'increment', bucket: this.#bucket, key, delta, type } as const
    return (await this.#ask(operation, 'number')).value
  }

  /** `null` when the swap was made, else what is there instead. */
  async swap(key: string, value: Uint8Array, revision: number): Promise<Versioned | null> {
    const operation = { bucket: this.#bucket, key, value: value.slice(), revision }
    const answer = await this.#ask({ op: 'swap', ...operation }, 'done', 'stale')
    return answer.tag === 'stale' ? answer.current : null
  }

  async #ask<A extends KeyValueAnswer['tag']>(
    operation: KeyValueOperation,
    ...tags: readonly A[]
  ): Promise<Extract<KeyValueAnswer, { tag: A }>> {
    if (this.#face === null) throw storeError('access-denied')
    const answer = await this.#face.run(operation)
    if (!answer.ok) throw storeError(answer.error)
    const { value } = answer
    if (!isOneOf(value, tags)) throw storeError('internal')
    return value
  }
}

function isOneOf<A extends KeyValueAnswer['tag']>(
  answer: KeyValueAnswer,
  tags: readonly A[],
): answer is Extract<KeyValueAnswer, { tag: A }> {
  return tags.some((tag) => tag === answer.tag)
}

/** `bucket` but for `list-keys`, which the drafts spell differently. */
export class Bucket {
  readonly entries: Entries

  constructor(entries: Entries) {
    this.entries = entries
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return (await this.entries.get([key]))[0]?.value ?? undefined
  }
  async set(key: string, value: Uint8Array): Promise<void> {
    await this.entries.set([[key, value]])
  }
  async delete(key: string): Promise<void> {
    await this.entries.delete([key])
  }
  async exists(key: string): Promise<boolean> {
    return await this.entries.exists(key)
  }
}

/** The functions of `batch` that are the same in both drafts. */
export const BATCH_WRITES = {
  setMany: (bucket: Bucket, pairs: readonly Pair[]) => bucket.entries.set(pairs),
  deleteMany: (bucket: Bucket, keys: readonly string[]) => bucket.entries.delete(keys),
}
