// The `///` comments of a WIT package, from the `package-docs` custom section that some toolchains
// keep. They are a stranger's words: neutralised and cut here, quoted as such wherever they are
// shown.

import { attempt, Reader } from './binary.ts'
import type { Cleaner } from './cleaner.ts'
import { cleaner } from './cleaner.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { expectPreamble, SECTION, sections } from './sections.ts'

/**
 * Lookups by WIT names; null where nothing was written. Interfaces go by their full exported name.
 */
export interface PackageDocs {
  functionDocs(interfaceName: string | null, functionName: string): string | null
  /** WIT text alone has these. */
  paramDocs(interfaceName: string | null, functionName: string, paramName: string): string | null
  typeDocs(interfaceName: string | null, typeName: string): string | null
  /** Of a record's field, a variant's or enum's case, or a flag. */
  itemDocs(interfaceName: string | null, typeName: string, itemName: string): string | null
}

export const NO_DOCS: PackageDocs = {
  functionDocs: () => null,
  paramDocs: () => null,
  typeDocs: () => null,
  itemDocs: () => null,
}

/** What `docs` has no words for, in those of `others`. */
export function withFallback(docs: PackageDocs, others: PackageDocs): PackageDocs {
  return {
    functionDocs: (...names) => docs.functionDocs(...names) ?? others.functionDocs(...names),
    paramDocs: (...names) => docs.paramDocs(...names) ?? others.paramDocs(...names),
    typeDocs: (...names) => docs.typeDocs(...names) ?? others.typeDocs(...names),
    itemDocs: (...names) => docs.itemDocs(...names) ?? others.itemDocs(...names),
  }
}

/**
 * The first well-formed section at any depth counts. Anything that is not as it should be is no
 * docs.
 */
export function readDocs(bytes: Uint8Array): PackageDocs {
  const found = attempt(() => findDocs(Reader.over(bytes), 0))
  return found.ok && found.value !== null ? lookups(found.value) : NO_DOCS
}

const SECTION_NAME = 'package-docs'
const VERSIONS = [0, 1]

function findDocs(reader: Reader, depth: number): JsonObject | null {
  if (depth > COMPONENT_LIMITS.MAX_NESTING_DEPTH) return null
  expectPreamble(reader, 'component')
  for (const { id, body } of sections(reader)) {
    if (id !== SECTION.component && id !== SECTION.custom) continue
    const found = id === SECTION.component ? findDocs(body, depth + 1) : readSection(body)
    if (found !== null) return found
  }
  return null
}

/** One version byte, then UTF-8 JSON (wit-component's encoding of package metadata). */
function readSection(reader: Reader): JsonObject | null {
  const length = reader.u32()
  if (length !== SECTION_NAME.length || reader.end - reader.position < length + 1) return null
  const start = reader.position + length
  const name = String.fromCharCode(...reader.bytes.subarray(reader.position, start))
  if (name !== SECTION_NAME || !VERSIONS.includes(reader.bytes[start] ?? -1)) return null
  const json = reader.bytes.subarray(start + 1, reader.end)
  if (json.length > COMPONENT_LIMITS.MAX_DOCS_BYTES) return null
  try {
    const parsed: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(json),
    )
    return isObject(parsed) ? parsed : null
  } catch {
    return null
  }
}

/** Every lookup goes through all of them; a component has one. */
const MAX_WORLDS = 8

/** Worlds are searched by what they hold, not by name: encoding renames them to `root`. */
function lookups(root: JsonObject): PackageDocs {
  const worlds = children(root, 'worlds').slice(0, MAX_WORLDS)

  const places = (interfaceName: string | null): JsonObject[] => {
    if (interfaceName === null) return worlds
    const label = interfaceName.replace(/@.*$/, '').replace(/^.*\//, '')
    const inWorlds = worlds.map((world) => member(member(world, 'interface_exports'), label))
    return [member(member(root, 'interfaces'), label), ...inWorlds]
  }

  const typesNamed = (interfaceName: string | null, name: string): JsonObject[] =>
    places(interfaceName).map((place) => member(member(place, 'types'), name))

  const description = cleaner(COMPONENT_LIMITS.MAX_DESCRIPTION_CHARS)
  const field = cleaner(COMPONENT_LIMITS.MAX_FIELD_DOCS_CHARS)
  return {
    functionDocs: (interfaceName, name) => {
      const entries = places(interfaceName).flatMap((place) => [
        own(member(place, 'func_exports'), name),
        own(member(place, 'funcs'), name),
      ])
      return first(entries, description)
    },
    paramDocs: () => null,
    typeDocs: (interfaceName, name) => first(typesNamed(interfaceName, name), field),
    itemDocs: (interfaceName, name, item) =>
      first(
        typesNamed(interfaceName, name).map((type) => own(member(type, 'items'), item)),
        field,
      ),
  }
}

/** Version 0 writes a string where version 1 writes `{docs}`; both occur. */
function first(entries: readonly unknown[], clean: Cleaner): string | null {
  for (const entry of entries) {
    const text = isObject(entry) ? own(entry, 'docs') : entry
    const shown = typeof text === 'string' ? clean(text) : null
    if (shown !== null) return shown
  }
  return null
}

type JsonObject = Readonly<Record<string, unknown>>

const EMPTY: JsonObject = {}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function member(object: JsonObject, key: string): JsonObject {
  const value = own(object, key)
  return isObject(value) ? value : EMPTY
}

function children(object: JsonObject, key: string): JsonObject[] {
  return Object.values(member(object, key)).filter(isObject)
}
