// Signed checkpoints of the audit chains in R2, one object each, written once.

import { Signed } from '../audit/statement.ts'

/** Digits of a `seq` in a key: keys are listed in the order of their text. */
const DIGITS = 12
const AT_ONCE = 32

export class Checkpoints {
  readonly #bucket: R2Bucket

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket
  }

  /** The first checkpoint of a record stays: a later one says the same. */
  async put(chain: string, seq: number, checkpoint: Signed): Promise<void> {
    const onlyIf = { etagDoesNotMatch: '*' }
    await this.#bucket.put(keyOf(chain, seq), JSON.stringify(checkpoint), { onlyIf })
  }

  /** The places of the checkpoints, in order. */
  async between(chain: string, from: number, to: number): Promise<number[]> {
    const prefix = prefixOf(chain)
    const found: number[] = []
    let after: string | undefined = keyOf(chain, from - 1)
    while (after !== undefined) {
      const page: R2Objects = await this.#bucket.list({ prefix, startAfter: after })
      for (const { key } of page.objects) {
        const seq = Number(key.slice(prefix.length, prefix.length + DIGITS))
        if (seq > to) return found
        found.push(seq)
      }
      after = page.truncated ? page.objects.at(-1)?.key : undefined
    }
    return found
  }

  async get(chain: string, seqs: readonly number[]): Promise<Map<number, Signed>> {
    const found = new Map<number, Signed>()
    for (let at = 0; at < seqs.length; at += AT_ONCE) {
      const some = seqs.slice(at, at + AT_ONCE)
      const read = await Promise.all(some.map((seq) => this.#one(chain, seq)))
      for (const [n, seq] of some.entries()) {
        const checkpoint = read[n]
        if (checkpoint !== undefined) found.set(seq, checkpoint)
      }
    }
    return found
  }

  async #one(chain: string, seq: number): Promise<Signed> {
    const object = await this.#bucket.get(keyOf(chain, seq))
    if (object === null) throw new Error('a checkpoint is missing from the store')
    return Signed.parse(await object.json())
  }
}

const prefixOf = (chain: string): string => `audit/${chain}/`
const keyOf = (chain: string, seq: number): string =>
  `${prefixOf(chain)}${String(seq).padStart(DIGITS, '0')}.json`
