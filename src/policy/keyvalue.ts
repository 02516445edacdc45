// The operations of wasi:keyvalue as a guest asks for them, and how much one component may keep. A store
// belongs to one person and one source: there is nothing to grant, and nothing of anybody else's to reach.

import * as z from 'zod'

export const KEY_VALUE_LIMITS = {
  /** Bytes of a value: state of a tool, not a file; two fit into one read of a stream. */
  VALUE_BYTES: 64 * 1024,
  /** Bytes of a key in UTF-8. Workers KV has the same bound. */
  KEY_BYTES: 512,
  /** Keys of one component over all its buckets. */
  KEYS: 10_000,
  /** Bytes of one component, keys and values together: 200 components of a person fit into one object. */
  TOTAL_BYTES: 8 * 1024 * 1024,
  /** Buckets with entries, beside the default one. A name is part of every row. */
  BUCKETS: 16,
  /** Bytes of a bucket's name in UTF-8. */
  BUCKET_NAME_BYTES: 128,
  /** Keys of one page of `list-keys`, and keys or pairs of one batch. */
  BATCH: 256,
} as const

const utf8 = new TextEncoder()
const text = (bytes: number) => z.string().refine((s) => utf8.encode(s).byteLength <= bytes)

/** `''` and `default` name the same bucket: the one for components that do not care. */
const bucket = text(KEY_VALUE_LIMITS.BUCKET_NAME_BYTES).transform((name) => name || 'default')
const key = text(KEY_VALUE_LIMITS.KEY_BYTES)
const value = z
  .instanceof(Uint8Array)
  .refine((bytes) => bytes.byteLength <= KEY_VALUE_LIMITS.VALUE_BYTES)
const entry = z.tuple([key, value])

/** `revision` is what `get` told of the key: 0 for one that was not there. */
export const KeyValueOperation = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('open'), bucket }),
  z.strictObject({ op: z.literal('get'), bucket, keys: z.array(key).max(KEY_VALUE_LIMITS.BATCH) }),
  z.strictObject({
    op: z.literal('set'),
    bucket,
    entries: z.array(entry).max(KEY_VALUE_LIMITS.BATCH),
  }),
  z.strictObject({
    op: z.literal('delete'),
    bucket,
    keys: z.array(key).max(KEY_VALUE_LIMITS.BATCH),
  }),
  z.strictObject({ op: z.literal('exists'), bucket, key }),
  z.strictObject({ op: z.literal('list'), bucket, after: z.number().int().nonnegative() }),
  z.strictObject({
    op: z.literal('increment'),
    bucket,
    key,
    delta: z.bigint(),
    type: z.enum(['u64', 's64']),
  }),
  z.strictObject({
    op: z.literal('swap'),
    bucket,
    key,
    value,
    revision: z.number().int().nonnegative(),
  }),
])
export type KeyValueOperation = z.infer<typeof KeyValueOperation>

export function changesEntries({ op }: KeyValueOperation): boolean {
  return op === 'set' || op === 'delete' || op === 'increment' || op === 'swap'
}

/** Its answer tells something of what is kept. */
export function readsEntries({ op }: KeyValueOperation): boolean {
  return op !== 'open' && op !== 'set' && op !== 'delete'
}

export interface Versioned {
  readonly value: Uint8Array | null
  readonly revision: number
}

export type KeyValueAnswer =
  | { readonly tag: 'done' }
  | { readonly tag: 'values'; readonly values: readonly Versioned[] }
  | { readonly tag: 'exists'; readonly exists: boolean }
  /** `next` is where the following page starts; `null` at the end. */
  | { readonly tag: 'keys'; readonly keys: readonly string[]; readonly next: number | null }
  | { readonly tag: 'number'; readonly value: bigint }
  /** Somebody else was first; what is there now. */
  | { readonly tag: 'stale'; readonly current: Versioned }

/** Why an operation was refused. Sentences of ours: a guest learns its bounds, nothing else. */
export type KeyValueFault =
  | 'no-such-store'
  | 'access-denied'
  | 'too-large'
  | 'full'
  | 'not-a-number'
  | 'overflow'
  | 'too-many-operations'
  | 'internal'
