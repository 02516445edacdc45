// Files of very many small parts, more than a call takes as arguments: each is read or refused, and nothing throws.

import { describe, expect, it } from 'vitest'
import { boundCoreModules } from '../../src/component/bound.ts'
import { readIcon } from '../../src/component/icon-section.ts'
import { readLabels } from '../../src/component/labels.ts'
import { stripCustomSections } from '../../src/component/strip.ts'
import { surfaced } from '../../src/component/surface.ts'
import { ok } from '../../src/policy/result.ts'
import { squarePng } from '../support/png.ts'
import { component, custom, externName, leb, moduleBytes, section } from './support/binary.ts'

const PARTS = 190_000

/** The same bytes `count` times, behind those of `before`. */
function repeated(before: Uint8Array, part: readonly number[], count: number): Uint8Array {
  const bytes = new Uint8Array(before.length + part.length * count)
  bytes.set(before)
  for (let at = before.length; at < bytes.length; at += part.length) bytes.set(part, at)
  return bytes
}

/** A section whose content has so many parts: `before`, their number, the parts. */
const sectionOf = (id: number, before: readonly number[], part: readonly number[], count: number) =>
  repeated(
    Uint8Array.from([
      id,
      ...leb(before.length + leb(count).length + part.length * count),
      ...before,
      ...leb(count),
    ]),
    part,
    count,
  )

const joined = (...parts: (Uint8Array | readonly number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))))

describe('components of very many parts', () => {
  it('are stripped, section by section', () => {
    const bytes = repeated(component(), section(7, [0]), PARTS)
    expect(stripCustomSections(bytes)).toEqual(ok(bytes))
  })

  it('have the labels of all their sections', () => {
    const private32 = custom('wassette-edge:labels', [
      ...new TextEncoder().encode('private '.repeat(32)),
    ])
    expect(readLabels(repeated(component(), private32, 12_000))).toEqual(ok(['private']))
    const single = custom('wassette-edge:labels', [...new TextEncoder().encode('private outward')])
    expect(readLabels(repeated(component(), single, PARTS))).toEqual(ok(['private', 'outward']))
  })

  it('have the last of their icons', () => {
    const icon = custom('wassette-edge:icon', [...squarePng(1, [255, 0, 0])])
    const last = squarePng(1, [0, 0, 255])
    const bytes = joined(
      repeated(component(), icon, PARTS),
      custom('wassette-edge:icon', [...last]),
    )
    expect(readIcon(bytes)).toEqual(ok(last))
  })

  it('have their memories bounded, those that are never made too', () => {
    const memories = joined(moduleBytes(), sectionOf(5, [], [0x00, 0x01], PARTS))
    const bytes = joined(component(), [1, ...leb(memories.length)], memories)
    expect(boundCoreModules(bytes, { maxMemoryPages: 16, maxTableEntries: 100 }).ok).toBe(true)
  })

  it('get free names in every place', () => {
    const exported = [...externName('promise'), 0x03, 0x00]
    const bytes = joined(
      component(section(7, [1, 0x3f, 0x7f, 0x00])),
      sectionOf(5, [1, 0x01], exported, 90_000),
      section(11, [1, ...externName('a:b/c'), 0x05, 0x00, 0x00]),
    )
    expect(surfaced(bytes).ok).toBe(true)
  })
})
