// Writes the code of one function anew, with its fuel charged. Two ways: a function with loops keeps
// the fuel in a local, which it writes back before other metered code can run; a small one counts in
// the global itself. What charging must never do is touch the operands that lie on the stack.

import type { CodeCursor } from './code-cursor.ts'
import type { CodeWriter } from './code-writer.ts'
import * as edit from './edits.ts'
import type { Edits } from './edits.ts'
import { CALLS_WITHOUT_CHECK } from './meter-import.ts'
import type { Outline } from './outline.ts'
import { DEAD } from './regions.ts'

/** Where the injected items are in the index spaces, and how the rest moves. */
export interface MeteredIndices {
  readonly fuelGlobal: number
  readonly tickFunction: number
  /** A defined item moves by the one that was added to the imports. */
  readonly functionIndex: (original: number) => number
  readonly globalIndex: (original: number) => number
}

export interface FunctionShape {
  /** Parameters and declared locals together: the index of the first local of ours. */
  readonly locals: number
  /** Fuel that callers have paid. */
  readonly prepaid: number
  /** Block type of no parameters and the function's results, as it is written. */
  readonly resultType: () => Uint8Array
}

/** Locals of ours: fuel or the scratch of global counting (i64); size and answer of bulk ones. */
export const METER_LOCALS = { i64: 1, i32: 2 } as const

const I64 = 0x7e
const I32 = 0x7f
const EMPTY = 0x40

/** A function that charges often would rather count in a local. */
const CHARGES_WORTH_A_LOCAL = 3

/** How the local and the global agree. */
const LOCAL_AHEAD = 0
const EQUAL = 1
const GLOBAL_AHEAD = 2

interface OpenLabel {
  /** Labels open when it was opened: a branch to it counts from there. */
  readonly position: number
  /** Cost of the loop's region when the loop was wrapped; else null. */
  readonly wrapped: number | null
  /** State where the other arm of an `if` begins. */
  readonly otherwise: number
}

export class CodeMeter {
  readonly #out: CodeWriter
  readonly #indices: MeteredIndices
  #edits: Edits
  #outline: Outline
  #cursor: CodeCursor
  #inLocal = false
  #fuel = 0
  #state = LOCAL_AHEAD
  /** Labels of the output that are open. */
  #depth = 0
  #labels: OpenLabel[] = []
  #shape: FunctionShape = { locals: 0, prepaid: 0, resultType: () => new Uint8Array() }
  #wrapsBody = false
  #checksCalls = false

  constructor(out: CodeWriter, indices: MeteredIndices, outline: Outline, cursor: CodeCursor) {
    this.#out = out
    this.#indices = indices
    this.#outline = outline
    this.#edits = outline.edits
    this.#cursor = cursor
  }

  /** Groups of locals to declare behind those of the function. */
  writeLocals(): void {
    const { hasBulk } = this.#outline
    this.#out.byte(METER_LOCALS.i64)
    this.#out.byte(I64)
    if (hasBulk) {
      this.#out.byte(METER_LOCALS.i32)
      this.#out.byte(I32)
    }
  }

  get groups(): number {
    return this.#outline.hasBulk ? 2 : 1
  }

  /** From the first instruction (`start`) to the function's end; the outline was read before. */
  write(start: number, end: number, shape: FunctionShape): void {
    const { bytes } = this.#cursor
    const { regions, hasLoop, hasCall, hasExceptions, hasBranchToEnd } = this.#outline
    regions.join()
    this.#shape = shape
    this.#fuel = shape.locals
    // Handlers are entered with the local of the throw, so functions with exceptions count globally.
    this.#inLocal = !hasExceptions && (hasLoop || regions.charged >= CHARGES_WORTH_A_LOCAL)
    this.#depth = 1
    this.#checksCalls = this.#callsOfOthers() > CALLS_WITHOUT_CHECK
    this.#wrapsBody = this.#inLocal && hasBranchToEnd
    this.#enter(regions.costOf(0) + 1 - shape.prepaid, hasCall)
    if (this.#wrapsBody) {
      this.#out.byte(0x02)
      const type = shape.resultType()
      this.#out.copy(type, 0, type.length)
      this.#depth += 1
    }
    this.#labels = [{ position: this.#depth, wrapped: null, otherwise: this.#state }]
    let from = start
    for (let i = 0; i < this.#edits.count; i += 1) {
      this.#out.copy(bytes, from, this.#edits.at(i))
      this.#apply(i)
      from = this.#edits.end(i)
    }
    if (from !== end) throw new Error('the outline ended before the function')
  }

  /** A function that its callers pay for: only indices change. */
  writeUnmetered(start: number, end: number): void {
    let from = start
    for (let i = 0; i < this.#edits.count; i += 1) {
      const kind = this.#edits.kind(i)
      if (kind !== edit.FUNCTION_INDEX && kind !== edit.GLOBAL_INDEX) continue
      this.#out.copy(this.#cursor.bytes, from, this.#edits.at(i))
      this.#apply(i)
      from = this.#edits.end(i)
    }
    this.#out.copy(this.#cursor.bytes, from, end)
  }

  #apply(i: number): void {
    const { a, b } = { a: this.#edits.a(i), b: this.#edits.b(i) }
    switch (this.#edits.kind(i)) {
      case edit.CHARGE:
        return this.#charge(this.#outline.regions.costOf(a))
      case edit.BLOCK:
        this.#original(i)
        return this.#open(null)
      case edit.IF:
        this.#settle()
        this.#original(i)
        return this.#open(null)
      case edit.LOOP:
        return this.#loop(i, a, b === 1)
      case edit.ELSE:
        this.#settle()
        this.#original(i)
        this.#state = this.#labels.at(-1)?.otherwise ?? LOCAL_AHEAD
        return
      case edit.END:
        return this.#end(i, b === 1)
      case edit.BRANCH:
        return this.#branch(i, a, 0x0c)
      case edit.BRANCH_IF:
        return this.#branch(i, a, 0x0d)
      case edit.BRANCH_TABLE:
        return this.#branchTable(i)
      case edit.RETURN:
        this.#publish()
        return this.#original(i)
      case edit.CALL:
        if (b === 0) this.#publish()
        this.#indexed(0x10, this.#indices.functionIndex(a))
        if (b === 0) this.#state = GLOBAL_AHEAD
        if (this.#isImported(a)) this.#checkCall()
        return
      case edit.RETURN_CALL:
        this.#publish()
        return this.#indexed(0x12, this.#indices.functionIndex(a))
      case edit.CALL_INDIRECT:
        this.#publish()
        this.#original(i)
        this.#state = GLOBAL_AHEAD
        return this.#checkCall()
      case edit.RETURN_CALL_INDIRECT:
        this.#publish()
        return this.#original(i)
      case edit.FUNCTION_INDEX:
        return this.#indexed(0xd2, this.#indices.functionIndex(a))
      case edit.GLOBAL_INDEX:
        return this.#indexed(this.#opcode(i), this.#indices.globalIndex(a))
      case edit.BULK:
        return this.#bulk(i, a)
      case edit.GROW:
        return this.#grow(i, a)
      default:
        throw new Error('an edit that nobody applies')
    }
  }

  #isImported(fn: number): boolean {
    return fn < this.#indices.tickFunction
  }

  /** Calls in the text that may leave the module. */
  #callsOfOthers(): number {
    let calls = 0
    for (let i = 0; i < this.#edits.count; i += 1) {
      const kind = this.#edits.kind(i)
      if (kind === edit.CALL_INDIRECT) calls += 1
      if (kind === edit.CALL && this.#isImported(this.#edits.a(i))) calls += 1
    }
    return calls
  }

  /** Behind a call: its results stay on the stack. */
  #checkCall(): void {
    if (!this.#checksCalls) return
    this.#settle()
    this.#push()
    this.#check()
  }

  #opcode(i: number): number {
    return this.#cursor.bytes[this.#edits.at(i)] as number
  }

  #original(i: number): void {
    this.#out.copy(this.#cursor.bytes, this.#edits.at(i), this.#edits.end(i))
  }

  #indexed(opcode: number, index: number): void {
    this.#out.byte(opcode)
    this.#out.u32(index)
  }

  // Fuel, the ways it moves. None of these leaves or takes anything on the stack but what it says.

  #getGlobal(): void {
    this.#indexed(0x23, this.#indices.fuelGlobal)
  }
  #setGlobal(): void {
    this.#indexed(0x24, this.#indices.fuelGlobal)
  }
  #getLocal(): void {
    this.#indexed(0x20, this.#fuel)
  }
  #setLocal(): void {
    this.#indexed(0x21, this.#fuel)
  }
  #teeLocal(): void {
    this.#indexed(0x22, this.#fuel)
  }
  #constant(value: number): void {
    this.#out.byte(0x42)
    this.#out.positive(value)
  }

  /** Before other metered code runs: the global is right. */
  #publish(): void {
    if (!this.#inLocal || this.#state !== LOCAL_AHEAD) return
    this.#getLocal()
    this.#setGlobal()
    this.#state = EQUAL
  }

  /** Before ways meet: the local is right. */
  #settle(): void {
    if (!this.#inLocal || this.#state !== GLOBAL_AHEAD) return
    this.#getGlobal()
    this.#setLocal()
    this.#state = EQUAL
  }

  /** The fuel, from wherever it is right, onto the stack. */
  #push(): void {
    if (this.#inLocal && this.#state !== GLOBAL_AHEAD) this.#getLocal()
    else this.#getGlobal()
  }

  /** Takes the fuel from the stack. `andKeep` leaves it there as well. */
  #pop(andKeep: boolean): void {
    if (this.#inLocal) {
      if (andKeep) this.#teeLocal()
      else this.#setLocal()
      this.#state = LOCAL_AHEAD
      return
    }
    if (andKeep) this.#teeLocal()
    this.#setGlobal()
    if (andKeep) this.#getLocal()
  }

  #charge(cost: number): void {
    if (cost === 0) return
    this.#push()
    this.#constant(cost)
    this.#out.byte(0x7d) // i64.sub
    this.#pop(false)
  }

  /** The fuel is on the stack: below zero, more is asked for, which does not return without. */
  #check(): void {
    this.#constant(0)
    this.#out.byte(0x53) // i64.lt_s
    this.#out.byte(0x04) // if
    this.#out.byte(EMPTY)
    if (this.#inLocal) {
      this.#getLocal()
      this.#setGlobal()
    }
    this.#indexed(0x10, this.#indices.tickFunction)
    if (this.#inLocal) {
      this.#getGlobal()
      this.#setLocal()
    }
    this.#out.byte(0x0b)
  }

  #enter(cost: number, checks: boolean): void {
    this.#state = GLOBAL_AHEAD
    if (cost > 0) {
      this.#push()
      this.#constant(cost)
      this.#out.byte(0x7d)
      this.#pop(checks)
      if (checks) this.#check()
    } else if (checks) {
      this.#getGlobal()
      if (this.#inLocal) {
        this.#teeLocal()
        this.#state = EQUAL
      }
      this.#check()
    }
  }

  // Control.

  #open(wrapped: number | null): void {
    this.#depth += 1
    this.#labels.push({ position: this.#depth, wrapped, otherwise: this.#state })
  }

  /**
   * A loop asks for more fuel outside of itself, so that the engine keeps the loop's values in
   * registers: `block $done (loop $again (block $more (loop … br_if $more …) br $done) … br $again)`.
   * A loop with parameters, or of a function that counts in the global, asks inside.
   */
  #loop(i: number, region: number, canWrap: boolean): void {
    this.#settle()
    if (region === DEAD || !canWrap || !this.#inLocal) {
      this.#original(i)
      this.#open(null)
      this.#state = LOCAL_AHEAD
      if (region === DEAD) return
      this.#push()
      this.#constant(this.#outline.regions.costOf(region))
      this.#out.byte(0x7d)
      this.#pop(true)
      return this.#check()
    }
    const cost = this.#outline.regions.costOf(region)
    this.#blockTyped(0x02, i)
    this.#blockTyped(0x03, i)
    this.#out.byte(0x02)
    this.#out.byte(EMPTY)
    this.#depth += 3
    this.#original(i)
    this.#open(cost)
    this.#state = LOCAL_AHEAD
    this.#push()
    this.#constant(cost)
    this.#out.byte(0x7d)
    this.#pop(true)
    this.#constant(0)
    this.#out.byte(0x53)
    this.#out.byte(0x0d) // br_if $more
    this.#out.byte(1)
  }

  /** Another instruction with the block type of this one. */
  #blockTyped(opcode: number, i: number): void {
    this.#out.byte(opcode)
    this.#out.copy(this.#cursor.bytes, this.#edits.at(i) + 1, this.#edits.end(i))
  }

  #end(i: number, joins: boolean): void {
    const label = this.#labels.pop()
    if (label === undefined) throw new Error('an end without a label')
    if (this.#labels.length === 0) return this.#leave()
    if (joins) this.#settle()
    this.#original(i)
    this.#depth -= 1
    if (joins) this.#state = LOCAL_AHEAD
    if (label.wrapped === null) return
    this.#settle()
    this.#out.byte(0x0c) // br $done
    this.#out.byte(2)
    this.#out.byte(0x0b)
    this.#getLocal()
    this.#setGlobal()
    this.#indexed(0x10, this.#indices.tickFunction)
    this.#getGlobal()
    this.#constant(label.wrapped)
    this.#out.byte(0x7c) // i64.add: the loop's head charges again
    this.#setLocal()
    this.#out.byte(0x0c) // br $again
    this.#out.byte(0)
    this.#out.byte(0x0b)
    this.#out.byte(0x0b)
    this.#depth -= 3
    // The one way out is `br $done`, so the state is the one there.
  }

  /** The end of the function. */
  #leave(): void {
    if (this.#wrapsBody) {
      this.#settle()
      this.#out.byte(0x0b)
      this.#state = LOCAL_AHEAD
    }
    this.#publish()
    this.#out.byte(0x0b)
  }

  #relative(frame: number): number {
    const label = this.#labels[frame]
    if (label === undefined) throw new Error('a branch without a label')
    return this.#depth - label.position
  }

  #branch(i: number, frame: number, opcode: number): void {
    if (!this.#inLocal) return this.#original(i)
    if (frame === 0 && opcode === 0x0c) {
      this.#publish()
      this.#out.byte(0x0f)
      return
    }
    this.#settle()
    this.#indexed(opcode, this.#relative(frame))
  }

  #branchTable(i: number): void {
    if (!this.#inLocal) return this.#original(i)
    this.#settle()
    const cursor = this.#cursor
    cursor.at = this.#edits.at(i) + 1
    const count = cursor.u32()
    this.#out.byte(0x0e)
    this.#out.u32(count)
    for (let label = 0; label <= count; label += 1) {
      this.#out.u32(this.#relative(this.#labels.length - 1 - cursor.u32()))
    }
  }

  // What is charged by size. The size is the operand on top.

  get #size(): number {
    return this.#shape.locals + METER_LOCALS.i64
  }

  #chargeSize(shift: number): void {
    this.#push()
    this.#indexed(0x20, this.#size)
    this.#out.byte(0xad) // i64.extend_i32_u
    this.#constant(Math.abs(shift))
    this.#out.byte(shift > 0 ? 0x88 : 0x86) // i64.shr_u, i64.shl
    this.#out.byte(0x7d)
    this.#pop(true)
    this.#check()
  }

  #bulk(i: number, shift: number): void {
    this.#indexed(0x21, this.#size)
    this.#chargeSize(shift)
    this.#indexed(0x20, this.#size)
    this.#original(i)
  }

  #grow(i: number, shift: number): void {
    this.#settle()
    this.#indexed(0x22, this.#size)
    this.#original(i)
    this.#indexed(0x22, this.#size + 1)
    this.#out.byte(0x41) // i32.const -1: growing did not work
    this.#out.byte(0x7f)
    this.#out.byte(0x47) // i32.ne
    this.#out.byte(0x04)
    this.#out.byte(EMPTY)
    this.#chargeSize(shift)
    this.#out.byte(0x0b)
    if (this.#inLocal) this.#state = LOCAL_AHEAD
    this.#indexed(0x20, this.#size + 1)
  }
}
