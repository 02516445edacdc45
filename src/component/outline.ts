// Reads the code of one function once: its regions and their costs, and the places to write anew.

import type { CodeCursor } from './code-cursor.ts'
import * as edit from './edits.ts'
import { Edits } from './edits.ts'
import * as op from './opcodes.ts'
import { refuse } from './binary.ts'
import { DEAD, Regions } from './regions.ts'

/** What the code of a function refers to. Indices are those of the original. */
export interface CodeContext {
  /** Functions below this index are imported: a call of one may be a call of the host. */
  readonly importedFunctions: number
  /** Parameters of a function type. */
  readonly parametersOf: (type: number) => number
  /** Fuel that a caller pays for the function it calls. */
  readonly prepaid: (fn: number) => number
  /** Whether the function charges anything itself. */
  readonly isMetered: (fn: number) => boolean
}

/** Fuel of a bulk operation as a shift of its size (see `edits.ts`): 8 bytes, or a 16th of an entry. */
const BYTES_SHIFT = 3
const ENTRIES_SHIFT = -4
const PAGES_SHIFT = -12

const BLOCK = 0
const LOOP = 1
const IF = 2
const TRY = 3

interface Frame {
  readonly kind: number
  /** The region in front of it. */
  readonly before: number
  hasElse: boolean
  /** A branch leads to its end. */
  targeted: boolean
  /** The outermost frame that code inside of it may leave for. */
  escape: number
}

/** A value type of one byte: numbers, vectors, funcref, externref, exnref. */
const VALUE_TYPES: ReadonlySet<number> = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69])

export function readValueType(cursor: CodeCursor): number {
  const type = cursor.byte()
  if (!VALUE_TYPES.has(type)) refuse('unsupported', 'a value type of the GC proposal')
  return type
}

/** Heap types: func, extern, exn, and the bottoms of their hierarchies. */
const HEAP_TYPES: ReadonlySet<number> = new Set([0x70, 0x6f, 0x69, 0x73, 0x72, 0x74])

export function readHeapType(cursor: CodeCursor): void {
  if (!HEAP_TYPES.has(cursor.byte())) refuse('unsupported', 'a heap type of the GC proposal')
}

/** Reusable: `read` forgets the function before. */
export class Outline {
  readonly edits = new Edits()
  readonly regions = new Regions()
  hasLoop = false
  /** Calls of functions that are metered themselves. */
  hasCall = false
  hasIndirectCall = false
  hasBulk = false
  hasExceptions = false
  /** A conditional branch leads to the end of the function. */
  hasBranchToEnd = false
  readonly #context: CodeContext
  #frames: Frame[] = []
  #region = 0

  constructor(context: CodeContext) {
    this.#context = context
  }

  /** From behind the locals to the end of the function. */
  read(cursor: CodeCursor): void {
    this.edits.clear()
    this.regions.clear()
    this.hasLoop = this.hasCall = this.hasIndirectCall = this.hasBulk = false
    this.hasExceptions = this.hasBranchToEnd = false
    this.#frames = []
    this.#region = this.regions.open(DEAD, false)
    this.#push(BLOCK)
    while (this.#frames.length > 0) this.#instruction(cursor)
    if (cursor.at !== cursor.end) refuse('malformed', `code behind its end, at byte ${cursor.at}`)
  }

  #instruction(cursor: CodeCursor): void {
    const at = cursor.at
    const opcode = cursor.byte()
    const form = op.FORM[opcode] as number
    if (this.#region !== DEAD) this.regions.spend(this.#region, op.COST[opcode] as number)
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
        this.#region = DEAD
        return
      case 0x02: // block
        this.#blockType(cursor)
        this.edits.add(edit.BLOCK, at, cursor.at)
        return this.#push(BLOCK)
      case 0x03: // loop
        return this.#loop(cursor, at)
      case 0x04: // if
        this.#blockType(cursor)
        this.edits.add(edit.IF, at, cursor.at)
        this.#push(IF)
        return this.#open(cursor.at, this.#region)
      case 0x05: // else
        this.edits.add(edit.ELSE, at, cursor.at)
        return this.#arm(cursor.at)
      case 0x06: // try
        this.#blockType(cursor)
        this.edits.add(edit.BLOCK, at, cursor.at)
        return this.#push(TRY)
      case 0x07: // catch
        cursor.skipLeb()
        return this.#arm(cursor.at)
      case 0x19: // catch_all
        return this.#arm(cursor.at)
      case 0x18: // delegate
        cursor.skipLeb()
        return this.#end(cursor.at, at)
      case 0x1f: // try_table
        return this.#tryTable(cursor, at)
      case 0x08: // throw
        cursor.skipLeb()
        return this.#throws()
      case 0x09: // rethrow
        cursor.skipLeb()
        return this.#throws()
      case 0x0a: // throw_ref
        return this.#throws()
      case 0x0b: // end
        return this.#end(cursor.at, at)
      case 0x0c: // br
        this.edits.add(edit.BRANCH, at, cursor.at, this.#label(cursor, false))
        this.#closeEdit(cursor)
        this.#region = DEAD
        return
      case 0x0d: // br_if
        this.edits.add(edit.BRANCH_IF, at, cursor.at, this.#label(cursor, true))
        this.#closeEdit(cursor)
        return this.#open(cursor.at, this.#region)
      case 0x0e: // br_table
        return this.#branchTable(cursor, at)
      case 0x0f: // return
        this.edits.add(edit.RETURN, at, cursor.at)
        return this.#leave()
      case 0x10:
      case 0x12:
        return this.#call(cursor, at, opcode)
      case 0x11:
      case 0x13: {
        cursor.skipLeb()
        cursor.skipLeb()
        const kind = opcode === 0x11 ? edit.CALL_INDIRECT : edit.RETURN_CALL_INDIRECT
        this.edits.add(kind, at, cursor.at)
        this.hasCall = this.hasIndirectCall = true
        this.regions.spend(this.#region, op.CALL_INDIRECT_COST)
        if (opcode === 0x13) this.#leave()
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
        return this.#grow(at, cursor.at, PAGES_SHIFT)
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

  #push(kind: number): void {
    this.#frames.push({
      kind,
      before: this.#region,
      hasElse: false,
      targeted: false,
      escape: this.#frames.length,
    })
  }

  /** A new region behind the bytes read so far. */
  #open(at: number, parent: number): void {
    if (parent === DEAD) {
      this.#region = DEAD
      return
    }
    this.#region = this.regions.open(parent, false)
    this.edits.add(edit.CHARGE, at, at, this.#region)
  }

  #loop(cursor: CodeCursor, at: number): void {
    const parameters = this.#blockType(cursor)
    this.#push(LOOP)
    this.hasLoop = true
    if (this.#region === DEAD) {
      this.edits.add(edit.LOOP, at, cursor.at, DEAD, 0)
      return
    }
    this.#region = this.regions.open(this.#region, true)
    this.regions.spend(this.#region, op.LOOP_COST)
    this.edits.add(edit.LOOP, at, cursor.at, this.#region, parameters === 0 ? 1 : 0)
  }

  /** `else` or a handler: it runs when what is in front of the frame did. */
  #arm(at: number): void {
    const frame = this.#frames.at(-1)
    if (frame === undefined) return refuse('malformed', `an arm of nothing, at byte ${at}`)
    // The other arm may have ended in a branch; the end is reached through this one or that.
    if (this.#region !== DEAD) frame.targeted = true
    this.#open(at, frame.before)
    if (frame.kind === TRY) this.hasExceptions = true
    else frame.hasElse = true
  }

  #end(at: number, start: number): void {
    const index = this.#frames.length - 1
    const frame = this.#frames.pop()
    if (frame === undefined) return refuse('malformed', `an end of nothing, at byte ${at}`)
    if (frame.kind === TRY) this.hasExceptions = true
    const oneArmed = frame.kind === IF && !frame.hasElse
    const joins = frame.targeted || frame.kind === IF || frame.kind === TRY
    this.edits.add(edit.END, start, at, 0, joins && frame.kind !== LOOP ? 1 : 0)
    const outer = this.#frames.at(-1)
    if (outer === undefined) return
    if (frame.escape < index) outer.escape = Math.min(outer.escape, frame.escape)
    const reached = this.#region !== DEAD || oneArmed || (frame.targeted && frame.kind !== LOOP)
    if (!reached || frame.before === DEAD) {
      this.#region = DEAD
    } else if (frame.escape >= index && frame.kind !== TRY) {
      // Whoever entered comes out here, so this is the region in front of it, continued.
      this.#region = frame.before
    } else {
      this.#open(at, frame.before)
    }
  }

  /** Reads a label; the index of its frame. */
  #label(cursor: CodeCursor, conditional: boolean): number {
    const index = this.#frames.length - 1 - cursor.u32()
    const frame = this.#frames[index]
    if (frame === undefined) return refuse('malformed', `a label of nothing, at byte ${cursor.at}`)
    if (index === 0 && conditional) this.hasBranchToEnd = true
    if (this.#region !== DEAD) {
      frame.targeted = true
      this.#escapeTo(index)
    }
    return index
  }

  #escapeTo(index: number): void {
    const inner = this.#frames.at(-1)
    if (inner !== undefined) inner.escape = Math.min(inner.escape, index)
  }

  /** The edit added last ends where the cursor is. */
  #closeEdit(cursor: CodeCursor): void {
    this.edits.endLast(cursor.at)
  }

  #leave(): void {
    if (this.#region !== DEAD) this.#escapeTo(0)
    this.#region = DEAD
  }

  #throws(): void {
    this.regions.spend(this.#region, op.THROW_COST)
    this.hasExceptions = true
    this.#leave()
  }

  #branchTable(cursor: CodeCursor, at: number): void {
    const count = cursor.u32()
    for (let i = 0; i <= count; i += 1) this.#label(cursor, true)
    this.edits.add(edit.BRANCH_TABLE, at, cursor.at)
    this.#region = DEAD
  }

  #tryTable(cursor: CodeCursor, at: number): void {
    this.hasExceptions = true
    this.#blockType(cursor)
    const count = cursor.u32()
    for (let i = 0; i < count; i += 1) {
      const kind = cursor.byte()
      if (kind > 3) refuse('unsupported', 'a kind of handler that is not known')
      if (kind < 2) cursor.skipLeb()
      this.#label(cursor, true)
    }
    this.edits.add(edit.BLOCK, at, cursor.at)
    this.#push(TRY)
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
    this.regions.spend(this.#region, own + this.#context.prepaid(fn))
    if (opcode === 0x12) this.#leave()
  }

  #grow(at: number, end: number, shift: number): void {
    this.hasBulk = true
    this.regions.spend(this.#region, op.GROW_COST)
    this.edits.add(edit.GROW, at, end, shift)
  }

  #bulk(at: number, end: number, shift: number): void {
    this.hasBulk = true
    this.regions.spend(this.#region, op.BULK_COST)
    this.edits.add(edit.BULK, at, end, shift)
  }

  #extended(cursor: CodeCursor, at: number): void {
    const opcode = cursor.u32()
    if (opcode <= op.LAST_SATURATING) return
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
        return this.#grow(at, cursor.at, ENTRIES_SHIFT)
      case op.EXTENDED.dataDrop:
      case op.EXTENDED.elemDrop:
      case op.EXTENDED.tableSize:
        return cursor.skipLeb()
      default:
        return op.refuseExtended(opcode)
    }
  }

  #vector(cursor: CodeCursor): void {
    switch (op.vectorForm(cursor.u32())) {
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

  /** The number of its parameters. */
  #blockType(cursor: CodeCursor): number {
    const first = cursor.byte()
    if (first === 0x40) return 0
    cursor.at -= 1
    if (first >= 0x41 && first < 0x80) {
      readValueType(cursor)
      return 0
    }
    return this.#context.parametersOf(cursor.u32())
  }
}
