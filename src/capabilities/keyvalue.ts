// One call's way to what its component keeps. Whose entries they are is fixed in here; the guest names
// buckets and keys only. Not listed among the host calls: a call may make many, and none leaves the server.

import { RpcTarget } from 'cloudflare:workers'
import type { KeyValueAnswer, KeyValueFault, KeyValueOperation } from '../policy/keyvalue.ts'
import { KeyValueOperation as Operation } from '../policy/keyvalue.ts'
import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import type { KeyValueFace } from './held.ts'

/** The entries of one component of one person. */
export type KeyValueStore = (
  operation: KeyValueOperation,
) => Promise<Result<KeyValueAnswer, KeyValueFault>>

export class KeyValue extends RpcTarget implements KeyValueFace {
  readonly #store: KeyValueStore
  #left: number

  constructor(store: KeyValueStore, operations: number) {
    super()
    this.#store = store
    this.#left = operations
  }

  /** After the call nothing is kept any more, whoever still holds a stub. */
  [Symbol.dispose](): void {
    this.#left = 0
  }

  async run(operation: unknown): Promise<Result<KeyValueAnswer, KeyValueFault>> {
    if (this.#left <= 0) return err('too-many-operations')
    this.#left -= 1
    const parsed = Operation.safeParse(operation)
    if (!parsed.success) return err('too-large')
    try {
      return await this.#store(parsed.data)
    } catch (cause) {
      // An exception would carry its message to the guest.
      console.error('key-value fault', cause)
      return err('internal')
    }
  }
}
