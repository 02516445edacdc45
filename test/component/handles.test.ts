import { describe, expect, it } from 'vitest'
import { fromPlaceholder, handlePattern, placeholderOf } from '../../src/component/handles.ts'
import type { WitHandle } from '../../src/component/wit.ts'

const ID = '0123456789abcdef'.repeat(2)

const handleOf = (prefix: string): WitHandle => ({
  kind: 'own',
  resource: 'r',
  home: { interface: 'a:b/c', name: 'r', prefix },
})

describe('handlePattern', () => {
  it.each(['r', '/r', 'c/r', 'a:b/c@1.0.0/r', 'a:b/c@1.0.0-rc.1+x.2/r'])(
    'takes the handles that begin with %s',
    (prefix) => {
      const given = fromPlaceholder(handleOf(prefix), placeholderOf(ID))
      expect(given).toBe(`${prefix}:${ID}`)
      expect(handlePattern(handleOf(prefix)).test(given ?? '')).toBe(true)
    },
  )

  it('takes `.` and `+` for themselves', () => {
    const pattern = handlePattern(handleOf('a:b/c@1.0.0+x/r'))
    for (const other of ['a:b/c@1.0.00x/r', 'a:b/c@1.0.0x/r', 'a:b/c@1x0.0+x/r']) {
      expect(pattern.test(`${other}:${ID}`)).toBe(false)
    }
  })
})
