// Types where they occur in code: read to step over them, those of other proposals refused.

import { refuse } from './binary.ts'
import type { CodeCursor } from './code-cursor.ts'

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
