// Removes custom sections at every depth: debug information, names, producers and docs make up most
// of a component's bytes, and `package-docs` that name another world make the transpiler fail.

import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import { attempt } from './binary.ts'
import { classify } from './classify.ts'
import type { ComponentFault } from './fault.ts'
import { piece, rewriteComponent } from './rewrite.ts'
import { CORE_SECTION, SECTION } from './sections.ts'

/** A new binary without custom sections; everything else is as it was. Read docs before this. */
export function stripCustomSections(bytes: Uint8Array): Result<Uint8Array, ComponentFault> {
  const kind = classify(bytes)
  if (kind !== 'component') return err({ reason: kind })
  return attempt(() =>
    rewriteComponent(bytes, (layer, id, body) => {
      const custom = layer === 'core' ? CORE_SECTION.custom : SECTION.custom
      return id === custom ? null : piece(body)
    }),
  )
}
