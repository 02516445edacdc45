// Reads the code of one function once: its regions and their costs, and the places to write anew.

import { refuse } from './binary.ts'
import type { Arity } from './compile-weight.ts'
import { CompileWeight } from './compile-weight.ts'
import type { CodeCursor } from './code-cursor.ts'
import { readHeapType, readValueType } from './code-types.ts'
import * as edit from './edits.ts'
import type { Edits } from './edits.ts'
import { BLOCK, Flow, IF, TRY } from './flow.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import * as op from './opcodes.ts'
import type { Regions } from './regions.ts'
import { EFFECT, extendedEffect, vectorEffect } from './stack-effects.ts'
import type { Steps } from './steps.ts'
import { EVERY } from './steps.ts'

/** What the code of a function refers to. Indices are those of the original. */
export interface CodeContext {
  /** Functions below this index are imported: a call of one may be a call of the host. */
  readonly importedFunctions: number
  readonly type: (index: number) => Arity
  readonly typeOf: (fn: number) => Arity
  readonly typeOfTag: (tag: number) => Arity
  /** Fuel that a caller pays for the function it calls. */
  readonly prepaid: (fn: number) => number
  /** Whether the function charges anything itself. */
  readonly isMetered: (fn: number) => boolean
}

/** Fuel of a bulk operation as a shift of its size (see `edits.ts`): 8 bytes, or a 16th of an entry. */
const BYTES_SHIFT = 3
const ENTRIES_SHIFT = -4
const PAGES_SHIFT = -12

/** What is known of a function before its code. */
export interface FunctionHead extends Arity {
  /** Locals that it declares, beside its parameters. */
  readonly declared: number
}

const NOTHING: Arity = { parameters: 0, results: 0 }
const ONE_RESULT: Arity = { parameters: 0, results: 1 }

/** Reusable: `read` forgets the function before. */
export class Outline {
  /** Calls of functions that are metered themselves. */
  hasCall = false
  hasIndirectCall = false
  hasBulk = false
  readonly #flow = new Flow()
  readonly #weight = new CompileWeight()
  readonly #context: CodeContext

  constructor(context: CodeContext) {
    this.#context = context
  }

  get edits(): Edits {
    return this.#flow.edits
  }
  get regions(): Regions {
    return this.#flow.regions
  }
  get hasLoop(): boolean {
    return this.#flow.hasLoop
  }
  get hasExceptions(): boolean {
    return this.#flow.hasExceptions
  }
  /** A conditional branch leads to the end of the function. */
  get hasBranchToEnd(): boolean {
    return this.#flow.hasBranchToEnd
  }

  /** See `compile-weight.ts`. */
  get weight(): number {
    return this.#weight.total
  }

  /** From behind the locals to the end of the function. */
  *read(cursor: CodeCursor, { parameters, results, declared }: FunctionHead): Steps<void> {
    const flow = this.#flow
    flow.clear()
    flow.spend(op.localsCost(declared))
    this.#weight.begin(parameters + declared, results)
    this.hasCall = this.hasIndirectCall = this.hasBulk = false
    for (let read = 1; flow.isOpen; read += 1) {
      this.#instruction(cursor)
      if (read % EVERY === 0) yield
    }
    if (cursor.at !== cursor.end) refuse('malformed', `code behind its end, at byte ${cursor.at}`)
  }

  #instruction(cursor: CodeCursor): void {
    const at = cursor.at
    const opcode = cursor.byte()
    const form = op.FORM[opcode] as number
    this.#flow.spend(op.COST[opcode] as number)
    this.#weight.move(EFFECT[opcode] as number)
    switch (form) {
      case op.PLAIN:
        return
      case op.LEB:
        return cursor.skipLeb()
      case op.MEMARG:
        return cursor.skipMemarg()
      case op.BYTES_4:
        return cursor.skip(4)
      case op.BYTES_8:
        return cursor.skip(8)
      case op.CONTROL:
        return this.#control(cursor, at, opcode)
      default:
        return op.refuseOpcode(opcode)
    }
  }

  #control(cursor: CodeCursor, at: number, opcode: number): void {
    switch (opcode) {
      case 0x00: // unreachable: ends the whole call, so no way leads around what follows
        this.#flow.stop()
        return
      case 0x02: // block
        this.#weight.enter(this.#blockType(cursor))
        this.edits.add(edit.BLOCK, at, cursor.at)
        return this.#flow.push(BLOCK)
      case 0x03: {
        // loop
        const type = this.#blockType(cursor)
        this.#weight.split()
        this.#weight.enter(type, true)
        return this.#flow.loop(at, cursor.at, type.parameters)
      }
      case 0x04: // if
        this.#weight.split()
        this.#weight.enter(this.#blockType(cursor))
        this.edits.add(edit.IF, at, cursor.at)
        this.#flow.push(IF)
        return this.#flow.open(cursor.at)
      case 0x05: // else
        this.#weight.elseArm()
        this.edits.add(edit.ELSE, at, cursor.at)
        return this.#flow.arm(cursor.at)
      case 0x06: // try
        this.#weight.enter(this.#blockType(cursor))
        this.edits.add(edit.BLOCK, at, cursor.at)
        return this.#flow.push(TRY)
      case 0x07: // catch
        this.#weight.arm(this.#context.typeOfTag(cursor.u32()).parameters)
        return this.#flow.arm(cursor.at)
      case 0x19: // catch_all
        this.#weight.arm(0)
        return this.#flow.arm(cursor.at)
      case 0x18: // delegate
        cursor.skipLeb()
        this.#weight.end()
        return this.#flow.end(cursor.at, at)
      case 0x1f: // try_table
        return this.#tryTable(cursor, at)
      case 0x08: // throw
        cursor.skipLeb()
        return this.#flow.throws(op.THROW_COST)
      case 0x09: // rethrow
        cursor.skipLeb()
        return this.#flow.throws(op.THROW_COST)
      case 0x0a: // throw_ref
        return this.#flow.throws(op.THROW_COST)
      case 0x0b: // end
        this.#weight.end()
        return this.#flow.end(cursor.at, at)
      case 0x0c: // br
        this.edits.add(edit.BRANCH, at, cursor.at, this.#label(cursor, false))
        this.edits.endLast(cursor.at)
        this.#flow.stop()
        return
      case 0x0d: // br_if
        this.edits.add(edit.BRANCH_IF, at, cursor.at, this.#label(cursor, true))
        this.edits.endLast(cursor.at)
        return this.#flow.open(cursor.at)
      case 0x0e: // br_table
        return this.#branchTable(cursor, at)
      case 0x0f: // return
        this.edits.add(edit.RETURN, at, cursor.at)
        this.#flow.spend(op.carryCost(this.#weight.results))
        return this.#flow.leave()
      case 0x10:
      case 0x12:
        return this.#call(cursor, at, opcode)
      case 0x11:
      case 0x13: {
        const type = this.#context.type(cursor.u32())
        cursor.skipLeb()
        const kind = opcode === 0x11 ? edit.CALL_INDIRECT : edit.RETURN_CALL_INDIRECT
        this.edits.add(kind, at, cursor.at)
        this.hasCall = this.hasIndirectCall = true
        this.#flow.spend(op.CALL_INDIRECT_COST)
        this.#called(type)
        if (opcode === 0x13) this.#flow.leave()
        return
      }
      case 0x1c: {
        // select with types
        const count = cursor.u32()
        for (let i = 0; i < count; i += 1) readValueType(cursor)
        return
      }
      case 0x23:
      case 0x24: {
        const index = cursor.u32()
        this.edits.add(edit.GLOBAL_INDEX, at, cursor.at, index)
        return
      }
      case 0x40: // memory.grow
        cursor.expectFirstMemory()
        return this.#grow(edit.GROW_MEMORY, at, cursor.at, PAGES_SHIFT)
      case 0xd0:
        return readHeapType(cursor)
      case 0xd2: {
        const index = cursor.u32()
        this.edits.add(edit.FUNCTION_INDEX, at, cursor.at, index)
        return
      }
      case 0xfc:
        return this.#extended(cursor, at)
      case 0xfd:
        return this.#vector(cursor)
      default:
        return op.refuseOpcode(opcode)
    }
  }

  /** Reads a label; the index of its frame. */
  #label(cursor: CodeCursor, conditional: boolean, charged = true): number {
    const depth = cursor.u32()
    const values = this.#weight.branch(depth)
    if (charged) this.#flow.spend(op.carryCost(values))
    return this.#flow.label(depth, cursor.at, conditional)
  }

  #branchTable(cursor: CodeCursor, at: number): void {
    const count = cursor.u32()
    for (let i = 0; i < count; i += 1) this.#label(cursor, true, false)
    // All of them take as much.
    this.#label(cursor, true)
    this.edits.add(edit.BRANCH_TABLE, at, cursor.at)
    this.#flow.stop()
  }

  #tryTable(cursor: CodeCursor, at: number): void {
    this.#flow.hasExceptions = true
    const type = this.#blockType(cursor)
    const count = cursor.u32()
    for (let i = 0; i < count; i += 1) {
      const kind = cursor.byte()
      if (kind > 3) refuse('unsupported', 'a kind of handler that is not known')
      if (kind < 2) cursor.skipLeb()
      this.#weight.split()
      this.#label(cursor, true, false)
    }
    this.#weight.enter(type)
    this.edits.add(edit.BLOCK, at, cursor.at)
    this.#flow.push(TRY)
  }

  #call(cursor: CodeCursor, at: number, opcode: number): void {
    const fn = cursor.u32()
    const metered = this.#context.isMetered(fn)
    if (opcode === 0x12) {
      this.edits.add(edit.RETURN_CALL, at, cursor.at, fn)
    } else {
      this.edits.add(edit.CALL, at, cursor.at, fn, metered ? 0 : 1)
    }
    if (metered) this.hasCall = true
    const own = fn < this.#context.importedFunctions ? op.IMPORT_CALL_COST : op.CALL_COST
    this.#flow.spend(own + this.#context.prepaid(fn))
    this.#called(this.#context.typeOf(fn))
    if (opcode === 0x12) this.#flow.leave()
  }

  #called({ parameters, results }: Arity): void {
    this.#weight.call()
    this.#weight.move(results - parameters)
    this.#flow.spend(op.arityCost(parameters, results))
  }

  #grow(kind: number, at: number, end: number, shift: number): void {
    this.hasBulk = true
    this.#flow.spend(op.GROW_COST)
    this.edits.add(kind, at, end, shift)
  }

  #bulk(at: number, end: number, shift: number): void {
    this.hasBulk = true
    this.#flow.spend(op.BULK_COST)
    this.edits.add(edit.BULK, at, end, shift)
  }

  #extended(cursor: CodeCursor, at: number): void {
    const opcode = cursor.u32()
    if (opcode <= op.LAST_SATURATING) return
    this.#weight.call()
    this.#weight.move(extendedEffect(opcode))
    switch (opcode) {
      case op.EXTENDED.memoryInit:
        cursor.skipLeb()
        cursor.expectFirstMemory()
        return this.#bulk(at, cursor.at, BYTES_SHIFT)
      case op.EXTENDED.memoryCopy:
        cursor.expectFirstMemory()
        cursor.expectFirstMemory()
        return this.#bulk(at, cursor.at, BYTES_SHIFT)
      case op.EXTENDED.memoryFill:
        cursor.expectFirstMemory()
        return this.#bulk(at, cursor.at, BYTES_SHIFT)
      case op.EXTENDED.tableInit:
      case op.EXTENDED.tableCopy:
        cursor.skipLeb()
        cursor.skipLeb()
        return this.#bulk(at, cursor.at, ENTRIES_SHIFT)
      case op.EXTENDED.tableFill:
        cursor.skipLeb()
        return this.#bulk(at, cursor.at, ENTRIES_SHIFT)
      case op.EXTENDED.tableGrow:
        cursor.skipLeb()
        return this.#grow(edit.GROW_TABLE, at, cursor.at, ENTRIES_SHIFT)
      case op.EXTENDED.dataDrop:
      case op.EXTENDED.elemDrop:
      case op.EXTENDED.tableSize:
        return cursor.skipLeb()
      default:
        return op.refuseExtended(opcode)
    }
  }

  #vector(cursor: CodeCursor): void {
    const opcode = cursor.u32()
    const form = op.vectorForm(opcode)
    this.#flow.spend(op.vectorCost(opcode))
    this.#weight.move(vectorEffect(opcode))
    switch (form) {
      case 'memarg':
        return cursor.skipMemarg()
      case 'memarg-lane':
        cursor.skipMemarg()
        return cursor.skip(1)
      case 'lane':
        return cursor.skip(1)
      case 'bytes':
        return cursor.skip(16)
      case 'plain':
    }
  }

  #blockType(cursor: CodeCursor): Arity {
    const first = cursor.byte()
    if (first === 0x40) return NOTHING
    cursor.at -= 1
    if (first >= 0x41 && first < 0x80) {
      readValueType(cursor)
      return ONE_RESULT
    }
    const type = this.#context.type(cursor.u32())
    if (type.parameters > COMPONENT_LIMITS.MAX_VALUES) {
      refuse('too-large', `a block of ${type.parameters} parameters`)
    }
    return type
  }
}
