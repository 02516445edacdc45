import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../../src/component/decode.ts'
import { stripCustomSections } from '../../src/component/strip.ts'
import { component, componentBytes, custom, moduleBytes, section } from './support/binary.ts'
import { builtComponent, fromWit, transpile } from './support/toolchain.ts'

function stripped(bytes: Uint8Array): Uint8Array {
  const result = stripCustomSections(bytes)
  if (!result.ok) throw new Error(result.error.reason)
  return result.value
}

const SECRET = [...new TextEncoder().encode('debug-info-here')]

const holds = (bytes: Uint8Array, part: readonly number[]): boolean =>
  Buffer.from(bytes).includes(Buffer.from(part))

describe('stripCustomSections', () => {
  it('removes custom sections at every depth and nothing else', () => {
    const types = section(7, [1, 0x7f])
    const bytes = component(
      custom('a', SECRET),
      section(1, moduleBytes(custom('name', SECRET), section(1, [0]), custom('.debug', SECRET))),
      section(4, componentBytes(custom('b', SECRET), types, section(1, moduleBytes()))),
      types,
      custom('package-docs', SECRET),
    )
    const expected = component(
      section(1, moduleBytes(section(1, [0]))),
      section(4, componentBytes(types, section(1, moduleBytes()))),
      types,
    )
    expect(stripped(bytes)).toEqual(expected)
  })

  it('encodes sizes again where they need fewer bytes', () => {
    const bytes = component(section(4, componentBytes(custom('long', Array(5000).fill(1)))))
    expect(stripped(bytes)).toEqual(component(section(4, componentBytes())))
  })

  it('leaves a component without custom sections as it is', () => {
    const once = stripped(component(custom('x', SECRET), section(7, [1, 0x7f])))
    expect(stripped(once)).toEqual(once)
  })

  it('keeps what a component exports, and what jco makes of it', async () => {
    const bytes = await fromWit('package a:b; world w { export f: func(x: list<string>) -> u8; }')
    const padded = Uint8Array.from([...bytes, ...custom('package-docs', [9, ...SECRET])])
    expect(decodeComponent(stripped(padded))).toEqual(decodeComponent(bytes))
    expect((await transpile(stripped(padded))).exports).toEqual([['f', 'function']])
    expect(holds(stripped(padded), SECRET)).toBe(false)
  })

  it('shrinks a built component and keeps its model', async () => {
    const bytes = await builtComponent('components/fetch/fetch.wasm')
    const small = stripped(bytes)
    expect(small.length).toBeLessThan(bytes.length)
    expect(decodeComponent(small)).toEqual(decodeComponent(bytes))
  })

  it('refuses what is no component', () => {
    expect(stripCustomSections(Uint8Array.from(moduleBytes()))).toMatchObject({
      error: { reason: 'core-module' },
    })
    const cut = component(custom('x', SECRET)).subarray(0, 14)
    expect(stripCustomSections(cut)).toMatchObject({ error: { reason: 'truncated' } })
  })
})
