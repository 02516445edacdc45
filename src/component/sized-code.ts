// Instructions whose cost is their size, which is the operand on top: bulk operations, and growing, of
// memories only by what the host allows.

import type { CodeWriter } from './code-writer.ts'
import type { FuelCode } from './fuel-code.ts'
import { EMPTY, LOCAL_AHEAD } from './fuel-code.ts'
import type { MeteredIndices } from './meter-indices.ts'

/** Locals of ours for such instructions: the size, and what growing answered. */
export const SIZE_LOCALS = 2

const I32 = 0x7f

/** Writes the instruction as it was. */
type Original = () => void

export class SizedCode {
  readonly #out: CodeWriter
  readonly #indices: MeteredIndices
  readonly #fuel: FuelCode
  #size = 0

  constructor(out: CodeWriter, indices: MeteredIndices, fuel: FuelCode) {
    this.#out = out
    this.#indices = indices
    this.#fuel = fuel
  }

  /** `local` is the first of our two. */
  begin(local: number): void {
    this.#size = local
  }

  /** Fuel for `n` is `n` shifted right by `shift`, or left when that is negative. */
  bulk(shift: number, original: Original): void {
    this.#out.indexed(0x21, this.#size)
    this.#charge(shift)
    this.#out.indexed(0x20, this.#size)
    original()
  }

  /** Charged when it worked. */
  growTable(shift: number, original: Original): void {
    this.#fuel.settle()
    this.#out.indexed(0x22, this.#size)
    original()
    this.#grown(shift, null)
    if (this.#fuel.inLocal) this.#fuel.state = LOCAL_AHEAD
  }

  /** Answers -1, as the engine does, beyond the pages that are left; what it takes is no longer left. */
  growMemory(shift: number, original: Original): void {
    this.#fuel.settle()
    this.#out.indexed(0x22, this.#size)
    this.#out.indexed(0x23, this.#indices.pagesGlobal)
    this.#out.byte(0x4d) // i32.le_u
    this.#out.byte(0x04)
    this.#out.byte(I32)
    this.#out.indexed(0x20, this.#size)
    original()
    this.#grown(shift, this.#indices.pagesGlobal)
    this.#out.byte(0x05)
    this.#minusOne()
    this.#out.byte(0x0b)
    if (this.#fuel.inLocal) this.#fuel.state = LOCAL_AHEAD
  }

  /** What growing answered is on the stack, and stays there. */
  #grown(shift: number, pagesGlobal: number | null): void {
    this.#out.indexed(0x22, this.#size + 1)
    this.#minusOne()
    this.#out.byte(0x47) // i32.ne
    this.#out.byte(0x04)
    this.#out.byte(EMPTY)
    if (pagesGlobal !== null) {
      this.#out.indexed(0x23, pagesGlobal)
      this.#out.indexed(0x20, this.#size)
      this.#out.byte(0x6b) // i32.sub
      this.#out.indexed(0x24, pagesGlobal)
    }
    this.#charge(shift)
    this.#out.byte(0x0b)
    this.#out.indexed(0x20, this.#size + 1)
  }

  #minusOne(): void {
    this.#out.byte(0x41)
    this.#out.byte(0x7f)
  }

  #charge(shift: number): void {
    this.#fuel.push()
    this.#out.indexed(0x20, this.#size)
    this.#out.byte(0xad) // i64.extend_i32_u
    this.#fuel.constant(Math.abs(shift))
    this.#out.byte(shift > 0 ? 0x88 : 0x86) // i64.shr_u, i64.shl
    this.#fuel.subtract()
    this.#fuel.pop(true)
    this.#fuel.check()
  }
}
