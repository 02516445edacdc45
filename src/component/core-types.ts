// Types of core WebAssembly where they occur around imports and exports: read to step over them,
// and to refuse by name what no guest may have (64-bit and shared memories, types of the GC
// proposal).

import type { Reader } from './binary.ts'
import { refuse } from './binary.ts'
import { expectCoreName } from './name-forms.ts'

const NUMERIC = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b])
const FUNCREF = 0x70
const EXTERNREF = 0x6f

/** Pages of a memory or entries of a table. */
export interface Limits {
  readonly min: number
  readonly max: number | null
}

const HAS_MAX = 1
const SHARED = 2
const WIDE = 4

export function readLimits(reader: Reader): Limits {
  const flags = reader.byte()
  if (flags & SHARED) refuse('unsupported', 'a shared memory')
  if (flags & WIDE) refuse('unsupported', 'a 64-bit memory or table')
  if (flags > HAS_MAX) refuse('unsupported', 'a memory with pages of its own size')
  return { min: reader.u32(), max: flags === HAS_MAX ? reader.u32() : null }
}

/** One byte: the long forms belong to the GC and typed function reference proposals. */
export function readRefType(reader: Reader): number {
  const type = reader.byte()
  if (type !== FUNCREF && type !== EXTERNREF) refuse('unsupported', 'a reference type')
  return type
}

function readValueType(reader: Reader): void {
  if (NUMERIC.has(reader.peek())) reader.byte()
  else readRefType(reader)
}

/** `importdesc` of the core specification; the same bytes describe an export in a module type. */
function readExternDescription(reader: Reader): void {
  switch (reader.byte()) {
    case 0x00:
      reader.u32()
      return
    case 0x01:
      readRefType(reader)
      readLimits(reader)
      return
    case 0x02:
      readLimits(reader)
      return
    case 0x03:
      readValueType(reader)
      reader.byte()
      return
    case 0x04:
      reader.byte()
      reader.u32()
      return
    default:
      refuse('unsupported', 'a kind of core import that is not known')
  }
}

export function readCoreImport(reader: Reader): void {
  expectCoreName(reader.name(), 'the module name of a core import')
  expectCoreName(reader.name(), 'the name of a core import')
  readExternDescription(reader)
}

/** An item of a core type section (Binary.md, `core:deftype`): a function type or a module type. */
export function readCoreType(reader: Reader): void {
  switch (reader.byte()) {
    case 0x60:
      reader.vector(() => readValueType(reader))
      reader.vector(() => readValueType(reader))
      return
    case 0x50:
      reader.vector(() => readModuleDeclaration(reader))
      return
    default:
      refuse('unsupported', 'a core type of the GC proposal')
  }
}

function readModuleDeclaration(reader: Reader): void {
  switch (reader.byte()) {
    case 0x00:
      readCoreImport(reader)
      return
    case 0x01:
      if (reader.peek() !== 0x60) refuse('unsupported', 'a core type of the GC proposal')
      readCoreType(reader)
      return
    case 0x02:
      if (reader.byte() !== 0x10 || reader.byte() !== 0x01) reader.malformed('a core alias')
      reader.u32()
      reader.u32()
      return
    case 0x03:
      expectCoreName(reader.name(), 'the export name of a module type')
      readExternDescription(reader)
      return
    default:
      reader.malformed('a declaration of a module type')
  }
}
