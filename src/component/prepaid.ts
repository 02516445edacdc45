// What callers pay for the functions they call by index. It saves short functions from touching the
// fuel at all, and others from doing so on the ways through them that end at once.

import { CodeCursor } from './code-cursor.ts'
import type { CodeContext } from './outline.ts'
import { Outline } from './outline.ts'

/**
 * Fuel that a caller pays at most. A call through a table or from outside pays nothing of it; such calls
 * cost about as much themselves.
 */
const MAX_PREPAID = 32

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

  /** `skipLocals` leaves the cursor behind the declarations of locals. */
  constructor(
    section: Uint8Array,
    bodies: readonly Body[],
    context: Omit<CodeContext, 'prepaid' | 'isMetered'>,
    skipLocals: (cursor: CodeCursor) => void,
  ) {
    this.#fuel = new Uint8Array(bodies.length)
    this.#whole = new Uint8Array(bodies.length)
    const outline = new Outline({ ...context, prepaid: () => 0, isMetered: () => true })
    const cursor = new CodeCursor(section, 0, section.length)
    bodies.forEach(({ start, end }, i) => {
      if (end - start > MAX_SHORT_BYTES) return
      cursor.at = start
      cursor.end = end
      skipLocals(cursor)
      outline.read(cursor)
      const { hasLoop, hasCall, hasIndirectCall, hasBulk, hasExceptions, regions } = outline
      // Functions that call each other through a table, where nobody pays ahead, must charge themselves.
      if (hasIndirectCall) return
      const whole = !(hasLoop || hasCall || hasBulk || hasExceptions) && regions.total < MAX_PREPAID
      const entry = whole ? regions.total : regions.costOf(0)
      this.#fuel[i] = Math.min(entry + 1, MAX_PREPAID)
      this.#whole[i] = whole ? 1 : 0
    })
  }

  fuelOf(defined: number): number {
    return this.#fuel[defined] ?? 0
  }

  /** All of the function is paid for, so nothing in it is charged. */
  isWhole(defined: number): boolean {
    return this.#whole[defined] === 1
  }
}
