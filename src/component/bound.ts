// Gives every memory and table that a component defines a maximum, in each core module at any
// depth, so that growing stops at ours instead of at the engine's. Memories share one cap, as they
// share one isolate: `meter.ts` makes each grow from what is left of it for all.

import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import { attempt, Reader, refuse } from './binary.ts'
import { classify } from './classify.ts'
import type { Limits } from './core-types.ts'
import { readLimits, readRefType } from './core-types.ts'
import type { ComponentFault } from './fault.ts'
import { INSTANCE_WEIGHT, sectionWeight } from './instance-weight.ts'
import { instantiateComponent } from './instantiate.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { parseComponent } from './parse.ts'
import type { Piece } from './rewrite.ts'
import { leb128, piece, pieces, rewriteComponent } from './rewrite.ts'
import { CORE_SECTION, PREAMBLE_BYTES, sections } from './sections.ts'
import type { Span } from './syntax.ts'

/** Pages are 64 KiB and for all memories together; entries are those of each table. */
export interface CoreCaps {
  readonly maxMemoryPages: number
  readonly maxTableEntries: number
}

/**
 * Each memory may grow by what all of them leave of the cap at their start: whoever needs it gets it. That
 * they do not get it twice, metered code sees to. A smaller declared maximum stays. A definition with a
 * maximum still satisfies importers that state none (core spec, "Import Matching"). Starting above a cap is `too-large`; shared and 64-bit ones are
 * `unsupported`, each with a `detail` that names it. A module counts as often as it is
 * instantiated.
 */
export function boundCoreModules(
  bytes: Uint8Array,
  caps: CoreCaps,
): Result<Uint8Array, ComponentFault> {
  const kind = classify(bytes)
  if (kind !== 'component') return err({ reason: kind })
  return attempt(() => {
    const room = roomToGrow(bytes, caps.maxMemoryPages)
    return rewriteComponent(bytes, (layer, id, body) => {
      if (layer === 'core' && id === CORE_SECTION.memory) {
        return list(readMemories(body), (memory) => {
          expectStart(memory, caps.maxMemoryPages, 'a memory')
          return limited(memory, Math.min(memory.min + room, caps.maxMemoryPages))
        })
      }
      if (layer === 'core' && id === CORE_SECTION.table) {
        return list(readTables(body), (table) => {
          expectStart(table, caps.maxTableEntries, 'a table')
          return piece(Uint8Array.of(table.type), limited(table, caps.maxTableEntries))
        })
      }
      return piece(body)
    })
  })
}

/** By how many pages one memory may grow, if no other does, so that all of them stay within `cap`. */
function roomToGrow(bytes: Uint8Array, cap: number): number {
  const modules = new Map<number, Definitions>()
  let pages = 0
  let memories = 0
  let tables = 0
  let weight = 0
  for (const span of instantiateComponent(parseComponent(bytes)).coreInstances) {
    const defined = modules.get(span.start) ?? definitionsOf(bytes, span)
    modules.set(span.start, defined)
    memories += defined.memories
    pages += defined.pages
    tables += defined.tables
    weight += defined.weight
  }
  if (memories > COMPONENT_LIMITS.MAX_MEMORIES) refuse('too-large', `${memories} memories`)
  if (tables > COMPONENT_LIMITS.MAX_TABLES) refuse('too-large', `${tables} tables`)
  if (weight > COMPONENT_LIMITS.MAX_INSTANCES_WEIGHT) {
    refuse('too-large', 'what its core instances start with: entries, data, imports and exports')
  }
  if (pages > cap) refuse('too-large', `memories that start with ${pages} of at most ${cap}`)
  return cap - pages
}

/**
 * What one instance of a core module brings: how many of each, the pages that its memories start with, and
 * what making it takes.
 */
interface Definitions {
  memories: number
  pages: number
  tables: number
  weight: number
}

function definitionsOf(bytes: Uint8Array, { start, end }: Span): Definitions {
  const defined: Definitions = { memories: 0, pages: 0, tables: 0, weight: INSTANCE_WEIGHT }
  for (const { id, body } of sections(Reader.over(bytes.subarray(start + PREAMBLE_BYTES, end)))) {
    const part = body.bytes.subarray(body.position, body.end)
    defined.weight += sectionWeight(id, part)
    if (id === CORE_SECTION.memory) {
      const memories = readMemories(part)
      defined.memories += memories.length
      defined.pages += memories.reduce((sum, { min }) => sum + min, 0)
    }
    if (id === CORE_SECTION.table) defined.tables += readTables(part).length
  }
  return defined
}

function readMemories(body: Uint8Array): Limits[] {
  const reader = Reader.over(body)
  const memories = reader.vector(() => readLimits(reader))
  reader.expectEnd()
  return memories
}

interface Table extends Limits {
  readonly type: number
}

/**
 * A table that starts with `0x40 0x00` brings an initial value; no toolchain for components does.
 */
const WITH_INITIAL_VALUE = 0x40

function readTables(body: Uint8Array): Table[] {
  const reader = Reader.over(body)
  const tables = reader.vector(() => {
    if (reader.peek() === WITH_INITIAL_VALUE) refuse('unsupported', 'a table with an initial value')
    return { type: readRefType(reader), ...readLimits(reader) }
  })
  reader.expectEnd()
  return tables
}

function expectStart({ min, max }: Limits, cap: number, what: string): void {
  if (min > cap) refuse('too-large', `${what} that starts with ${min} of at most ${cap}`)
  if (max !== null && max < min) refuse('malformed', `${what} with a maximum below its start`)
}

function limited({ min, max }: Limits, cap: number): Piece {
  return piece(Uint8Array.of(1), leb128(min), leb128(max === null ? cap : Math.min(max, cap)))
}

function list<T>(items: readonly T[], write: (item: T) => Piece): Piece {
  return pieces([leb128(items.length), ...items.map(write)])
}
