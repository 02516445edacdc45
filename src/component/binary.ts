// A reader of hostile bytes that can only move forward and never past its end. It knows integers,
// counts and names of the binary format; what they mean is in `parse.ts` and `core-module.ts`.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ComponentFault } from './fault.ts'
import { COMPONENT_LIMITS } from './limits.ts'

/**
 * Thrown inside a reading function, caught by `attempt` at its public edge; never leaves the
 * folder.
 */
class Refusal extends Error {
  readonly fault: ComponentFault

  constructor(fault: ComponentFault) {
    super(fault.reason)
    this.fault = fault
  }
}

export function refuse(reason: ComponentFault['reason'], detail?: string): never {
  throw new Refusal(detail === undefined ? { reason } : { reason, detail })
}

/** Runs a reading function: its value, or why it refused. Anything else thrown is a bug of ours. */
export function attempt<T>(read: () => T): Result<T, ComponentFault> {
  try {
    return ok(read())
  } catch (cause) {
    if (cause instanceof Refusal) return err(cause.fault)
    throw cause
  }
}

/** The same for one that pauses. */
export async function attemptPaced<T>(read: () => Promise<T>): Promise<Result<T, ComponentFault>> {
  try {
    return ok(await read())
  } catch (cause) {
    if (cause instanceof Refusal) return err(cause.fault)
    throw cause
  }
}

/** A number of steps that a whole piece of work shares; spent, it refuses. */
export class Budget {
  #left: number
  readonly #what: string

  constructor(steps: number, what: string) {
    this.#left = steps
    this.#what = what
  }

  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) refuse('too-large', this.#what)
  }
}

export class Reader {
  readonly bytes: Uint8Array
  readonly end: number
  readonly #budget: Budget
  readonly #overrun: 'truncated' | 'malformed'
  #at: number

  /** The whole of `bytes`: running past their end means that the file was cut. */
  static over(bytes: Uint8Array): Reader {
    const budget = new Budget(COMPONENT_LIMITS.MAX_ITEMS, 'more items than a component may have')
    return new Reader(bytes, 0, bytes.length, budget, 'truncated')
  }

  private constructor(
    bytes: Uint8Array,
    start: number,
    end: number,
    budget: Budget,
    overrun: 'truncated' | 'malformed',
  ) {
    this.bytes = bytes
    this.#at = start
    this.end = end
    this.#budget = budget
    this.#overrun = overrun
  }

  get position(): number {
    return this.#at
  }

  get done(): boolean {
    return this.#at >= this.end
  }

  byte(): number {
    const value = this.#at < this.end ? this.bytes[this.#at] : undefined
    if (value === undefined) refuse(this.#overrun, `the end was reached at byte ${this.#at}`)
    this.#at += 1
    return value
  }

  peek(): number {
    const value = this.byte()
    this.#at -= 1
    return value
  }

  /** Unsigned LEB128, at most five bytes and 32 bits (core spec, Binary Format, Values). */
  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return this.malformed('an integer of more than 32 bits')
  }

  /** A type index written as a signed 33-bit LEB128 (Binary.md, `valtype`): never negative. */
  index33(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      if (shift === 28 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte >= 0x80) continue
      if (shift < 28 && (byte & 0x40) !== 0) break
      return value
    }
    return this.malformed('a type that does not exist')
  }

  /**
   * The length of a vector. Each item takes a byte at least, so it can be no more than what is
   * left.
   */
  count(): number {
    const count = this.u32()
    if (count > this.end - this.#at) this.malformed('a list longer than its section')
    this.#budget.spend(count + 1)
    return count
  }

  vector<T>(item: () => T): T[] {
    const count = this.count()
    const items: T[] = []
    for (let i = 0; i < count; i += 1) items.push(item())
    return items
  }

  /**
   * A name, one character for each byte. Bytes above 0x7f become characters above `\x7f`, which no
   * allow-list of ours has, so there is nothing to gain from decoding UTF-8 here.
   */
  name(): string {
    const length = this.u32()
    if (length > this.end - this.#at) refuse(this.#overrun, 'a name longer than its section')
    if (length > COMPONENT_LIMITS.MAX_NAME_BYTES) {
      refuse('forbidden-name', `a name of ${length} bytes at byte ${this.#at}`)
    }
    this.#budget.spend(1)
    const name = String.fromCharCode(...this.bytes.subarray(this.#at, this.#at + length))
    this.#at += length
    return name
  }

  /** A reader of the next `length` bytes, which this one steps over. They share the budget. */
  take(length: number): Reader {
    if (length > this.end - this.#at) refuse(this.#overrun, 'a section longer than the file')
    this.#budget.spend(1)
    const part = new Reader(this.bytes, this.#at, this.#at + length, this.#budget, 'malformed')
    this.#at += length
    return part
  }

  expectEnd(): void {
    if (!this.done) this.malformed('bytes left over at the end of a section')
  }

  malformed(what: string): never {
    return refuse('malformed', `${what}, at byte ${this.#at}`)
  }
}
