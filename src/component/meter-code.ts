// Writes the code of one function anew, with its fuel charged: which instruction is followed by what of
// `fuel-code.ts` and `sized-code.ts`, and where branches lead then. What charging must never do is touch
// the operands that lie on the stack.

import { refuse } from './binary.ts'
import type { CodeCursor } from './code-cursor.ts'
import type { CodeWriter } from './code-writer.ts'
import * as edit from './edits.ts'
import type { Edits } from './edits.ts'
import { EMPTY, FuelCode, GLOBAL_AHEAD, LOCAL_AHEAD } from './fuel-code.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { CALLS_WITHOUT_CHECK } from './meter-import.ts'
import type { MeteredIndices } from './meter-indices.ts'
import type { Outline } from './outline.ts'
import { DEAD } from './regions.ts'
import { SIZE_LOCALS, SizedCode } from './sized-code.ts'
import type { Steps } from './steps.ts'
import { EVERY } from './steps.ts'

export interface FunctionShape {
  /** Parameters and declared locals together: the index of the first local of ours. */
  readonly locals: number
  /** Fuel that callers have paid. */
  readonly prepaid: number
  /** Block type of no parameters and the function's results, as it is written. */
  readonly resultType: () => Uint8Array
}

/** The fuel, or the scratch of counting in the global. */
const FUEL_LOCALS = 1

const I64 = 0x7e
const I32 = 0x7f

/** A function that charges often would rather count in a local. */
const CHARGES_WORTH_A_LOCAL = 3

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
  readonly #edits: Edits
  readonly #outline: Outline
  readonly #cursor: CodeCursor
  readonly #fuel: FuelCode
  readonly #sized: SizedCode
  /** Labels of the output that are open. */
  #depth = 0
  #labels: OpenLabel[] = []
  #wrapsBody = false
  #checksCalls = false

  constructor(out: CodeWriter, indices: MeteredIndices, outline: Outline, cursor: CodeCursor) {
    this.#out = out
    this.#indices = indices
    this.#outline = outline
    this.#edits = outline.edits
    this.#cursor = cursor
    this.#fuel = new FuelCode(out, indices)
    this.#sized = new SizedCode(out, indices, this.#fuel)
  }

  /** Groups of locals to declare behind those of the function. */
  writeLocals(): void {
    const { hasBulk } = this.#outline
    this.#out.byte(FUEL_LOCALS)
    this.#out.byte(I64)
    if (hasBulk) {
      this.#out.byte(SIZE_LOCALS)
      this.#out.byte(I32)
    }
  }

  get groups(): number {
    return this.#outline.hasBulk ? 2 : 1
  }

  /** From the first instruction (`start`) to the function's end; the outline was read before. */
  *write(start: number, end: number, shape: FunctionShape): Steps<void> {
    const { bytes } = this.#cursor
    const { regions, hasLoop, hasCall, hasExceptions, hasBranchToEnd } = this.#outline
    regions.join()
    // Handlers are entered with the local of the throw, so functions with exceptions count globally.
    const inLocal = !hasExceptions && (hasLoop || regions.charged >= CHARGES_WORTH_A_LOCAL)
    this.#fuel.begin(shape.locals, inLocal)
    this.#sized.begin(shape.locals + FUEL_LOCALS)
    this.#depth = 1
    this.#checksCalls = this.#callsOfOthers() > CALLS_WITHOUT_CHECK
    this.#wrapsBody = this.#fuel.inLocal && hasBranchToEnd
    this.#fuel.enter(regions.costOf(0) + 1 - shape.prepaid, hasCall)
    if (this.#wrapsBody) {
      this.#out.byte(0x02)
      const type = shape.resultType()
      this.#out.copy(type, 0, type.length)
      this.#depth += 1
    }
    this.#labels = [{ position: this.#depth, wrapped: null, otherwise: this.#fuel.state }]
    let from = start
    for (let i = 0; i < this.#edits.count; i += 1) {
      this.#out.copy(bytes, from, this.#edits.at(i))
      this.#apply(i)
      from = this.#edits.end(i)
      if (i % EVERY < EVERY - 1) continue
      if (this.#out.length > COMPONENT_LIMITS.MAX_ARTIFACT_BYTES)
        refuse('too-large', 'metered code')
      yield
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
        return this.#fuel.charge(this.#outline.regions.costOf(a))
      case edit.BLOCK:
        this.#original(i)
        return this.#open(null)
      case edit.IF:
        this.#fuel.settle()
        this.#original(i)
        return this.#open(null)
      case edit.LOOP:
        return this.#loop(i, a, b === 1)
      case edit.ELSE:
        this.#fuel.settle()
        this.#original(i)
        this.#fuel.state = this.#labels.at(-1)?.otherwise ?? LOCAL_AHEAD
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
        this.#fuel.publish()
        return this.#original(i)
      case edit.CALL:
        if (b === 0) this.#fuel.publish()
        this.#out.indexed(0x10, this.#indices.functionIndex(a))
        if (b === 0) this.#fuel.state = GLOBAL_AHEAD
        if (this.#isImported(a)) this.#checkCall()
        return
      case edit.RETURN_CALL:
        this.#fuel.publish()
        return this.#out.indexed(0x12, this.#indices.functionIndex(a))
      case edit.CALL_INDIRECT:
        this.#fuel.publish()
        this.#original(i)
        this.#fuel.state = GLOBAL_AHEAD
        return this.#checkCall()
      case edit.RETURN_CALL_INDIRECT:
        this.#fuel.publish()
        return this.#original(i)
      case edit.FUNCTION_INDEX:
        return this.#out.indexed(0xd2, this.#indices.functionIndex(a))
      case edit.GLOBAL_INDEX:
        return this.#out.indexed(this.#opcode(i), this.#indices.globalIndex(a))
      case edit.BULK:
        return this.#sized.bulk(a, () => this.#original(i))
      case edit.GROW_TABLE:
        return this.#sized.growTable(a, () => this.#original(i))
      case edit.GROW_MEMORY:
        return this.#sized.growMemory(a, () => this.#original(i))
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
    this.#fuel.settle()
    this.#fuel.push()
    this.#fuel.check()
  }

  #opcode(i: number): number {
    return this.#cursor.bytes[this.#edits.at(i)] as number
  }

  #original(i: number): void {
    this.#out.copy(this.#cursor.bytes, this.#edits.at(i), this.#edits.end(i))
  }

  #open(wrapped: number | null): void {
    this.#depth += 1
    this.#labels.push({ position: this.#depth, wrapped, otherwise: this.#fuel.state })
  }

  /**
   * A loop asks for more fuel outside of itself, so that the engine keeps the loop's values in
   * registers: `block $done (loop $again (block $more (loop … br_if $more …) br $done) … br $again)`.
   * A loop with parameters, or of a function that counts in the global, asks inside.
   */
  #loop(i: number, region: number, canWrap: boolean): void {
    this.#fuel.settle()
    if (region === DEAD || !canWrap || !this.#fuel.inLocal) {
      this.#original(i)
      this.#open(null)
      this.#fuel.state = LOCAL_AHEAD
      if (region === DEAD) return
      this.#fuel.push()
      this.#fuel.constant(this.#outline.regions.costOf(region))
      this.#fuel.subtract()
      this.#fuel.pop(true)
      return this.#fuel.check()
    }
    const cost = this.#outline.regions.costOf(region)
    this.#blockTyped(0x02, i)
    this.#blockTyped(0x03, i)
    this.#out.byte(0x02)
    this.#out.byte(EMPTY)
    this.#depth += 3
    this.#original(i)
    this.#open(cost)
    this.#fuel.state = LOCAL_AHEAD
    this.#fuel.push()
    this.#fuel.constant(cost)
    this.#fuel.subtract()
    this.#fuel.pop(true)
    this.#fuel.constant(0)
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
    if (joins) this.#fuel.settle()
    this.#original(i)
    this.#depth -= 1
    if (joins) this.#fuel.state = LOCAL_AHEAD
    if (label.wrapped === null) return
    this.#fuel.settle()
    this.#out.byte(0x0c) // br $done
    this.#out.byte(2)
    this.#out.byte(0x0b)
    this.#fuel.getLocal()
    this.#fuel.setGlobal()
    this.#fuel.tick()
    this.#fuel.getGlobal()
    this.#fuel.constant(label.wrapped)
    this.#out.byte(0x7c) // i64.add: the loop's head charges again
    this.#fuel.setLocal()
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
      this.#fuel.settle()
      this.#out.byte(0x0b)
      this.#fuel.state = LOCAL_AHEAD
    }
    this.#fuel.publish()
    this.#out.byte(0x0b)
  }

  #relative(frame: number): number {
    const label = this.#labels[frame]
    if (label === undefined) throw new Error('a branch without a label')
    return this.#depth - label.position
  }

  #branch(i: number, frame: number, opcode: number): void {
    if (!this.#fuel.inLocal) return this.#original(i)
    if (frame === 0 && opcode === 0x0c) {
      this.#fuel.publish()
      this.#out.byte(0x0f)
      return
    }
    this.#fuel.settle()
    this.#out.indexed(opcode, this.#relative(frame))
  }

  #branchTable(i: number): void {
    if (!this.#fuel.inLocal) return this.#original(i)
    this.#fuel.settle()
    const cursor = this.#cursor
    cursor.at = this.#edits.at(i) + 1
    const count = cursor.u32()
    this.#out.byte(0x0e)
    this.#out.u32(count)
    for (let label = 0; label <= count; label += 1) {
      this.#out.u32(this.#relative(this.#labels.length - 1 - cursor.u32()))
    }
  }
}
