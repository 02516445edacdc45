import { describe, expect, it } from 'vitest'
import { withResources } from '../../src/compiler/resources.ts'
import { transpile } from '../component/support/toolchain.ts'
import { composed } from '../support/composed.ts'
import { twoCounters } from '../support/counters.ts'

describe('withResources', () => {
  it.each([
    ['parts that share a resource', composed, 1],
    ['two resources of one name', twoCounters, 2],
  ])('finds all that it looks for in the code of %s', async (_, component, definers) => {
    const { source } = await transpile(await component())
    const made = withResources(source)
    if (!made.ok) throw new Error(made.error)
    expect(made.value.match(/ = _newResource\.bind\(/g)).toHaveLength(definers)
    const ends = made.value.match(/symbolDispose, \{[^}]*\}/g) ?? []
    expect(ends.length).toBeGreaterThan(0)
    // Each ends itself, not the one that a variable happens to name by then.
    for (const end of ends) expect(end).not.toMatch(/\b(?:rsc|handle)\d/)
  })

  it('leaves alone what has no resources, and refuses another way to keep them', () => {
    expect(withResources('const plain = 1;')).toEqual({ ok: true, value: 'const plain = 1;' })
    const other =
      '  function rscTableCreateOwn(table, rep) {\n  }\n  const t = rscTableCreateOwn.bind(table0);'
    expect(withResources(other)).toMatchObject({ ok: false })
  })
})
