// What callers pay for the functions they call by index. It saves short functions from touching the
// fuel at all, and others from doing so on the ways through them that end at once.

import { CodeCursor } from './code-cursor.ts'
import type { CodeContext, FunctionHead } from './outline.ts'
import { Outline } from './outline.ts'
import type { Steps } from './steps.ts'
import { EVERY } from './steps.ts'

/**
 * Fuel that a caller pays at most. A call through a table or from outside pays nothing of it; such calls
 * cost about as much themselves.
 */
const MAX_PREPAID = 32

/** What a function costs to read beside its bytes. */
const FUNCTION_WEIGHT = 64

/** Longer bodies are not looked at: they would be read twice. */
const MAX_SHORT_BYTES = 400

export interface Body {
  readonly start: number
  readonly end: number
}

/** By function that the module defines. */
export class Prepaid {
  readonly #fuel: Uint8Array
  readonly #whole: Uint8Array

  constructor(functions: number) {
    this.#fuel = new Uint8Array(functions)
    this.#whole = new Uint8Array(functions)
  }

  /** `head` leaves the cursor behind the declarations of locals. */
  *read(
    section: Uint8Array,
    bodies: readonly Body[],
    context: Omit<CodeContext, 'prepaid' | 'isMetered'>,
    head: (cursor: CodeCursor, i: number) => FunctionHead,
  ): Steps<void> {
    const outline = new Outline({ ...context, prepaid: () => 0, isMetered: () => true })
    const cursor = new CodeCursor(section, 0, section.length)
    let read = 0
    for (const [i, { start, end }] of bodies.entries()) {
      if (end - start > MAX_SHORT_BYTES) continue
      cursor.at = start
      cursor.end = end
      yield* outline.read(cursor, head(cursor, i))
      this.#judge(i, outline)
      read += end - start + FUNCTION_WEIGHT
      if (read < EVERY) continue
      read = 0
      yield
    }
  }

  #judge(i: number, outline: Outline): void {
    const { hasLoop, hasCall, hasIndirectCall, hasBulk, hasExceptions, regions } = outline
    // Functions that call each other through a table, where nobody pays ahead, must charge themselves.
    if (hasIndirectCall) return
    const whole = !(hasLoop || hasCall || hasBulk || hasExceptions) && regions.total < MAX_PREPAID
    const entry = whole ? regions.total : regions.costOf(0)
    this.#fuel[i] = Math.min(entry + 1, MAX_PREPAID)
    this.#whole[i] = whole ? 1 : 0
  }

  fuelOf(defined: number): number {
    return this.#fuel[defined] ?? 0
  }

  /** All of the function is paid for, so nothing in it is charged. */
  isWhole(defined: number): boolean {
    return this.#whole[defined] === 1
  }
}
