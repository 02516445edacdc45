// The sections of a core module other than code, written anew for index spaces that moved: exports,
// the start function, element segments, and the constant expressions in them, in globals, tables and data.

import { Budget, refuse } from './binary.ts'
import { CodeCursor } from './code-cursor.ts'
import { CodeWriter } from './code-writer.ts'
import { readHeapType, readValueType } from './code-types.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type { MeteredIndices } from './meter-indices.ts'
import { vectorForm } from './opcodes.ts'

/** Copies what its reader steps over and writes what it is told to instead. */
class Rewriter {
  readonly #in: CodeCursor
  readonly #out: CodeWriter
  readonly #indices: MeteredIndices
  readonly #budget = new Budget(COMPONENT_LIMITS.MAX_ITEMS, 'items of a core section')
  #from: number

  constructor(body: Uint8Array, indices: MeteredIndices) {
    this.#in = new CodeCursor(body, 0, body.length)
    this.#out = new CodeWriter(body.length + 64)
    this.#indices = indices
    this.#from = 0
  }

  get read(): CodeCursor {
    return this.#in
  }

  #flush(): void {
    this.#out.copy(this.#in.bytes, this.#from, this.#in.at)
    this.#from = this.#in.at
  }

  functionIndex(): void {
    this.#flush()
    this.#out.u32(this.#indices.functionIndex(this.#in.u32()))
    this.#from = this.#in.at
  }

  globalIndex(): void {
    this.#flush()
    this.#out.u32(this.#indices.globalIndex(this.#in.u32()))
    this.#from = this.#in.at
  }

  vector(item: () => void): void {
    const count = this.#in.u32()
    this.#budget.spend(count)
    for (let i = 0; i < count; i += 1) item()
  }

  /** Core spec, Constant Expressions, with those of the extended ones. */
  expression(): void {
    for (;;) {
      const opcode = this.#in.byte()
      switch (opcode) {
        case 0x0b:
          return
        case 0x23:
          this.globalIndex()
          break
        case 0x41:
        case 0x42:
          this.#in.skipLeb()
          break
        case 0x43:
          this.#in.skip(4)
          break
        case 0x44:
          this.#in.skip(8)
          break
        case 0x6a: // add, sub, mul of i32 and i64
        case 0x6b:
        case 0x6c:
        case 0x7c:
        case 0x7d:
        case 0x7e:
          break
        case 0xd0:
          readHeapType(this.#in)
          break
        case 0xd2:
          this.functionIndex()
          break
        case 0xfd:
          if (vectorForm(this.#in.u32()) !== 'bytes') refuseConstant()
          this.#in.skip(16)
          break
        default:
          refuseConstant()
      }
    }
  }

  finish(): Uint8Array {
    this.#flush()
    if (this.#in.at !== this.#in.end) refuse('malformed', 'bytes left over at the end of a section')
    return this.#out.finish()
  }
}

function refuseConstant(): never {
  return refuse('unsupported', 'an instruction in a constant expression')
}

function rewrite(
  body: Uint8Array,
  indices: MeteredIndices,
  item: (section: Rewriter) => void,
): Uint8Array {
  const section = new Rewriter(body, indices)
  section.vector(() => item(section))
  return section.finish()
}

export function rewriteExports(body: Uint8Array, indices: MeteredIndices): Uint8Array {
  return rewrite(body, indices, (section) => {
    section.read.skip(section.read.u32())
    const kind = section.read.byte()
    if (kind === 0) section.functionIndex()
    else if (kind === 3) section.globalIndex()
    else section.read.skipLeb()
  })
}

export function rewriteGlobals(body: Uint8Array, indices: MeteredIndices): Uint8Array {
  return rewrite(body, indices, (section) => {
    readValueType(section.read)
    section.read.skip(1)
    section.expression()
  })
}

export function rewriteStart(body: Uint8Array, indices: MeteredIndices): Uint8Array {
  const section = new Rewriter(body, indices)
  section.functionIndex()
  return section.finish()
}

const PASSIVE_OR_DECLARED = 1
const WITH_INDEX = 2
const WITH_EXPRESSIONS = 4

/** Core spec, Element Section: three bits make eight forms. */
export function rewriteElements(body: Uint8Array, indices: MeteredIndices): Uint8Array {
  return rewrite(body, indices, (section) => {
    const flags = section.read.u32()
    if (flags > 7) refuse('unsupported', 'a form of element segment that is not known')
    const active = (flags & PASSIVE_OR_DECLARED) === 0
    if (active && (flags & WITH_INDEX) !== 0) section.read.skipLeb()
    if (active) section.expression()
    if ((flags & (PASSIVE_OR_DECLARED | WITH_INDEX)) !== 0) {
      if ((flags & WITH_EXPRESSIONS) !== 0) readValueType(section.read)
      else if (section.read.byte() !== 0) refuse('unsupported', 'a kind of element')
    }
    section.vector(() => {
      if ((flags & WITH_EXPRESSIONS) !== 0) section.expression()
      else section.functionIndex()
    })
  })
}

/** Core spec, Data Section. */
export function rewriteData(body: Uint8Array, indices: MeteredIndices): Uint8Array {
  return rewrite(body, indices, (section) => {
    const form = section.read.u32()
    if (form > 2) refuse('unsupported', 'a form of data segment that is not known')
    if (form === 2 && section.read.u32() !== 0) refuse('unsupported', 'more than one memory')
    if (form !== 1) section.expression()
    section.read.skip(section.read.u32())
  })
}

/** A table may bring an initial value; the function references in it move. */
export function rewriteTables(body: Uint8Array, indices: MeteredIndices): Uint8Array {
  return rewrite(body, indices, (section) => {
    const { read } = section
    let initialised = false
    if (read.bytes[read.at] === 0x40) {
      read.skip(1)
      if (read.byte() !== 0) refuse('unsupported', 'a form of table that is not known')
      initialised = true
    }
    readValueType(read)
    const flags = read.byte()
    if (flags > 1) refuse('unsupported', 'a 64-bit memory or table')
    read.skipLeb()
    if (flags === 1) read.skipLeb()
    if (initialised) section.expression()
  })
}
