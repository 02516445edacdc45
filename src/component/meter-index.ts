// Index spaces of a core module around the two imports that metering adds behind the module's own.

import type { Reader } from './binary.ts'
import { refuse } from './binary.ts'
import { expectArity, readLimits, readRefType } from './core-types.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { METER_MODULE } from './meter-import.ts'
import { CORE_SECTION, sections } from './sections.ts'

export interface FunctionType {
  readonly parameters: number
  /** Value types, a byte each. */
  readonly results: Uint8Array
}

/** What metering has to know of a module before it reads any code. */
export interface ModuleIndex {
  readonly types: readonly FunctionType[]
  readonly importedFunctions: number
  /** Type indices of all functions, imported ones first. */
  readonly functionTypes: readonly number[]
  /** The same of tags. */
  readonly tagTypes: readonly number[]
  readonly importedGlobals: number
  /** Type indices of the functions that the module defines. */
  readonly functions: readonly number[]
  readonly hasCode: boolean
  /** Of the memories that the module defines together; null without any. */
  readonly startingPages: number | null
}

const VALUE_TYPES: ReadonlySet<number> = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69])

export function readValueTypes(reader: Reader): Uint8Array {
  const types = reader.vector(() => {
    const type = reader.byte()
    if (!VALUE_TYPES.has(type)) refuse('unsupported', 'a value type of the GC proposal')
    return type
  })
  return Uint8Array.from(types)
}

function readFunctionType(reader: Reader): FunctionType {
  if (reader.byte() !== 0x60) refuse('unsupported', 'a type of the GC proposal')
  const type = { parameters: readValueTypes(reader).length, results: readValueTypes(reader) }
  expectArity(type.parameters, type.results.length)
  return type
}

interface Import {
  /** 0 function, 1 table, 2 memory, 3 global, 4 tag. */
  readonly kind: number
  /** Of functions and tags. */
  readonly type: number
}

function readImport(reader: Reader): Import {
  if (reader.name() === METER_MODULE) refuse('forbidden-name', 'the module name of a core import')
  reader.name()
  const kind = reader.byte()
  switch (kind) {
    case 0:
      return { kind, type: reader.u32() }
    case 1:
      readRefType(reader)
      readLimits(reader)
      return { kind, type: 0 }
    case 2:
      readLimits(reader)
      return { kind, type: 0 }
    case 3:
      if (!VALUE_TYPES.has(reader.byte())) {
        refuse('unsupported', 'a value type of the GC proposal')
      }
      reader.byte()
      return { kind, type: 0 }
    case 4:
      return { kind, type: readTag(reader) }
    default:
      return refuse('unsupported', 'a kind of core import that is not known')
  }
}

function readTag(reader: Reader): number {
  reader.byte()
  return reader.u32()
}

/** Refuses (see `binary.ts`); `reader` stands behind the header. */
export function indexModule(reader: Reader): ModuleIndex {
  let types: FunctionType[] = []
  let imports: Import[] = []
  let functions: number[] = []
  let tags: number[] = []
  let hasCode = false
  let startingPages: number | null = null
  for (const { id, body } of sections(reader)) {
    if (id === CORE_SECTION.type) types = body.vector(() => readFunctionType(body))
    if (id === CORE_SECTION.import) imports = body.vector(() => readImport(body))
    if (id === CORE_SECTION.function) functions = body.vector(() => body.u32())
    if (id === CORE_SECTION.memory) {
      const memories = body.vector(() => readLimits(body))
      if (memories.length > 0) startingPages = memories.reduce((sum, { min }) => sum + min, 0)
    }
    if (id === CORE_SECTION.tag) tags = body.vector(() => readTag(body))
    if (id === CORE_SECTION.code) hasCode = true
    if (id > CORE_SECTION.last) refuse('unsupported', `a section of the kind ${id}`)
  }
  const imported = (wanted: number): number[] =>
    imports.filter(({ kind }) => kind === wanted).map(({ type }) => type)
  const tagTypes = [...imported(4), ...tags]
  for (const type of tagTypes) {
    if ((types[type]?.parameters ?? 0) > COMPONENT_LIMITS.MAX_VALUES) {
      refuse('too-large', 'an exception of so many values')
    }
  }
  return {
    types,
    importedFunctions: imported(0).length,
    functionTypes: [...imported(0), ...functions],
    tagTypes,
    importedGlobals: imported(3).length,
    functions,
    hasCode,
    startingPages,
  }
}
