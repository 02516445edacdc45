// Gives the exports of a component a shape that jco takes, where the component has another one that is as
// good: types exported by the world become imports of the same types, as toolchains write them, and names that
// JavaScript keeps for itself get a prefix.

import type { Result } from '../policy/result.ts'
import { attempt, Reader } from './binary.ts'
import type { ComponentFault } from './fault.ts'
import { hasReservedNames, withFreeNames } from './free-names.ts'
import type { Surface } from './instantiate.ts'
import { instantiateComponent } from './instantiate.ts'
import { parseComponent } from './parse.ts'
import { readExternName, readExternType, readSortIndex } from './parse-items.ts'
import { readPresent } from './parse-types.ts'
import { generatedName } from './reserved.ts'
import { leb128 } from './rewrite.ts'
import { PREAMBLE_BYTES, SECTION, sections } from './sections.ts'

/** A new binary, or the same one when nothing has to change. Its tools stay what they were. */
export function surfaced(given: Uint8Array): Result<Uint8Array, ComponentFault> {
  return attempt(() => {
    const tree = parseComponent(given)
    const first = instantiateComponent(tree)
    const renamed = hasReservedNames(first)
    const bytes = renamed ? withFreeNames(given, tree) : given
    const surface = renamed ? instantiateComponent(parseComponent(bytes)) : first
    if (!isOdd(surface)) return bytes
    const moved = movedTypes(surface)
    const reader = Reader.over(bytes)
    reader.take(PREAMBLE_BYTES)
    const parts: Uint8Array[] = [bytes.subarray(0, PREAMBLE_BYTES)]
    for (const { id, body } of sections(reader)) {
      if (id === SECTION.export) {
        body.vector(() => parts.push(...exportSection(body, moved)))
      } else {
        const content = bytes.subarray(body.position, body.end)
        parts.push(Uint8Array.of(id), leb128(content.length), content)
      }
    }
    return joined(parts)
  })
}

/** One export, as a section of its own: the index spaces grow in the order of the items. */
function exportSection(reader: Reader, moved: ReadonlySet<string>): Uint8Array[] {
  const { name } = readExternName(reader)
  const at = reader.position
  const item = readSortIndex(reader)
  if (readPresent(reader)) readExternType(reader)
  if (item.sort === 'type' && moved.has(name)) {
    return section(SECTION.import, name, Uint8Array.of(0x03, 0x00), leb128(item.index))
  }
  const rest = reader.bytes.subarray(at, reader.position)
  return section(SECTION.export, item.sort === 'type' ? name : generatedName(name), rest)
}

function section(id: number, name: string, ...rest: Uint8Array[]): Uint8Array[] {
  const text = new TextEncoder().encode(name)
  const content = [Uint8Array.of(1, 0), leb128(text.length), text, ...rest]
  return [Uint8Array.of(id), leb128(lengthOf(content)), ...content]
}

/** Types that every party can write out. A resource is another one in every place that defines it. */
function movedTypes({ imports, exports }: Surface): ReadonlySet<string> {
  const imported = new Set(imports.map(([name]) => name))
  return new Set(
    [...exports]
      .filter(([, entity]) => entity.sort === 'type' && entity.type.form === 'value')
      .map(([name]) => name)
      .filter((name) => !imported.has(name)),
  )
}

function isOdd({ exports }: Surface): boolean {
  return [...exports].some(
    ([name, { sort }]) =>
      sort === 'type' || (sort !== 'core-module' && generatedName(name) !== name),
  )
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const output = new Uint8Array(lengthOf(parts))
  let at = 0
  for (const part of parts) {
    output.set(part, at)
    at += part.length
  }
  return output
}
