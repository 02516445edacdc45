import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../src/policy/document.ts'

const POLICIES = globSync('components/*/policy.yaml')

describe('the policy of an example', () => {
  it('is there', () => expect(POLICIES.length).toBeGreaterThan(5))

  it.each(POLICIES)('is one that we enforce: %s', (path) => {
    expect(parsePolicy(readFileSync(path))).toMatchObject({ ok: true })
  })
})

describe('the documentation', () => {
  const text = readFileSync('docs/policy.md', 'utf8')
  const examples = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml)

  it.each(examples)('shows policies that parse: %j', (yaml) => {
    expect(parsePolicy(yaml)).toMatchObject({ ok: true })
  })

  it('shows some', () => expect(examples.length).toBeGreaterThan(3))
})
