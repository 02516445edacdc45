// The names in a core module: what it imports and what it exports. Its code is not read here;
// engines validate it, and fuel is compiled into it elsewhere.

import { Reader } from './binary.ts'
import { readCoreImport } from './core-types.ts'
import { expectCoreName } from './name-forms.ts'
import { CORE_SECTION, expectPreamble, sections } from './sections.ts'
import type { Span } from './syntax.ts'

/** A function, a table, a memory, a global or a tag. */
const LAST_EXPORT_KIND = 4

/**
 * Refuses (see `binary.ts`) a name that may not stand in generated code; call it inside `attempt`.
 */
export function checkCoreModule(bytes: Uint8Array, { start, end }: Span): void {
  const reader = Reader.over(bytes.subarray(start, end))
  expectPreamble(reader, 'core')
  for (const { id, body } of sections(reader)) {
    if (id > CORE_SECTION.last) body.malformed('a section that core modules do not have')
    if (id === CORE_SECTION.import) {
      body.vector(() => readCoreImport(body))
      body.expectEnd()
    }
    if (id === CORE_SECTION.export) {
      body.vector(() => {
        expectCoreName(body.name(), 'the name of a core export')
        if (body.byte() > LAST_EXPORT_KIND) body.malformed('a kind of core export')
        body.u32()
      })
      body.expectEnd()
    }
  }
}
