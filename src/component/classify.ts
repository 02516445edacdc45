// What kind of file a caller gave us, from its first bytes and the numbers of its sections, so that
// each wrong kind gets its own advice. Says nothing about whether the rest is well formed.

import { attempt, Reader } from './binary.ts'
import { readExternName, readExternType, readSortIndex } from './parse-items.ts'
import { readPresent } from './parse-types.ts'
import type { Section } from './sections.ts'
import { LAYER, PREAMBLE_BYTES, SECTION, sections } from './sections.ts'

export type BinaryKind =
  | 'component'
  | 'core-module'
  | 'wit-package'
  | 'truncated'
  | 'empty'
  | 'not-wasm'

const MAGIC = [0x00, 0x61, 0x73, 0x6d] as const

export function classify(bytes: Uint8Array): BinaryKind {
  if (bytes.length === 0) return 'empty'
  if (!MAGIC.every((byte, at) => at >= bytes.length || bytes[at] === byte)) return 'not-wasm'
  if (bytes.length < PREAMBLE_BYTES) return 'truncated'
  const layer = new DataView(bytes.buffer, bytes.byteOffset + MAGIC.length, 4).getUint32(0, true)
  if (layer === LAYER.core) return 'core-module'
  // Of another version, but of the component layer: reading it further says what is unsupported.
  if (layer !== LAYER.component) return layer >>> 16 === 1 ? 'component' : 'not-wasm'
  const reader = Reader.over(bytes)
  reader.take(PREAMBLE_BYTES)
  const read = attempt(() => [...sections(reader)])
  if (!read.ok) return read.error.reason === 'truncated' ? 'truncated' : 'component'
  return isWitPackage(read.value) ? 'wit-package' : 'component'
}

/** A WIT package has types and exports nothing else (wit-component's encoding of packages). */
function isWitPackage(all: readonly Section[]): boolean {
  const meaningful = all.filter(({ id }) => id !== SECTION.custom)
  if (!meaningful.some(({ id }) => id === SECTION.export)) return false
  if (meaningful.some(({ id }) => id !== SECTION.type && id !== SECTION.export)) return false
  const read = attempt(() =>
    meaningful
      .filter(({ id }) => id === SECTION.export)
      .flatMap(({ body }) =>
        body.vector(() => {
          readExternName(body)
          const { sort } = readSortIndex(body)
          if (readPresent(body)) readExternType(body)
          return sort
        }),
      ),
  )
  return read.ok && read.value.length > 0 && read.value.every((sort) => sort === 'type')
}
