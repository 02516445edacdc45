import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('gives every component the same wassette-edge:mcp', () => {
  const own = readFileSync('wit/mcp.wit', 'utf8')
  expect(readFileSync('test/fixtures/mcp/wit/deps/mcp.wit', 'utf8')).toBe(own)
})
