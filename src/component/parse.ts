// Reads the bytes of a component, nested ones included, into the tree of `syntax.ts`. Every name in
// it has been judged by `name-forms.ts`; the insides of core modules are left to `core-module.ts`.

import { Reader, refuse } from './binary.ts'
import { readCanon } from './canon.ts'
import { readCoreType } from './core-types.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import {
  readAlias,
  readArgument,
  readCoreInstance,
  readExternName,
  readExternType,
  readInlineExport,
  readSortIndex,
} from './parse-items.ts'
import { readPresent, readType } from './parse-types.ts'
import { expectPreamble, SECTION, sections } from './sections.ts'
import type { ComponentSyntax, Definition } from './syntax.ts'

/** Refuses (see `binary.ts`) what is not a component; call it inside `attempt`. */
export function parseComponent(bytes: Uint8Array): ComponentSyntax {
  if (bytes.length > COMPONENT_LIMITS.MAX_COMPONENT_BYTES) refuse('too-large', 'the file')
  return readComponent(Reader.over(bytes), 0)
}

function readComponent(reader: Reader, depth: number): ComponentSyntax {
  if (depth > COMPONENT_LIMITS.MAX_NESTING_DEPTH) refuse('too-deep', 'nested components')
  expectPreamble(reader, 'component')
  const definitions: Definition[] = []
  for (const { id, body } of sections(reader)) {
    switch (id) {
      case SECTION.custom:
        continue
      case SECTION.coreModule:
        definitions.push({ is: 'core-module', span: { start: body.position, end: body.end } })
        continue
      case SECTION.component:
        definitions.push({ is: 'component', component: readComponent(body, depth + 1) })
        continue
      default:
        body.vector(() => {
          const definition = readItem(id, body)
          if (definition !== null) definitions.push(definition)
        })
        body.expectEnd()
    }
  }
  return { definitions }
}

/** One item of a section that is a list; null for core items, which take part in nothing here. */
function readItem(id: number, reader: Reader): Definition | null {
  switch (id) {
    case SECTION.coreInstance: {
      const module = readCoreInstance(reader)
      return module === null ? null : { is: 'core-instantiation', module }
    }
    case SECTION.coreType:
      readCoreType(reader)
      return null
    case SECTION.instance:
      return readInstance(reader)
    case SECTION.alias:
      return readAlias(reader)
    case SECTION.type:
      return { is: 'type', type: readType(reader, 0) }
    case SECTION.canon: {
      const canon = readCanon(reader)
      return canon.is === 'lift' ? canon : null
    }
    case SECTION.import:
      return { is: 'import', ...readExternName(reader), type: readExternType(reader) }
    case SECTION.export: {
      const name = readExternName(reader)
      const item = readSortIndex(reader)
      return {
        is: 'export',
        ...name,
        item,
        type: readPresent(reader) ? readExternType(reader) : null,
      }
    }
    case SECTION.start:
      return refuse('unsupported', 'a start function of the component')
    default:
      return refuse('unsupported', `a section with the number ${id}`)
  }
}

function readInstance(reader: Reader): Definition {
  switch (reader.byte()) {
    case 0x00: {
      const component = reader.u32()
      const args = reader.vector(() => readArgument(reader))
      return { is: 'instantiation', component, args }
    }
    case 0x01:
      return { is: 'inline-instance', exports: reader.vector(() => readInlineExport(reader)) }
    default:
      return reader.malformed('an instance')
  }
}
