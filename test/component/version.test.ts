import { describe, expect, it } from 'vitest'
import type { ToolModel } from '../../src/component/tools.ts'
import { changeOf, faceOf } from '../../src/component/version.ts'

function tool(name: string, more: Partial<ToolModel> = {}): ToolModel {
  const model = {
    name,
    title: name,
    description: `does ${name}`,
    inputSchema: {},
    outputSchema: null,
  }
  return { ...model, ...more } as ToolModel
}

const BEFORE = faceOf(['wasi:io/poll@0.2.4'], [], [tool('a'), tool('b')])

describe('changeOf', () => {
  it('is nothing where order alone differs', () => {
    expect(changeOf(BEFORE, faceOf(['wasi:io/poll@0.2.4'], [], [tool('b'), tool('a')]))).toBeNull()
  })

  it.each([
    ['an import more', [...BEFORE.imports, 'wasi:http/types@0.2.4'], [tool('a'), tool('b')]],
    ['an import less', [], [tool('a'), tool('b')]],
    ['a tool more', BEFORE.imports, [tool('a'), tool('b'), tool('c')]],
    ['a tool less', BEFORE.imports, [tool('a')]],
    ['another name', BEFORE.imports, [tool('a'), tool('c')]],
    ['another description', BEFORE.imports, [tool('a'), tool('b', { description: 'x' })]],
    ['another title', BEFORE.imports, [tool('a'), tool('b', { title: 'x' })]],
    ['another input', BEFORE.imports, [tool('a'), tool('b', { inputSchema: { type: 'object' } })]],
    ['another output', BEFORE.imports, [tool('a'), tool('b', { outputSchema: {} })]],
    ['a provider now', BEFORE.imports, [tool('a'), tool('b', { provider: true })]],
  ] as const)('sees %s', (_, imports, tools) => {
    expect(changeOf(BEFORE, faceOf(imports, [], tools))).not.toBeNull()
  })

  it('sees a label that the component gives itself, and one that it no longer does', () => {
    const same = [tool('a'), tool('b')]
    const labelled = faceOf(BEFORE.imports, ['private'], same)
    expect(changeOf(labelled, faceOf(BEFORE.imports, ['private'], same))).toBeNull()
    expect(changeOf(labelled, BEFORE)?.imports.removed).toEqual(['wassette-edge:labels/private'])
    expect(changeOf(BEFORE, labelled)?.imports.added).toEqual(['wassette-edge:labels/private'])
  })

  it('shows what a tool said before and says now', () => {
    const after = faceOf(BEFORE.imports, [], [tool('a', { description: 'new words' }), tool('b')])
    expect(changeOf(BEFORE, after)?.tools.changed).toEqual([
      {
        name: 'a',
        description: { before: 'does a', after: 'new words' },
        schema: null,
        provider: null,
      },
    ])
  })
})
