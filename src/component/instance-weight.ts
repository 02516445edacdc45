// What making an instance of a core module takes, by its sections: an engine fills tables and memories and makes
// every import and export, in every call, without any fuel and all in one go. In units of fuel, about.

import { Reader } from './binary.ts'
import { CORE_SECTION } from './sections.ts'

/** The instance itself. */
export const INSTANCE_WEIGHT = 2_000

/** An import or an export, which is an object of JavaScript. */
const LINK = 128
/** Each entry of an element segment has a byte at least. */
const ELEMENT_BYTE = 8
/** A segment, however short. */
const SEGMENT = 16
const DATA_BYTES = 1 / 8
/** Of constant expressions, where globals start. */
const GLOBAL_BYTE = 4

/** `body` is all of the section. Those that are not here take nothing that counts. */
export function sectionWeight(id: number, body: Uint8Array): number {
  switch (id) {
    case CORE_SECTION.import:
    case CORE_SECTION.export:
      return LINK * Reader.over(body).u32()
    case CORE_SECTION.global:
      return GLOBAL_BYTE * body.length
    case CORE_SECTION.element:
      return ELEMENT_BYTE * body.length
    case CORE_SECTION.data:
      return SEGMENT * Reader.over(body).u32() + DATA_BYTES * body.length
    default:
      return 0
  }
}
