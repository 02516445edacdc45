// The message of a trap leaves its isolate longer than it is told: what is cut there is cut before anybody knows what
// of it is secret.

import { expect, it } from 'vitest'
import { trapMessage } from '../../src/sandbox/halt.ts'

it('is all there where a part of it is told, and bounded', () => {
  const words = `${'x'.repeat(990)}sk-live-0123456789abcdef0123456789abcdef`
  expect(trapMessage(new Error(words))).toBe(`Error: ${words}`)
  expect(trapMessage('y'.repeat(1_000_000))).toHaveLength(16_384)
})
