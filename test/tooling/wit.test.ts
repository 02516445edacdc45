import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const COPIES = globSync('{components,test}/**/wit/deps/mcp.wit')

describe('wassette-edge:mcp', () => {
  it('is used by the fixture and by an example', () => {
    expect(COPIES).toEqual(
      expect.arrayContaining([
        'components/chart/wit/deps/mcp.wit',
        'test/fixtures/mcp/wit/deps/mcp.wit',
      ]),
    )
  })

  it.each(COPIES)('is the same in %s', (copy) => {
    expect(readFileSync(copy, 'utf8')).toBe(readFileSync('wit/mcp.wit', 'utf8'))
  })
})
