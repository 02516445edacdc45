// The icon that a component brings: the content of a custom section `wassette-edge:icon`, of the component itself or
// of a part of it, so that any language or a step after the build can write it.

import type { Result } from '../policy/result.ts'
import { attempt, Reader, refuse } from './binary.ts'
import type { ComponentFault } from './fault.ts'
import { ICON_LIMITS, readPicture } from './icon.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { leb128 } from './rewrite.ts'
import { CORE_SECTION, expectPreamble, SECTION, sections } from './sections.ts'

export const ICON_SECTION = 'wassette-edge:icon'

/** `content` is a part of the component's bytes. */
interface Found {
  readonly depth: number
  readonly content: Uint8Array
}

/**
 * The outermost one, of several the last, so that one that is appended counts. What is no picture counts as
 * absent: whoever loads a component cannot mend it, and it decides nothing. `null`: there is none.
 */
export function readIcon(bytes: Uint8Array): Result<Uint8Array | null, ComponentFault> {
  return attempt(() => inLayer(Reader.over(bytes), 'component', 0, null)?.content.slice() ?? null)
}

/** The one that counts, of `before` and those in here: however many there are, one is held. */
function inLayer(
  reader: Reader,
  layer: 'component' | 'core',
  depth: number,
  before: Found | null,
): Found | null {
  let best = before
  if (depth > COMPONENT_LIMITS.MAX_NESTING_DEPTH) refuse('too-deep')
  expectPreamble(reader, layer)
  for (const { id, body } of sections(reader)) {
    if (layer === 'component' && id === SECTION.component) {
      best = inLayer(body, 'component', depth + 1, best)
    }
    if (layer === 'component' && id === SECTION.coreModule) {
      best = inLayer(body, 'core', depth + 1, best)
    }
    if (id !== (layer === 'core' ? CORE_SECTION.custom : SECTION.custom)) continue
    if (best !== null && best.depth < depth) continue
    const content = contentOf(body)
    if (content !== null && readPicture(content).ok) best = { depth, content }
  }
  return best
}

function contentOf(section: Reader): Uint8Array | null {
  const length = section.u32()
  const rest = section.bytes.subarray(section.position, section.end)
  if (length !== ICON_SECTION.length || rest.length > length + ICON_LIMITS.BYTES) return null
  const name = String.fromCharCode(...rest.subarray(0, length))
  return name === ICON_SECTION ? rest.subarray(length) : null
}

/** The same bytes with this picture as its icon: a section at the end, as any tool could append it. */
export function withIcon(bytes: Uint8Array, picture: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode(ICON_SECTION)
  const parts = [Uint8Array.of(name.length), name, picture]
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const all = [bytes, Uint8Array.of(SECTION.custom), leb128(length), ...parts]
  const made = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of all) {
    made.set(part, at)
    at += part.length
  }
  return made
}
