// The outermost layer of a binary: its header and its sections. Components and core modules have
// the same framing (Binary.md, "Component Definitions"); nothing is read inside a section here.

import type { Reader } from './binary.ts'
import { refuse } from './binary.ts'

export const PREAMBLE_BYTES = 8

/** The four bytes after `\0asm`: version and layer. */
export const LAYER = { core: 0x00000001, component: 0x0001000d } as const

export const CORE_SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  tag: 13,
  last: 13,
} as const

export const SECTION = {
  custom: 0,
  coreModule: 1,
  coreInstance: 2,
  coreType: 3,
  component: 4,
  instance: 5,
  alias: 6,
  type: 7,
  canon: 8,
  start: 9,
  import: 10,
  export: 11,
} as const

export interface Section {
  readonly id: number
  readonly body: Reader
}

/** Reads the eight bytes of the header and refuses another layer than the one expected here. */
export function expectPreamble(reader: Reader, layer: keyof typeof LAYER): void {
  for (const byte of [0x00, 0x61, 0x73, 0x6d]) {
    if (reader.byte() !== byte) reader.malformed('a part without a WebAssembly header')
  }
  const found = reader.byte() + reader.byte() * 2 ** 8 + reader.byte() * 2 ** 16
  if (found + reader.byte() * 2 ** 24 !== LAYER[layer]) {
    refuse('unsupported', `another version or layer than that of a ${layer} binary`)
  }
}

/** The sections after the header, in file order, each with a reader of its own bytes. */
export function* sections(reader: Reader): Generator<Section, void, undefined> {
  while (!reader.done) {
    const id = reader.byte()
    const length = reader.u32()
    yield { id, body: reader.take(length) }
  }
}
