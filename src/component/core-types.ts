// Types of core WebAssembly where they occur around imports and exports: read to step over them,
// and to refuse by name what no guest may have (64-bit and shared memories, types of the GC
// proposal).

import type { Reader } from './binary.ts'
import { refuse } from './binary.ts'
import { COMPONENT_LIMITS } from './limits.ts'
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

function readFunctionType(reader: Reader): void {
  const parameters = reader.vector(() => readValueType(reader))
  const results = reader.vector(() => readValueType(reader))
  expectArity(parameters.length, results.length)
}

/** Refuses what makes code of an engine that is out of proportion to the component's. */
export function expectArity(parameters: number, results: number): void {
  const { MAX_PARAMETERS, MAX_VALUES } = COMPONENT_LIMITS
  if (parameters > MAX_PARAMETERS) {
    refuse('too-large', `a core function of ${parameters} parameters, of at most ${MAX_PARAMETERS}`)
  }
  if (results > MAX_VALUES) {
    refuse('too-large', `a core function of ${results} results, of at most ${MAX_VALUES}`)
  }
}

/** An item of a core type section (Binary.md, `core:deftype`): a function type or a module type. */
export function readCoreType(reader: Reader): void {
  switch (reader.byte()) {
    case 0x60:
      readFunctionType(reader)
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
