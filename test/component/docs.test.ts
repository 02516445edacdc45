import { afterEach, describe, expect, it, vi } from 'vitest'
import { readDocs } from '../../src/component/docs.ts'
import { component, componentBytes, custom, section } from './support/binary.ts'
import { builtComponent } from './support/toolchain.ts'

const encoded = (json: unknown, version = 1): number[] => [
  version,
  ...new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json)),
]

const packageDocs = (json: unknown, version?: number): number[] =>
  custom('package-docs', encoded(json, version))

const read = (json: unknown, version?: number) => readDocs(component(packageDocs(json, version)))

afterEach(() => vi.restoreAllMocks())

describe('readDocs', () => {
  it('finds docs of exported functions, whatever the world is called', () => {
    const docs = read({ worlds: { mine: { func_exports: { fetch: { docs: 'Gets a page.' } } } } })
    expect(docs.functionDocs(null, 'fetch')).toBe('Gets a page.')
    expect(docs.functionDocs(null, 'other')).toBe(null)
    expect(docs.functionDocs('a:b/fetch@0.1.0', 'fetch')).toBe(null)
  })

  it('reads version 0, where entries are strings under funcs', () => {
    const docs = read({ worlds: { w: { funcs: { f: 'Does f.' } } } }, 0)
    expect(docs.functionDocs(null, 'f')).toBe('Does f.')
  })

  it('finds docs of functions of an exported interface by its full name', () => {
    const docs = read({ interfaces: { clock: { funcs: { now: { docs: 'The time.' } } } } })
    expect(docs.functionDocs('wassette-edge:time/clock@0.1.0', 'now')).toBe('The time.')
    expect(docs.functionDocs(null, 'now')).toBe(null)
  })

  it('finds docs of interfaces written inside a world', () => {
    const docs = read({
      worlds: { w: { interface_exports: { math: { funcs: { add: 'Adds.' } } } } },
    })
    expect(docs.functionDocs('math', 'add')).toBe('Adds.')
  })

  it('finds docs of types and of their parts', () => {
    const point = { docs: 'A place.', items: { x: 'To the right.' } }
    const docs = read({
      interfaces: { i: { types: { point } } },
      worlds: { w: { types: { point } } },
    })
    expect(docs.typeDocs('a:b/i', 'point')).toBe('A place.')
    expect(docs.itemDocs('a:b/i', 'point', 'x')).toBe('To the right.')
    expect(docs.itemDocs(null, 'point', 'x')).toBe('To the right.')
    expect(docs.itemDocs(null, 'point', 'y')).toBe(null)
  })

  it('takes the first well-formed section at any depth', () => {
    const inner = componentBytes(packageDocs({ worlds: { w: { funcs: { f: 'inner' } } } }))
    const bytes = component(
      packageDocs('{"worlds":'),
      section(4, inner),
      packageDocs({ worlds: { w: { funcs: { f: 'outer' } } } }),
    )
    expect(readDocs(bytes).functionDocs(null, 'f')).toBe('inner')
  })

  it('takes anything malformed as no docs', () => {
    const bad = ['', '{', '[]', 'null', '"text"', '['.repeat(100_000), '{"worlds":[{"funcs":1}]}']
    for (const json of bad) expect(read(json).functionDocs(null, 'f')).toBe(null)
    expect(read({ worlds: { w: { funcs: { f: 'x' } } } }, 2).functionDocs(null, 'f')).toBe(null)
    expect(readDocs(component(custom('package-docs', [1, 0xff]))).typeDocs(null, 't')).toBe(null)
    expect(readDocs(Uint8Array.of(1, 2, 3)).functionDocs(null, 'f')).toBe(null)
    expect(readDocs(new Uint8Array()).functionDocs(null, 'f')).toBe(null)
  })

  it('never answers with inherited properties', () => {
    const docs = read('{"worlds":{"w":{"funcs":{"__proto__":{"f":"polluted"}}}}}')
    expect(docs.functionDocs(null, 'constructor')).toBe(null)
    expect(docs.functionDocs(null, 'f')).toBe(null)
    expect(docs.functionDocs(null, 'to-string')).toBe(null)
  })

  it('neutralises and cuts what it gives', () => {
    const docs = read({
      worlds: {
        w: { funcs: { f: `a\u202Eb\u200Bc\u001b[31md`, long: 'x'.repeat(5000), empty: '\u200B' } },
      },
    })
    expect(docs.functionDocs(null, 'f')).toBe('abcd')
    expect(docs.functionDocs(null, 'long')).toHaveLength(2000)
    expect(docs.functionDocs(null, 'empty')).toBe(null)
  })

  it('neutralises each text once, however often it is asked for and nothing is left of it', () => {
    const world = (n: number) => ({
      funcs: { f: '\u00AD'.repeat(2400 + n) },
      types: { t: { docs: '\u00AD'.repeat(1200 + n), items: { x: '\u00AD'.repeat(600 + n) } } },
    })
    const docs = read({ worlds: { a: world(0), b: world(1), c: world(0) } })
    // Called once for each text that is neutralised.
    const neutralised = vi.spyOn(String.prototype, 'trim')
    for (let mention = 0; mention < 50; mention += 1) {
      expect(docs.functionDocs(null, 'f')).toBe(null)
      expect(docs.typeDocs(null, 't')).toBe(null)
      expect(docs.itemDocs(null, 't', 'x')).toBe(null)
    }
    const asked = neutralised.mock.contexts.length
    vi.restoreAllMocks()
    expect(asked).toBe(6)
  })

  it('ignores a section larger than docs are', () => {
    const docs = read({ worlds: { w: { funcs: { f: 'x'.repeat(300_000) } } } })
    expect(docs.functionDocs(null, 'f')).toBe(null)
  })

  it('reads the docs of the components of this repository', async () => {
    const docs = readDocs(await builtComponent('components/fetch/fetch.wasm'))
    expect(docs.functionDocs(null, 'fetch')).toMatch(/URL/)
    const time = readDocs(await builtComponent('components/time/time.wasm'))
    expect(time.functionDocs('wassette-edge:time/clock@0.1.0', 'now')).toMatch(/time/)
  })
})
