// Compiles fuel into a core module: every function is charged for what it runs, and asks for more
// when its slice is spent; and a bound of memory: growing takes from the pages that are left. The module
// imports where both are kept and whom to ask.

import type { Result } from '../policy/result.ts'
import { attempt, Budget, Reader, refuse } from './binary.ts'
import type { Arity } from './compile-weight.ts'
import { CodeCursor } from './code-cursor.ts'
import { CodeWriter } from './code-writer.ts'
import type { ComponentFault } from './fault.ts'
import { readValueType } from './code-types.ts'
import { CodeMeter } from './meter-code.ts'
import {
  FUEL_GLOBAL,
  MEMORY_SECTION,
  METER_MODULE,
  PAGES_GLOBAL,
  TICK_FUNCTION,
} from './meter-import.ts'
import type { MeteredIndices } from './meter-indices.ts'
import { meteredIndices } from './meter-indices.ts'
import type { ModuleIndex } from './meter-index.ts'
import { indexModule } from './meter-index.ts'
import {
  rewriteData,
  rewriteElements,
  rewriteExports,
  rewriteGlobals,
  rewriteStart,
  rewriteTables,
} from './meter-sections.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type { FunctionHead } from './outline.ts'
import { Outline } from './outline.ts'
import type { Body } from './prepaid.ts'
import { Prepaid } from './prepaid.ts'
import { leb128 } from './rewrite.ts'
import { CORE_SECTION, PREAMBLE_BYTES, sections } from './sections.ts'
import type { Steps } from './steps.ts'
import { EVERY, runSteps } from './steps.ts'

/**
 * The module with fuel in it, its custom sections left out. Refuses, by name, what it does not know:
 * 64-bit and shared memories, several memories, atomics, GC types, typed function references,
 * wide arithmetic. The same bytes always give the same bytes.
 */
export function meterCoreModule(bytes: Uint8Array): Result<Uint8Array, ComponentFault> {
  return attempt(() => runSteps(meterSteps(bytes)))
}

/** For the modules of one component (`compile-weight.ts`). */
export function codeBudget(): Budget {
  return new Budget(
    COMPONENT_LIMITS.MAX_CODE_WEIGHT,
    'functions of so many instructions over so many locals',
  )
}

/** The same in steps. Refuses (see `binary.ts`). */
export function* meterSteps(bytes: Uint8Array, weight: Budget = codeBudget()): Steps<Uint8Array> {
  // In front of what costs the engine too much, be it only to validate it.
  const meter = new ModuleMeter(bytes, weight)
  // Before the index spaces grow: code that names an index past the end would reach what is added.
  if (!WebAssembly.validate(bytes as BufferSource)) {
    refuse('malformed', 'a core module that is not valid')
  }
  yield
  return yield* meter.write()
}

const { MAX_LOCALS } = COMPONENT_LIMITS

const NOTHING: Arity = { parameters: 0, results: 0 }

/** Reading and writing a function costs about as much as so many bytes of its code. */
const FUNCTION_WEIGHT = 64

class ModuleMeter {
  readonly #bytes: Uint8Array
  readonly #index: ModuleIndex
  readonly #indices: MeteredIndices
  /** Results of functions with several, each a type of its own behind those of the module. */
  readonly #resultTypes = new Map<string, number>()
  readonly #weight: Budget

  constructor(bytes: Uint8Array, weight: Budget) {
    this.#bytes = bytes
    this.#weight = weight
    const reader = Reader.over(bytes)
    reader.take(PREAMBLE_BYTES)
    const index = indexModule(reader)
    this.#index = index
    this.#indices = meteredIndices(index.importedFunctions, index.importedGlobals)
  }

  *write(): Steps<Uint8Array> {
    const found = new Map<number, Uint8Array>()
    const reader = Reader.over(this.#bytes)
    reader.take(PREAMBLE_BYTES)
    for (const { id, body } of sections(reader)) {
      if (id !== CORE_SECTION.custom) {
        found.set(id, this.#bytes.subarray(body.position, body.end))
      }
    }
    yield
    const code = found.get(CORE_SECTION.code)
    const memory = this.#memory()
    if (code === undefined) return this.#assemble([...found, ...memory])
    // Code first: it decides which types are added.
    const metered = yield* this.#code(code)
    const types = this.#types(found.get(CORE_SECTION.type) ?? Uint8Array.of(0))
    const parts: [id: number, body: Uint8Array | CodeWriter][] = [
      [CORE_SECTION.type, types],
      [CORE_SECTION.import, this.#imports(found.get(CORE_SECTION.import))],
    ]
    for (const [id, body] of found) {
      if (id === CORE_SECTION.type || id === CORE_SECTION.import) continue
      parts.push([id, id === CORE_SECTION.code ? metered : this.#moved(id, body)])
    }
    return this.#assemble([...parts, ...memory])
  }

  /** What memories start with, for whoever makes instances; nothing where none is defined. */
  #memory(): [id: number, body: CodeWriter][] {
    const { startingPages } = this.#index
    if (startingPages === null) return []
    const out = new CodeWriter(64)
    writeName(out, MEMORY_SECTION)
    for (let shift = 0; shift < 32; shift += 8) out.byte((startingPages >>> shift) & 0xff)
    return [[CORE_SECTION.custom, out]]
  }

  /** In one allocation: the largest modules are a good part of what the isolate may hold. */
  #assemble(parts: readonly (readonly [id: number, body: Uint8Array | CodeWriter])[]): Uint8Array {
    const size = parts.reduce((sum, [, { length }]) => sum + 1 + leb128(length).length + length, 0)
    const out = new CodeWriter(PREAMBLE_BYTES + size)
    out.copy(this.#bytes, 0, PREAMBLE_BYTES)
    for (const [id, body] of parts) {
      out.byte(id)
      out.u32(body.length)
      if (body instanceof CodeWriter) out.append(body)
      else out.copy(body, 0, body.length)
    }
    return out.finish()
  }

  #moved(id: number, body: Uint8Array): Uint8Array {
    switch (id) {
      case CORE_SECTION.table:
        return rewriteTables(body, this.#indices)
      case CORE_SECTION.global:
        return rewriteGlobals(body, this.#indices)
      case CORE_SECTION.export:
        return rewriteExports(body, this.#indices)
      case CORE_SECTION.start:
        return rewriteStart(body, this.#indices)
      case CORE_SECTION.element:
        return rewriteElements(body, this.#indices)
      case CORE_SECTION.data:
        return rewriteData(body, this.#indices)
      default:
        return body
    }
  }

  /** The type of `tick`, then those of results, behind the module's own. */
  #types(body: Uint8Array): Uint8Array {
    const out = new CodeWriter(body.length + 64)
    const cursor = new CodeCursor(body, 0, body.length)
    out.u32(cursor.u32() + 1 + this.#resultTypes.size)
    out.copy(body, cursor.at, body.length)
    for (const byte of [0x60, 0, 0]) out.byte(byte)
    for (const key of this.#resultTypes.keys()) {
      const results = key.split(' ').map(Number)
      out.byte(0x60)
      out.u32(0)
      out.u32(results.length)
      for (const type of results) out.byte(type)
    }
    return out.finish()
  }

  #imports(body: Uint8Array | undefined): Uint8Array {
    const out = new CodeWriter((body?.length ?? 0) + 64)
    const cursor = new CodeCursor(body ?? Uint8Array.of(0), 0, body?.length ?? 1)
    out.u32(cursor.u32() + 3)
    out.copy(cursor.bytes, cursor.at, cursor.end)
    writeName(out, METER_MODULE)
    writeName(out, TICK_FUNCTION)
    out.byte(0x00)
    out.u32(this.#index.types.length)
    writeName(out, METER_MODULE)
    writeName(out, FUEL_GLOBAL)
    for (const byte of [0x03, 0x7e, 0x01]) out.byte(byte) // a global, i64, mutable
    writeName(out, METER_MODULE)
    writeName(out, PAGES_GLOBAL)
    for (const byte of [0x03, 0x7f, 0x01]) out.byte(byte) // a global, i32, mutable
    return out.finish()
  }

  #resultType(results: Uint8Array): Uint8Array {
    if (results.length === 0) return Uint8Array.of(0x40)
    if (results.length === 1) return results
    const key = results.join(' ')
    const known = this.#resultTypes.get(key) ?? this.#resultTypes.size
    this.#resultTypes.set(key, known)
    const out = new CodeWriter(8)
    out.positive(this.#index.types.length + 1 + known)
    return out.finish()
  }

  *#code(section: Uint8Array): Steps<CodeWriter> {
    const { types, functions, functionTypes, tagTypes, importedFunctions } = this.#index
    const bodies = readBodies(section, functions.length)
    const arities = types.map(({ parameters, results }): Arity => ({
      parameters,
      results: results.length,
    }))
    const type = (index: number | undefined): Arity => arities[index ?? -1] ?? NOTHING
    const context = {
      importedFunctions,
      type,
      typeOf: (fn: number) => type(functionTypes[fn]),
      typeOfTag: (tag: number) => type(tagTypes[tag]),
    }
    const head = (cursor: CodeCursor, i: number): FunctionHead => {
      const declared = skipLocals(cursor, cursor.u32())
      if (declared > MAX_LOCALS) {
        refuse('too-large', `a core function of ${declared} locals, of at most ${MAX_LOCALS}`)
      }
      return { ...context.typeOf(importedFunctions + i), declared }
    }
    yield
    const prepaid = new Prepaid(bodies.length)
    yield* prepaid.read(section, bodies, context, head)
    const outline = new Outline({
      ...context,
      prepaid: (fn) => prepaid.fuelOf(fn - importedFunctions),
      isMetered: (fn) => !prepaid.isWhole(fn - importedFunctions),
    })
    const out = new CodeWriter(section.length + (section.length >> 1))
    const body = new CodeWriter(4096)
    const cursor = new CodeCursor(section, 0, section.length)
    const meter = new CodeMeter(body, this.#indices, outline, cursor)
    out.u32(bodies.length)
    let written = 0
    for (const [i, { start, end }] of bodies.entries()) {
      cursor.at = start
      cursor.end = end
      body.clear()
      const groups = cursor.u32()
      const groupsAt = cursor.at
      cursor.at = start
      const own = head(cursor, i)
      const first = cursor.at
      yield* outline.read(cursor, own)
      this.#weight.spend(outline.weight)
      if (prepaid.isWhole(i)) {
        body.copy(section, start, first)
        meter.writeUnmetered(first, end)
      } else {
        const type = types[functions[i] ?? -1]
        if (type === undefined) return refuse('malformed', 'a function without a type')
        body.u32(groups + meter.groups)
        body.copy(section, groupsAt, first)
        meter.writeLocals()
        yield* meter.write(first, end, {
          locals: own.parameters + own.declared,
          prepaid: prepaid.fuelOf(i),
          resultType: () => this.#resultType(type.results),
        })
      }
      out.u32(body.length)
      out.append(body)
      if (out.length > COMPONENT_LIMITS.MAX_ARTIFACT_BYTES) refuse('too-large', 'metered code')
      written += end - start + FUNCTION_WEIGHT
      if (written < EVERY) continue
      written = 0
      yield
    }
    return out
  }
}

function readBodies(section: Uint8Array, expected: number): Body[] {
  const cursor = new CodeCursor(section, 0, section.length)
  const count = cursor.u32()
  if (count !== expected) refuse('malformed', 'another number of bodies than of functions')
  return Array.from({ length: count }, () => {
    const length = cursor.u32()
    const start = cursor.at
    cursor.skip(length)
    return { start, end: cursor.at }
  })
}

/** How many locals the groups declare. */
function skipLocals(cursor: CodeCursor, groups: number): number {
  let locals = 0
  for (let group = 0; group < groups; group += 1) {
    locals += cursor.u32()
    readValueType(cursor)
  }
  return locals
}

function writeName(out: CodeWriter, name: string): void {
  out.u32(name.length)
  for (const character of name) out.byte(character.charCodeAt(0))
}
