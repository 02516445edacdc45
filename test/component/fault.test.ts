import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../../src/component/decode.ts'
import type { ComponentFault } from '../../src/component/fault.ts'
import { describeFault } from '../../src/component/fault.ts'
import { wat } from './support/toolchain.ts'

const REASONS: readonly ComponentFault['reason'][] = [
  ...(['empty', 'not-wasm', 'core-module', 'wit-package', 'truncated', 'malformed'] as const),
  ...(['too-large', 'too-deep', 'forbidden-name', 'imported-core-module', 'unsupported'] as const),
]

describe('describeFault', () => {
  it('has a sentence of its own for each reason', () => {
    const sentences = REASONS.map((reason) => describeFault({ reason }))
    expect(new Set(sentences).size).toBe(REASONS.length)
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/s)
  })

  it('tells how to make a component of a core module', () => {
    expect(describeFault({ reason: 'core-module' })).toContain('wasm-tools component new')
  })

  it('repeats nothing that the file says about itself', async () => {
    const bytes = await wat(`(component (core module (import "evil'words" "x" (func))))`)
    const decoded = decodeComponent(await wat('(component (import "evil_words" (func)))'))
    expect(JSON.stringify(decoded)).not.toContain('evil')
    expect(describeFault({ reason: 'forbidden-name', detail: 'evil' })).not.toContain('evil')
    expect(bytes.length).toBeGreaterThan(0)
  })
})
