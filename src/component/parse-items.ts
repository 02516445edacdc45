// The small parts that imports, exports, aliases and instances share: names, sorts and descriptions
// (Binary.md, "Instance Definitions", "Alias Definitions", "Import and Export Definitions").

import type { Reader } from './binary.ts'
import { refuse } from './binary.ts'
import { expectCoreName, expectExternName } from './name-forms.ts'
import type { AliasSyntax, ExternType, Named, NamedSortIndex, Sort, SortIndex } from './syntax.ts'

const SORTS: ReadonlyMap<number, Sort> = new Map([
  [0x01, 'func'],
  [0x03, 'type'],
  [0x04, 'component'],
  [0x05, 'instance'],
])

const CORE_MODULE = 0x11

/**
 * The name of an import or export. The byte before it is 0; 1 in binaries of 2023, with the same
 * meaning. 2 announces options after the name, which the transpiler does not take either.
 */
export function readExternName(reader: Reader): Named {
  const form = reader.byte()
  if (form === 0x02) refuse('unsupported', 'an import or export name with options')
  if (form > 0x02) reader.malformed('an import or export name')
  return readName(reader, 'an import or export of a component')
}

function readName(reader: Reader, where: string): Named {
  const start = reader.position
  const name = expectExternName(reader.name(), where)
  return { name, at: { start, end: reader.position } }
}

function readSort(reader: Reader): Sort {
  const byte = reader.byte()
  if (byte === 0x00) {
    if (reader.byte() !== CORE_MODULE) reader.malformed('a core sort')
    return 'core-module'
  }
  const sort = SORTS.get(byte)
  if (sort === undefined) refuse('unsupported', 'a value import, export or argument')
  return sort
}

export function readSortIndex(reader: Reader): SortIndex {
  return { sort: readSort(reader), index: reader.u32() }
}

export function readArgument(reader: Reader): NamedSortIndex {
  return { ...readName(reader, 'an argument of an instance'), ...readSortIndex(reader) }
}

export function readInlineExport(reader: Reader): NamedSortIndex {
  return { ...readExternName(reader), ...readSortIndex(reader) }
}

/** `externdesc`. A core module here would be compiled from bytes we never saw, so it is refused. */
export function readExternType(reader: Reader): ExternType {
  const sort = readSort(reader)
  switch (sort) {
    case 'core-module':
      return refuse('imported-core-module')
    case 'type': {
      const bound = reader.byte()
      if (bound > 0x01) reader.malformed('a type bound')
      return { sort, equals: bound === 0x00 ? reader.u32() : null }
    }
    default:
      return { sort, type: reader.u32() }
  }
}

/** Null for an alias of something core: its name is judged, the rest takes part in nothing here. */
export function readAlias(reader: Reader): AliasSyntax | null {
  const first = reader.byte()
  const core = first === 0x00 ? reader.byte() : null
  const target = reader.byte()
  if (target === 0x01) {
    if (core === null) reader.malformed('a core alias')
    reader.u32()
    expectCoreName(reader.name(), 'an alias of a core export')
    return null
  }
  const sort = core === CORE_MODULE ? 'core-module' : SORTS.get(first)
  if (target === 0x00) {
    const instance = reader.u32()
    const named = readName(reader, 'an alias of an export')
    if (sort === undefined) refuse('unsupported', 'an alias of a value')
    return { is: 'export-alias', sort, instance, ...named }
  }
  if (target !== 0x02) reader.malformed('an alias')
  const count = reader.u32()
  const index = reader.u32()
  if (sort !== undefined) return { is: 'outer-alias', sort, count, index }
  if (core !== 0x10) reader.malformed('an outer alias')
  return null
}

/** The index of the core module that is instantiated, or null for exports gathered in place. */
export function readCoreInstance(reader: Reader): number | null {
  const form = reader.byte()
  if (form > 0x01) reader.malformed('a core instance')
  const module = form === 0x00 ? reader.u32() : null
  reader.vector(() => {
    expectCoreName(reader.name(), 'a part of a core instance')
    reader.byte()
    reader.u32()
  })
  return module
}
