// Instructions that keep the fuel of one function. Two ways: a function with loops keeps it in a local, which
// is written back before other metered code can run; a small one counts in the global itself. None of
// these leaves or takes anything on the stack but what it says.

import type { CodeWriter } from './code-writer.ts'
import type { MeteredIndices } from './meter-indices.ts'

/** Block type of no parameters and no results. */
export const EMPTY = 0x40

/** How the local and the global agree. */
export const LOCAL_AHEAD = 0
export const EQUAL = 1
export const GLOBAL_AHEAD = 2

export class FuelCode {
  readonly #out: CodeWriter
  readonly #indices: MeteredIndices
  #local = 0
  #inLocal = false
  state = LOCAL_AHEAD

  constructor(out: CodeWriter, indices: MeteredIndices) {
    this.#out = out
    this.#indices = indices
  }

  /** `local` is an i64 of ours: the fuel, or the scratch of counting in the global. */
  begin(local: number, inLocal: boolean): void {
    this.#local = local
    this.#inLocal = inLocal
    this.state = GLOBAL_AHEAD
  }

  get inLocal(): boolean {
    return this.#inLocal
  }

  getGlobal(): void {
    this.#out.indexed(0x23, this.#indices.fuelGlobal)
  }
  setGlobal(): void {
    this.#out.indexed(0x24, this.#indices.fuelGlobal)
  }
  getLocal(): void {
    this.#out.indexed(0x20, this.#local)
  }
  setLocal(): void {
    this.#out.indexed(0x21, this.#local)
  }
  #teeLocal(): void {
    this.#out.indexed(0x22, this.#local)
  }
  constant(value: number): void {
    this.#out.byte(0x42)
    this.#out.positive(value)
  }
  subtract(): void {
    this.#out.byte(0x7d)
  }
  tick(): void {
    this.#out.indexed(0x10, this.#indices.tickFunction)
  }

  /** Before other metered code runs: the global is right. */
  publish(): void {
    if (!this.#inLocal || this.state !== LOCAL_AHEAD) return
    this.getLocal()
    this.setGlobal()
    this.state = EQUAL
  }

  /** Before ways meet: the local is right. */
  settle(): void {
    if (!this.#inLocal || this.state !== GLOBAL_AHEAD) return
    this.getGlobal()
    this.setLocal()
    this.state = EQUAL
  }

  /** The fuel, from wherever it is right, onto the stack. */
  push(): void {
    if (this.#inLocal && this.state !== GLOBAL_AHEAD) this.getLocal()
    else this.getGlobal()
  }

  /** Takes the fuel from the stack. `andKeep` leaves it there as well. */
  pop(andKeep: boolean): void {
    if (this.#inLocal) {
      if (andKeep) this.#teeLocal()
      else this.setLocal()
      this.state = LOCAL_AHEAD
      return
    }
    if (andKeep) this.#teeLocal()
    this.setGlobal()
    if (andKeep) this.getLocal()
  }

  charge(cost: number): void {
    if (cost === 0) return
    this.push()
    this.constant(cost)
    this.subtract()
    this.pop(false)
  }

  /** The fuel is on the stack: below zero, more is asked for, which does not return without. */
  check(): void {
    this.constant(0)
    this.#out.byte(0x53) // i64.lt_s
    this.#out.byte(0x04) // if
    this.#out.byte(EMPTY)
    if (this.#inLocal) {
      this.getLocal()
      this.setGlobal()
    }
    this.tick()
    if (this.#inLocal) {
      this.getGlobal()
      this.setLocal()
    }
    this.#out.byte(0x0b)
  }

  /** At the start of the function. */
  enter(cost: number, checks: boolean): void {
    if (cost > 0) {
      this.push()
      this.constant(cost)
      this.subtract()
      this.pop(checks)
      if (checks) this.check()
    } else if (checks) {
      this.getGlobal()
      if (this.#inLocal) {
        this.#teeLocal()
        this.state = EQUAL
      }
      this.check()
    }
  }
}
