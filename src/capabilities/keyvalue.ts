// One call's way to what its component keeps. Whose entries they are is fixed in here; the guest names
// buckets and keys only. Not listed among the host calls: a call may make many, and none leaves the server.

import { RpcTarget } from 'cloudflare:workers'
import type { KeyValueAnswer, KeyValueFault, KeyValueOperation } from '../policy/keyvalue.ts'
import { KeyValueOperation as Operation } from '../policy/keyvalue.ts'
import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import type { KeyValueFace } from './held.ts'
import type { CallMeter } from './meter.ts'

/** The entries of one component of one person. */
export type KeyValueStore = (
  operation: KeyValueOperation,
) => Promise<Result<KeyValueAnswer, KeyValueFault>>

export class KeyValue extends RpcTarget implements KeyValueFace {
  readonly #store: KeyValueStore
  readonly #meter: CallMeter
  #open = true

  constructor(store: KeyValueStore, meter: CallMeter) {
    super()
    this.#store = store
    this.#meter = meter
  }

  /** After the call nothing is kept any more, whoever still holds a stub. */
  [Symbol.dispose](): void {
    this.#open = false
  }

  async run(operation: unknown): Promise<Result<KeyValueAnswer, KeyValueFault>> {
    if (!this.#open) return err('access-denied')
    if (!this.#meter.admit('keyValueOperations')) return err('too-many-operations')
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
