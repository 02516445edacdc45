import { describe, expect, it } from 'vitest'
import type { VariableKey } from '../../src/policy/environment.ts'
import {
  ANY_KEY,
  ENVIRONMENT_LIMITS,
  judgeKey,
  parseVariableKey,
  parseVariableValue,
  permittedKeys,
} from '../../src/policy/environment.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { authorityWith } from '../support/authority.ts'

describe('parseVariableKey', () => {
  it.each(['GITHUB_TOKEN', 'a', '_', 'db.host', 'api-key', 'K9', 'x'.repeat(128)])(
    'knows %s',
    (key) => expect(parseVariableKey(key)).toBe(key),
  )

  it.each([
    ['nothing', ''],
    ['a wildcard', '*'],
    ['a wildcard at the end', 'GITHUB_*'],
    ['an assignment', 'A=b'],
    ['NUL', 'A\0'],
    ['a line break at the end', 'A\n'],
    ['a space', 'A B'],
    ['a digit first', '1A'],
    ['a dot first', '.A'],
    ['a path', '../A'],
    ['other alphabets', 'Ключ'],
    ['one character too many', 'x'.repeat(129)],
  ])('refuses %s', (_, key) => expect(parseVariableKey(key)).toBeNull())
})

describe('parseVariableValue', () => {
  it.each(['x', ' ', 'a\nb\n', '=', '*', 'ключ', '😀', 'x'.repeat(ENVIRONMENT_LIMITS.VALUE_BYTES)])(
    'takes %j as it is',
    (value) => expect(parseVariableValue(value)).toEqual({ ok: true, value }),
  )

  it.each([
    ['', 'empty'],
    ['a\0b', 'characters'],
    ['\ud800', 'characters'],
    ['x'.repeat(ENVIRONMENT_LIMITS.VALUE_BYTES + 1), 'too-long'],
    // Counted in bytes: each of these is four.
    ['😀'.repeat(ENVIRONMENT_LIMITS.VALUE_BYTES / 4 + 1), 'too-long'],
  ])('refuses %j', (value, error) =>
    expect(parseVariableValue(value)).toEqual({ ok: false, error }),
  )
})

describe('the environment of an authority', () => {
  const imports = ['wasi:cli/environment@0.2.3']
  const values = new Map([
    ['A', '1'],
    ['B', '2'],
  ])
  const granted = (...rules: string[]) =>
    rules.map((rule) => ({ permission: 'environment' as const, rule }))
  const environment = (rules: string[], from = imports) =>
    authorityWith(from, granted(...rules), values).environment

  it('is empty without a grant, whatever has a value', () => {
    expect(environment([])).toEqual([])
  })

  it('holds what was granted and has a value, and nothing else', () => {
    expect(environment(['A'])).toEqual([['A', '1']])
    expect(environment(['B', 'C', 'A'])).toEqual([
      ['B', '2'],
      ['A', '1'],
    ])
  })

  it.each(['*', 'a', 'A=1', ' A', ''])('is empty for the rule %j: names match exactly', (rule) => {
    expect(environment([rule])).toEqual([])
  })

  it('takes no grant of another kind for one of its own', () => {
    const grants = [{ permission: 'network' as const, rule: 'A' }]
    expect(authorityWith(imports, grants, values).environment).toEqual([])
  })

  it.each(['wasi:config/store@0.2.0-draft', 'wasi:config/store@0.2.0-rc.1'])(
    'is there for a component that imports %s',
    (name) => expect(environment(['A'], [name])).toEqual([['A', '1']]),
  )

  it.each(['wasi:cli/exit@0.2.3', 'wasi:cli/environment-x@0.2.3', 'evil:wasi:cli/environment'])(
    'is empty for a component that imports only %s',
    (name) => expect(environment(['A'], [name])).toEqual([]),
  )
})

describe('permittedKeys', () => {
  it('reads each of a thousand rules a few times only', () => {
    let reads = 0
    const rules = Array.from({ length: 1_000 }, (_, n) => ({
      get text() {
        reads += 1
        return `KEY_${n}`
      },
    }))
    const [denied, ...allowed] = rules
    const layers = [
      layerOf('ceiling', [ANY_KEY]),
      layerOf('grants', rules, denied === undefined ? [] : [denied]),
    ]
    const keys = permittedKeys({ layers })
    expect(reads).toBeLessThan(10_000)
    expect(keys).toEqual(allowed.map(({ text }) => text))
    expect(judgeKey({ layers }, 'KEY_0' as VariableKey)).toMatchObject({ error: { by: 'person' } })
    expect(judgeKey({ layers }, 'OTHER' as VariableKey)).toMatchObject({ error: { by: 'nobody' } })
  })
})
