import { describe, expect, it } from 'vitest'
import { readWishes, wishedVariables } from '../../src/mcp/wishes.ts'

const allow = (keys: string) =>
  `version: "1.0"\npermissions:\n  environment:\n    allow: [${keys}]\n  network: {}\n`
const DIGEST = `sha256:${'a'.repeat(64)}`
const OTHER = `sha256:${'b'.repeat(64)}`

describe('readWishes', () => {
  it('reads the keys of a policy, each once', () => {
    expect(readWishes(allow('{key: A}, {key: "b.c"}, {key: A}'))).toEqual(['A', 'b.c'])
  })

  it.each([
    ['nothing', ''],
    ['what is no YAML', 'permissions: [}'],
    ['a policy that wishes for no variable', 'permissions: {}'],
    ['other shapes', 'permissions: {environment: {allow: {key: A}}}'],
    ['names that no variable may have', allow('{key: "*"}, {key: "A=b"}, {key: 1}, {key: [A]}')],
    ['aliases', 'x: &a {key: A}\npermissions: {environment: {allow: [*a]}}'],
    ['two documents', `${allow('{key: A}')}---\n${allow('{key: A}')}`],
    ['a policy that is too long', `${allow('{key: A}')}#${'x'.repeat(64 * 1024)}`],
    ['the keys of a prototype', 'permissions: {__proto__: {environment: {allow: [{key: A}]}}}'],
  ])('wishes for nothing in %s', (_, text) => expect(readWishes(text)).toEqual([]))

  it('tells no more than a component may have', () => {
    const keys = Array.from({ length: 100 }, (_, n) => `{key: K${n}}`).join(', ')
    expect(readWishes(allow(keys))).toHaveLength(64)
  })
})

describe('wishedVariables', () => {
  const catalogue = {
    find: async (name: string) =>
      name !== 'github' ? null : { digest: DIGEST, policy: allow('{key: A}') },
  }
  const of = (source: string, digest: string) => wishedVariables({ source, digest }, catalogue)

  it('are those of the entry that the component came from, in its version', async () => {
    expect(await of('catalogue:github', DIGEST)).toEqual(['A'])
    expect(await of('catalogue:github', OTHER)).toEqual([])
    expect(await of('catalogue:other', DIGEST)).toEqual([])
    expect(await of('upload:github', DIGEST)).toEqual([])
  })
})
