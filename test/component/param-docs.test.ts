import { describe, expect, it } from 'vitest'
import { listedParams } from '../../src/component/param-docs.ts'

const listed = (docs: string, ...wanted: string[]) =>
  Object.fromEntries(listedParams(docs, new Set(wanted)))

describe('listedParams', () => {
  it('reads lists and tags', () => {
    expect(listed('Gets.\n- url: The page.\n* `max-size`: Bytes.', 'url', 'max-size')).toEqual({
      url: 'The page.',
      'max-size': 'Bytes.',
    })
    expect(listed('@param url The page.\n@param max - Bytes.', 'url', 'max')).toEqual({
      url: 'The page.',
      max: 'Bytes.',
    })
  })

  it('goes on with indented lines, and ends at any other', () => {
    const docs = '- url: The page,\n  with its scheme.\n  - max: Bytes.\n\n  Not of it.'
    expect(listed(docs, 'url', 'max')).toEqual({
      url: 'The page, with its scheme.',
      max: 'Bytes.',
    })
  })

  it('passes over what is not a parameter, says nothing, or comes a second time', () => {
    const docs = '- other: No.\n  - url: One.\n- url: Two.\n- max:\n- max'
    expect(listed(docs, 'url', 'max', 'constructor')).toEqual({ url: 'One.' })
    expect(listed('The url: a page.', 'url')).toEqual({})
  })
})
