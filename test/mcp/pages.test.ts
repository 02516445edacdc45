import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_ENTRIES, pageOf } from '../../src/mcp/pages.ts'

const names = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `tool-${from + at}`)
const same = (name: string): string => name

/** Every page, by the cursors that the pages give. */
function read(list: (page: number) => readonly string[]): string[] {
  const found: string[] = []
  let cursor: string | undefined
  for (let page = 0; page === 0 || cursor !== undefined; page += 1) {
    const next = pageOf(list(page), cursor, same)
    if (!next.ok) throw new Error(next.error)
    found.push(...next.value.entries)
    cursor = next.value.nextCursor
  }
  return found
}

describe('pageOf', () => {
  it('gives up to a thousand entries at once, without a cursor', () => {
    const all = names(0, PAGE_ENTRIES)
    expect(pageOf(all, undefined, same)).toEqual({
      ok: true,
      value: { entries: all, nextCursor: undefined },
    })
  })

  it('gives each entry once, in order, however many there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 * PAGE_ENTRIES }), (count) => {
        const all = names(0, count)
        expect(read(() => all)).toEqual(all)
      }),
      { numRuns: 20 },
    )
  })

  it('neither leaves out nor repeats what stays, where something is added or removed meanwhile', () => {
    const before = names(0, 2_500)
    const grown = ['new', ...before]
    expect(read((page) => (page === 0 ? before : grown))).toEqual(before)
    const shrunk = before.slice(10)
    expect(read((page) => (page === 0 ? before : shrunk))).toEqual(before)
    const withoutLast = before.filter((name) => name !== 'tool-999')
    expect(read((page) => (page === 0 ? before : withoutLast))).toEqual(before)
  })

  it('ends a page before it grows too long, but not before its first entry', () => {
    const all = ['a'.repeat(40), 'b', 'c'.repeat(40), 'd', 'e', 'f', 'g'.repeat(40)]
    const pages: (readonly string[])[] = []
    let cursor: string | undefined
    do {
      const page = pageOf(all, cursor, same, { entries: 3, chars: 20 })
      if (!page.ok) throw new Error(page.error)
      pages.push(page.value.entries)
      cursor = page.value.nextCursor
    } while (cursor !== undefined)
    expect(pages.map((page) => page.map(([first]) => first).join(''))).toEqual([
      'a',
      'b',
      'c',
      'def',
      'g',
    ])
  })

  it('takes no cursor that it did not write', () => {
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        expect(pageOf(names(0, 3), cursor, same)).toEqual({ ok: false, error: 'bad-cursor' })
      }),
    )
    for (const json of ['{}', '[1,2]', '["a",-1]', '["a",1.5]', '["a"]']) {
      expect(pageOf(names(0, 3), btoa(json), same).ok, json).toBe(false)
    }
  })
})
