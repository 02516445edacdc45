import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseWit } from '../../src/component/wit-parser.ts'
import type { WitText } from '../../src/component/wit-text.ts'
import { WitPlace } from '../../src/component/wit-text.ts'

const COMPONENTS = path.join(import.meta.dirname, '../../components')

function parsed(text: string): WitText {
  const result = parseWit(text)
  if (!result.ok) throw new Error(`line ${result.error.line}: expected ${result.error.expected}`)
  return result.value
}

const fault = (text: string) => {
  const result = parseWit(text)
  return result.ok ? null : { line: result.error.line, expected: result.error.expected }
}

/** Docs of the functions of one interface, or of the world. */
const functions = (text: string, of: string | null = null): Record<string, string> => {
  const wit = parsed(text)
  const place = of === null ? wit.world : wit.interfaces.get(of)
  const entries = [...(place?.functions ?? [])].map(([name, { docs }]): [string, string] => [
    name,
    docs,
  ])
  return Object.fromEntries(entries)
}

const params = (text: string): Record<string, string> =>
  Object.fromEntries(
    parsed(`world w { export f: func${text}; }`).world.functions.get('f')?.params ?? [],
  )

describe('parseWit', () => {
  it('reads functions of interfaces, by their full names', () => {
    const body = '{ /// Now.\n now: func() -> u64; later: func(); }'
    const docs = { now: 'Now.', later: '' }
    expect(
      functions(`package a:b@0.1.0-rc.1+x; interface clock ${body}`, 'a:b/clock@0.1.0-rc.1+x'),
    ).toEqual(docs)
    expect(functions(`package a:b; interface clock ${body}`, 'a:b/clock')).toEqual(docs)
    expect(functions(`interface clock ${body}`, 'clock')).toEqual(docs)
    expect(functions(`package a:b@1.0.0 { interface clock ${body} }`, 'a:b/clock@1.0.0')).toEqual(
      docs,
    )
  })

  it('reads several files of one or more packages, one behind the other', () => {
    const text = `package a:b; interface one { /// 1\n f: func(); }
      package a:b; interface two { /// 2\n f: func(); }
      package c:d { interface three { /// 3\n f: func(); } }
      interface four { /// 4\n f: func(); }`
    expect(
      ['a:b/one', 'a:b/two', 'c:d/three', 'a:b/four'].map((of) => functions(text, of).f),
    ).toEqual(['1', '2', '3', '4'])
  })

  it('reads what worlds export, and nothing that they import', () => {
    const text = `package a:b;
      world first {
        import wasi:io/poll@0.2.4;
        import log: func(text: string);
        import math: interface { /// No.\n add: func(); }
        include wasi:cli/imports@0.2.0;
        use types.{point as place, line};
        export run-it: async func(list: list<tuple<u8, map<string, list<u8, 4>>>>) -> result<_, string>;
        /// Fetches.
        @since(version = 0.2.0)
        @unstable(feature = extra-things)
        export fetch: func(url: string) -> string;
        export wasi:http/handler@0.2.0-rc-2023-11-10;
        export clock;
        export %interface: func();
        export math: interface { /// Adds.\n add: func(a: u8) -> u8; }
        export main: c:d/store@1.0.0;
        export own: clock;
      }
      world second { include first with { fetch as get, } export other: func(); }
      world third { include first; }`
    const wit = parsed(text)
    expect(functions(text)).toEqual({ 'run-it': '', fetch: 'Fetches.', interface: '', other: '' })
    const math = wit.inline.get('math')
    expect(math instanceof WitPlace && math.functions.get('add')?.docs).toBe('Adds.')
    expect(wit.inline.get('main')).toBe('c:d/store@1.0.0')
    expect(wit.inline.get('own')).toBe('a:b/clock')
    expect(wit.renamed.get('get')).toBe('fetch')
    expect(wit.world.types.get('place')?.of).toEqual({ interface: 'a:b/types', name: 'point' })
  })

  it('reads the docs of types and of their parts', () => {
    const text = `interface i {
      /// A place.
      record point { /// Right.\n x: u32, /** Up. */ y: u32 }
      /// What it is.
      variant shape { /// Round.\n circle(u32), /// Nothing.\n none, }
      enum color { /// Like blood.\n red, green }
      flags access { /// To see.\n read, }
      /// The same.
      type place = point;
      type many = list<point>;
      use other:pkg/types@1.2.3.{line};
      /// An open file.
      resource file {
        /// Opens.
        constructor(/// Where.
          path: string);
        /// Closes.
        close: func();
        /// Makes.
        make: static func() -> result<file>;
        lines: async func() -> stream<string>;
      }
      resource bare;
    }`
    const { types } = parsed(text).interfaces.get('i') ?? new WitPlace()
    expect(functions(text, 'i')).toEqual({
      '[constructor]file': 'Opens.',
      '[method]file.close': 'Closes.',
      '[static]file.make': 'Makes.',
      '[method]file.lines': '',
    })
    const open = parsed(text).interfaces.get('i')?.functions.get('[constructor]file')
    expect(open?.params.get('path')).toBe('Where.')
    const of = (name: string) => {
      const words = types.get(name)
      return { ...words, items: Object.fromEntries(words?.items ?? []) }
    }
    expect(of('point')).toEqual({ docs: 'A place.', items: { x: 'Right.', y: 'Up.' }, of: null })
    expect(of('shape').items).toEqual({ circle: 'Round.', none: 'Nothing.' })
    expect(of('color').items).toEqual({ red: 'Like blood.', green: '' })
    expect(of('access').items).toEqual({ read: 'To see.' })
    expect(of('place')).toEqual({
      docs: 'The same.',
      items: {},
      of: { interface: null, name: 'point' },
    })
    expect(of('many').of).toBe(null)
    expect(of('line').of).toEqual({ interface: 'other:pkg/types@1.2.3', name: 'line' })
    expect(of('file').docs).toBe('An open file.')
  })

  it('takes comments above a parameter, and those that end its line', () => {
    expect(
      params(`(
        /// The page,
        /// with its scheme.
        url: string,
        // not a doc
        max: u32, /// At most 10.
        last: bool /// The last.
      ) -> string`),
    ).toEqual({ url: 'The page,\nwith its scheme.', max: 'At most 10.', last: 'The last.' })
    expect(params('(/** A. */ a: u8, /** B. */ b: u8)')).toEqual({ a: 'A.', b: 'B.' })
    expect(params('( /// First.\n a: u8, b: u8, )')).toEqual({ a: 'First.', b: '' })
    expect(params('( /// First.\n a: u8, /// Second.\n b: u8)')).toEqual({
      a: 'First.',
      b: 'Second.',
    })
  })

  it('reads comments of every form, and only those that document', () => {
    const docs = (comment: string) => functions(`world w { ${comment}\n export f: func(); }`).f
    expect(docs('/// One.\n///   two\n///\n/// three')).toBe('One.\n  two\n\nthree')
    expect(docs('/**\n * One.\n *   two\n */')).toBe('One.\n  two')
    expect(docs('/** a /* nested */ b */')).toBe('a /* nested */ b')
    expect(docs('// no\n/* no */\n//// no\n/*** no */ /**/ //')).toBe('')
    expect(docs('/// Above.\n\n// between\n')).toBe('Above.')
    expect(docs('/// A 🦀 of é.')).toBe('A 🦀 of é.')
  })

  it('lets a `%` make a name of a keyword', () => {
    const text =
      'interface %world { %type: func(%from: u8); %use: func(); /// R.\n record: func(); }'
    expect(fault(text)).toEqual({ line: 2, expected: 'the name of a type' })
    expect(functions(text.replace(' record', ' %record'), 'world')).toEqual({
      type: '',
      use: '',
      record: 'R.',
    })
  })

  it.each([
    ['interface i {\n  f: func(\n', 3, 'the name of a parameter or `)`'],
    ['world w {\n  export f func();\n}', 2, '`;`'],
    ['package a;', 1, '`:`'],
    ['hello', 1, '`package`, `interface`, `world` or `use`'],
    ['interface i {\n\n /* open', 3, '`*/` behind this comment'],
    ['interface i { f: func(a: u8 b: u8); }', 1, '`,` or `)`'],
    ['interface i { f: func() -> list<u8; }', 1, '`,` or `>`'],
    ['interface i { \u0000 }', 1, 'a character that WIT has'],
    ['interface i { type t = "x"; }', 1, 'a character that WIT has'],
    ['package a:b@x;', 1, 'a version'],
    ['package a:b { package c:d; }', 1, '`interface`, `world`, `use` or `}`'],
    ['world w { f: func(); }', 1, '`export`, `import`, `include`, `use`, a type or `}`'],
    ['interface i { f: u8; }', 1, '`func`'],
  ])('says where %j cannot be read, and what should be there', (text, line, expected) => {
    expect(fault(text)).toEqual({ line, expected })
  })

  it('refuses types that nest without end, and ends', () => {
    const deep = (depth: number) => `interface i { f: func() -> ${'list<'.repeat(depth)}u8`
    expect(fault(`${deep(32)}${'>'.repeat(32)}; }`)).toBe(null)
    expect(fault(deep(100_000))).toEqual({ line: 1, expected: 'types that nest at most 32 deep' })
    expect(fault('/*'.repeat(100_000))?.expected).toBe('`*/` behind this comment')
  })

  it('refuses a name that is longer than any of a binary', () => {
    const long = (length: number) => `interface ${'a'.repeat(length)} {}`
    expect(fault(long(512))).toBe(null)
    expect(fault(long(513))?.expected).toBe('the name of an interface of at most 512 characters')
    expect(fault(`package a:b@1.0.0-${'a'.repeat(512)};`)?.expected).toBe('a version')
  })

  it('keeps names of JavaScript apart from its own', () => {
    const text = 'interface i { constructor: func(); to-string: func(); }'
    expect(Object.keys(functions(text, 'i'))).toEqual(['constructor', 'to-string'])
    expect(parsed(text).interfaces.get('i')?.functions.get('toString')).toBe(undefined)
  })

  const files = readdirSync(COMPONENTS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.wit'))
    .map((file) => [file])
  it.each(files)('reads %s', (file) => {
    expect(fault(readFileSync(path.join(COMPONENTS, file), 'utf8'))).toBe(null)
  })

  it('survives any text, and any pieces of WIT in any order', () => {
    const piece = fc.constantFrom(
      ...['package a:b;', 'package a:b@1.0.0 {', 'interface i {', 'world w {', 'export', 'import'],
      ...['f: func(', 'a: u8,', ')', '->', 'record r {', 'use a:b/c@1.0.0.{', '}', ';', 'as', '%a'],
      ...['/// doc\n', '/** x */', '/*', '*/', '//', '@since(version = 1.0.0)', 'list<', '>', '\n'],
      ...['include w with {', 'variant v {', 'a(', 'resource r', '_', '1', '.', ':', '/', '='],
    )
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(' ')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseWit(text)
        if (result.ok) return
        expect(result.error.line).toBeGreaterThan(0)
        expect(result.error.line).toBeLessThanOrEqual(text.split('\n').length)
        expect(result.error.expected).not.toBe('')
      }),
      { numRuns: 3_000 },
    )
  })
})
