// Gives every memory and table that a component defines a maximum, in each core module at any depth, so
// that growing stops at ours instead of at the engine's. It bounds each one, not their sum.

import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import { attempt, Reader, refuse } from './binary.ts'
import { classify } from './classify.ts'
import type { Limits } from './core-types.ts'
import { readLimits, readRefType } from './core-types.ts'
import type { ComponentFault } from './fault.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type { Piece } from './rewrite.ts'
import { leb128, piece, rewriteComponent } from './rewrite.ts'
import { CORE_SECTION } from './sections.ts'

/** Pages are 64 KiB of one memory; entries are those of one table. */
export interface CoreCaps {
  readonly maxMemoryPages: number
  readonly maxTableEntries: number
}

/**
 * The maximum becomes the smaller of the declared one and the cap: a definition with a maximum still
 * satisfies importers that state none (core spec, "Import Matching"). An initial size above the cap is
 * `too-large`; shared and 64-bit ones are `unsupported`, each with a `detail` that names it.
 */
export function boundCoreModules(
  bytes: Uint8Array,
  caps: CoreCaps,
): Result<Uint8Array, ComponentFault> {
  const kind = classify(bytes)
  if (kind !== 'component') return err({ reason: kind })
  const defined = { memories: 0, tables: 0 }
  return attempt(() =>
    rewriteComponent(bytes, (layer, id, body) => {
      if (layer === 'core' && id === CORE_SECTION.memory) {
        const memories = readMemories(body)
        defined.memories += memories.length
        if (defined.memories > COMPONENT_LIMITS.MAX_MEMORIES) refuse('too-large', 'memories')
        return list(memories.map((limits) => bounded(limits, caps.maxMemoryPages, 'a memory')))
      }
      if (layer === 'core' && id === CORE_SECTION.table) {
        const tables = readTables(body)
        defined.tables += tables.length
        if (defined.tables > COMPONENT_LIMITS.MAX_TABLES) refuse('too-large', 'tables')
        return list(
          tables.map(({ type, limits }) =>
            piece(Uint8Array.of(type), bounded(limits, caps.maxTableEntries, 'a table')),
          ),
        )
      }
      return piece(body)
    }),
  )
}

function readMemories(body: Uint8Array): Limits[] {
  const reader = Reader.over(body)
  const memories = reader.vector(() => readLimits(reader))
  reader.expectEnd()
  return memories
}

/** A table that starts with `0x40 0x00` brings an initial value; no toolchain for components does. */
const WITH_INITIAL_VALUE = 0x40

function readTables(body: Uint8Array): { type: number; limits: Limits }[] {
  const reader = Reader.over(body)
  const tables = reader.vector(() => {
    if (reader.peek() === WITH_INITIAL_VALUE) refuse('unsupported', 'a table with an initial value')
    return { type: readRefType(reader), limits: readLimits(reader) }
  })
  reader.expectEnd()
  return tables
}

function bounded({ min, max }: Limits, cap: number, what: string): Piece {
  if (min > cap) refuse('too-large', `${what} that starts with ${min} of at most ${cap}`)
  if (max !== null && max < min) refuse('malformed', `${what} with a maximum below its start`)
  return piece(Uint8Array.of(1), leb128(min), leb128(max === null ? cap : Math.min(max, cap)))
}

function list(items: readonly Piece[]): Piece {
  return piece(leb128(items.length), ...items)
}
