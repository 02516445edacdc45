// What both directions of the JSON mapping share: the path to a value, a budget, and how a value
// that does not fit is reported. The words for a reader are with each direction.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

/** Where a value does not fit its type. `path` reads like `documents[3].text`; '' is the whole. */
export interface Mismatch {
  readonly path: string
  readonly problem: Problem
  /** Our words for what belongs there: `a whole number from 0 to 255`. */
  readonly expected: string
}

export type Problem =
  | 'missing'
  | 'unknown'
  | 'wrong-type'
  | 'out-of-range'
  | 'repeated'
  | 'too-large'
  | 'too-deep'
  | 'unsupported'

class MismatchError extends Error {
  readonly mismatch: Mismatch

  constructor(mismatch: Mismatch) {
    super(mismatch.problem)
    this.mismatch = mismatch
  }
}

/** Runs a mapping: its value, or where it did not fit. Anything else thrown is a bug of ours. */
export function mapped<T>(map: () => T): Result<T, Mismatch> {
  try {
    return ok(map())
  } catch (cause) {
    if (cause instanceof MismatchError) return err(cause.mismatch)
    throw cause
  }
}

/** Counts down while one value is mapped, and knows the place it is at. */
export class Walk {
  readonly #path: (string | number)[] = []
  readonly #maxDepth: number
  readonly #indexes = new Map<readonly unknown[], ReadonlyMap<string, unknown>>()
  #values: number
  #chars: number

  constructor(limits: { maxValues: number; maxChars: number; maxDepth: number }) {
    this.#values = limits.maxValues
    this.#chars = limits.maxChars
    this.#maxDepth = limits.maxDepth
  }

  /** Maps something inside the current value, under its key or index. */
  at<T>(step: string | number, map: () => T): T {
    if (this.#path.length >= this.#maxDepth) this.fail('too-deep', 'a value less deeply nested')
    this.#path.push(step)
    const value = map()
    this.#path.pop()
    return value
  }

  values(count: number): void {
    this.#values -= count
    if (this.#values < 0) this.fail('too-large', 'fewer values')
  }

  chars(count: number): void {
    this.#chars -= count
    if (this.#chars < 0) this.fail('too-large', 'less text or fewer bytes')
  }

  /**
   * The parts of a type by name, built once a walk: a list of enums must not search for each item.
   */
  byName<T>(parts: readonly T[], nameOf: (part: T) => string): ReadonlyMap<string, T> {
    const known = this.#indexes.get(parts) as ReadonlyMap<string, T> | undefined
    if (known !== undefined) return known
    const index = new Map(parts.map((part) => [nameOf(part), part]))
    this.#indexes.set(parts, index)
    return index
  }

  fail(problem: Problem, expected: string): never {
    throw new MismatchError({ path: formatPath(this.#path), problem, expected })
  }
}

function formatPath(steps: readonly (string | number)[]): string {
  return steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}

/** The value of an own data property; undefined for an absent or inherited one and for a getter. */
export function ownValue(object: object, key: string): unknown {
  const property: PropertyDescriptor | undefined = Object.getOwnPropertyDescriptor(object, key)
  return property?.value
}

export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export const nameOf = ({ name }: { readonly name: string }): string => name
