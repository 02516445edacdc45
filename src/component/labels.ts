// The labels that a component gives itself (`policy/labels.ts`): custom sections `wassette-edge:labels` at any
// depth, in components and core modules, so that any language or a step after the build can write them. They
// only ever add: what is not there takes nothing away from what the component does.

import type { LabelSet } from '../policy/labels.ts'
import { Label, LABELS, union } from '../policy/labels.ts'
import type { Result } from '../policy/result.ts'
import { attempt, Reader, refuse } from './binary.ts'
import type { ComponentFault } from './fault.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { CORE_SECTION, expectPreamble, SECTION, sections } from './sections.ts'

export const LABELS_SECTION = 'wassette-edge:labels'
/** Bytes of one section: three words, several times over. */
const MAX_BYTES = 256

/** Of a component. A word that is no label is a fault: its author meant to say something. */
export function readLabels(bytes: Uint8Array): Result<LabelSet, ComponentFault> {
  return attempt(() => {
    const found = new Set<Label>()
    inComponent(Reader.over(bytes), 0, found)
    return union([...found])
  })
}

function inComponent(reader: Reader, depth: number, found: Set<Label>): void {
  if (depth > COMPONENT_LIMITS.MAX_NESTING_DEPTH) refuse('too-deep')
  expectPreamble(reader, 'component')
  for (const { id, body } of sections(reader)) {
    if (id === SECTION.component) inComponent(body, depth + 1, found)
    if (id === SECTION.coreModule) inModule(body, found)
    if (id === SECTION.custom) addWords(body, found)
  }
}

function inModule(reader: Reader, found: Set<Label>): void {
  expectPreamble(reader, 'core')
  for (const { id, body } of sections(reader)) {
    if (id === CORE_SECTION.custom) addWords(body, found)
  }
}

/** Labels in UTF-8 with white space or commas between. */
function addWords(section: Reader, found: Set<Label>): void {
  const length = section.u32()
  if (length !== LABELS_SECTION.length || section.end - section.position < length) return
  const bytes = section.bytes.subarray(section.position, section.end)
  if (ascii(bytes.subarray(0, length)) !== LABELS_SECTION) return
  const content = bytes.subarray(length)
  if (content.length > MAX_BYTES) refuse('bad-labels', 'a section that is too long')
  for (const word of ascii(content).split(/[\s,]+/)) if (word !== '') found.add(labelOf(word))
}

function labelOf(word: string): Label {
  const label = Label.safeParse(word)
  return label.success ? label.data : refuse('bad-labels', `known are ${LABELS.join(', ')}`)
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

/** The same bytes with labels more: a section at the end, as any tool could append it. */
export function withLabels(bytes: Uint8Array, labels: LabelSet): Uint8Array {
  const utf8 = new TextEncoder()
  const content = utf8.encode(
    `${String.fromCharCode(LABELS_SECTION.length)}${LABELS_SECTION}${union(labels).join(' ')}`,
  )
  const made = new Uint8Array(bytes.length + 2 + content.length)
  made.set(bytes)
  // Three words fit into a length of one byte.
  made.set([SECTION.custom, content.length], bytes.length)
  made.set(content, bytes.length + 2)
  return made
}
