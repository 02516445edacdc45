// Writes a component anew, section by section, with one edit applied at every depth. Sizes are
// encoded again; whatever the edit leaves alone is copied byte for byte.

import { Reader, refuse } from './binary.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type { LAYER } from './sections.ts'
import { expectPreamble, PREAMBLE_BYTES, SECTION, sections } from './sections.ts'

/** The new body of a section of a component or of a core module; null leaves the section out. */
export type SectionEdit = (layer: keyof typeof LAYER, id: number, body: Uint8Array) => Piece | null

/** Bytes in pieces, so that nested parts are not copied once for each level around them. */
export interface Piece {
  readonly length: number
  readonly parts: readonly (Uint8Array | Piece)[]
}

/** Refuses (see `binary.ts`) what is not framed as a component; call it inside `attempt`. */
export function rewriteComponent(bytes: Uint8Array, edit: SectionEdit): Uint8Array {
  if (bytes.length > COMPONENT_LIMITS.MAX_COMPONENT_BYTES) refuse('too-large', 'the file')
  const piece = rewriteLayer(Reader.over(bytes), 'component', edit, 0)
  const output = new Uint8Array(piece.length)
  write(piece, output, 0)
  return output
}

export function piece(...parts: (Uint8Array | Piece)[]): Piece {
  return pieces(parts)
}

/** Of as many parts as a stranger's file has: more than a call takes as arguments. */
export function pieces(parts: readonly (Uint8Array | Piece)[]): Piece {
  return { length: parts.reduce((sum, part) => sum + part.length, 0), parts }
}

/** Unsigned LEB128 of a number below 2^32. */
export function leb128(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? low + 128 : low)
  } while (rest > 0)
  return Uint8Array.from(bytes)
}

function rewriteLayer(
  reader: Reader,
  layer: keyof typeof LAYER,
  edit: SectionEdit,
  depth: number,
): Piece {
  if (depth > COMPONENT_LIMITS.MAX_NESTING_DEPTH) refuse('too-deep', 'nested components')
  const { bytes, position } = reader
  expectPreamble(reader, layer)
  const parts: (Uint8Array | Piece)[] = [bytes.subarray(position, position + PREAMBLE_BYTES)]
  for (const { id, body } of sections(reader)) {
    const edited =
      layer === 'component' && id === SECTION.coreModule
        ? rewriteLayer(body, 'core', edit, depth + 1)
        : layer === 'component' && id === SECTION.component
          ? rewriteLayer(body, 'component', edit, depth + 1)
          : edit(layer, id, bytes.subarray(body.position, body.end))
    if (edited !== null) parts.push(Uint8Array.of(id), leb128(edited.length), edited)
  }
  return pieces(parts)
}

/** Returns where it stopped. The depth is that of the components, which is bounded. */
function write(part: Uint8Array | Piece, output: Uint8Array, at: number): number {
  if (part instanceof Uint8Array) {
    output.set(part, at)
    return at + part.length
  }
  return part.parts.reduce((position, inner) => write(inner, output, position), at)
}
