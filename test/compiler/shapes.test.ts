// Components in many shapes, through what the compiler does with them but for metering: each becomes code that parses.

import { transform } from 'esbuild'
import { $init, generate } from '@bytecodealliance/jco-transpile/component'
import { describe, expect, it } from 'vitest'
import { corrected } from '../../src/compiler/canonical.ts'
import { toGlue } from '../../src/compiler/glue.ts'
import { generateOptions, memberCounts } from '../../src/compiler/options.ts'
import { decodeComponent } from '../../src/component/decode.ts'
import { NO_DOCS } from '../../src/component/docs.ts'
import { checkNames } from '../../src/component/names.ts'
import { surfaced } from '../../src/component/surface.ts'
import { describeTools } from '../../src/component/tools.ts'
import type { Result } from '../../src/policy/result.ts'
import { fromWit } from '../support/components.ts'

function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}

async function toolsOf(wit: string): Promise<string[]> {
  const bytes = await fromWit(wit)
  value(checkNames(bytes))
  const model = value(decodeComponent(bytes))
  await $init
  const options = generateOptions(model) as Parameters<typeof generate>[1]
  const { files } = generate(value(surfaced(bytes)), options)
  const generated = new TextDecoder().decode(new Map(files).get('component.js'))
  const { source } = value(toGlue(value(corrected(generated)), memberCounts(model)))
  await transform(source, { format: 'esm' })
  return describeTools(model, NO_DOCS).tools.map(({ name }) => name)
}

const many = (count: number, write: (i: number) => string, between = ', '): string =>
  Array.from({ length: count }, (_, i) => write(i)).join(between)

const world = (body: string): string => `package t:s@1.0.0; world w { ${body} }`
const inside = (body: string): string =>
  `package t:s@1.0.0; interface a { ${body} } world w { export a; }`

const SHAPES: readonly (readonly [what: string, tools: number, wit: string])[] = [
  [
    'constructors that may fail',
    4,
    inside(
      'resource r { constructor(s: u32) -> result<r, string>; get: func() -> u32; alike: static func(a: r) -> result<r>; }',
    ),
  ],
  [
    'one interface in two versions',
    7,
    `package t:w@1.0.0;
     package t:x@1.0.0 { interface i { resource r { constructor(); get: func() -> u32; } f: func(r: borrow<r>); } }
     package t:x@2.0.0 { interface i { resource r { constructor() -> result<r>; } f: func(r: r) -> r; } }
     world w { export t:x/i@1.0.0; export t:x/i@2.0.0; }`,
  ],
  [
    'static functions of several resources',
    8,
    inside(`resource x { constructor(); one: static func() -> u32; two: static func(a: string) -> x; }
      resource y { one: static func() -> y; both: static func(x: x, y: y) -> tuple<x, y>; }
      resource z { all: static func(l: list<borrow<y>>); }`),
  ],
  [
    'methods that answer with resources',
    6,
    inside(
      'resource x { child: func() -> x; may: func() -> option<x>; can: func() -> result<x, x>; all: func() -> list<x>; two: func() -> tuple<x, u32, x>; }',
    ),
  ],
  [
    'resources inside of other types, lent and given',
    8,
    inside(`resource x { constructor(); }
      record lent { b: borrow<x>, n: u32 } record given { b: x, n: list<x> }
      variant either { a(borrow<x>), b } variant all { a(x), b(list<x>), c }
      f: func(r: lent); g: func(l: list<borrow<x>>, o: option<borrow<x>>, r: result<borrow<x>, u32>);
      h: func(e: either); i: func(r: given) -> given; j: func(l: list<x>) -> list<option<x>>; k: func(a: all) -> all;`),
  ],
  [
    'a resource under another name',
    4,
    `package t:s@1.0.0; interface a { resource r { constructor(); } }
     interface b { use a.{r as other}; f: func(o: borrow<other>); make: func() -> other; }
     world w { export b; export a; }`,
  ],
  [
    'asynchronous functions beside others, members of resources too',
    8,
    inside(`resource r { constructor(); m: async func(x: string) -> string; n: func(o: borrow<r>);
      s: static async func(a: r, b: r) -> r; t: static func() -> u32; }
      f: async func(r: borrow<r>) -> result<r, string>; g: func(a: string) -> string;`),
  ],
  [
    'flags of every width, enums and variants of hundreds of cases',
    3,
    world(`flags f32-wide { ${many(32, (i) => `l${i}`)} } flags f9-wide { ${many(9, (i) => `l${i}`)} }
      variant v { ${many(150, (i) => `c${i}(${i % 3 ? 'u32' : 'string'})`)} } enum e { ${many(300, (i) => `c${i}`)} }
      export f: func(a: f32-wide, l: list<f9-wide>) -> f32-wide; export g: func(v: v); export h: func(e: e) -> list<e>;`),
  ],
  [
    'more parameters and results than fit the stack',
    4,
    world(`record r { ${many(40, (i) => `q${i}: ${['u8', 'string', 'f32', 'u64', 'list<u16>', 'char'][i % 6]}`)} }
      export f: func(${many(20, (i) => `a${i}: string`)}) -> list<string>;
      export g: func(${many(17, (i) => `a${i}: u64`)}) -> u64; export h: func(r: r, s: r) -> tuple<r, r>;
      export i: func(${many(16, (i) => `a${i}: f32`)}) -> f32;`),
  ],
  [
    'every way to give memory back',
    8,
    world(`export a: func() -> string; export b: func() -> list<list<string>>; export c: func() -> result<string, string>;
      export d: func() -> option<string>; export e: func(); export f: func() -> tuple<string, u32>;
      export g: func() -> result; export h: func() -> u64;`),
  ],
  [
    'interfaces that are written in the world, with a resource of one name each',
    6,
    `package t:s@1.0.0; world w {
      export one: interface { resource r { constructor(); m: func(); } f: func(r: r); }
      export two: interface { resource r { constructor(); } } }`,
  ],
  [
    'functions that are no tools beside one that is',
    1,
    world(`export f: func() -> future<u32>; export g: func(s: stream<u8>) -> u32; export h: func() -> u32;
      export i: func(a: list<u8, 4>); export j: func(a: map<string, u32>);`),
  ],
  [
    'words that JavaScript keeps, as names of members',
    8,
    inside(`resource r { constructor(); name: static func(); length: static func(); apply: static func(); call: static func();
      to-string: func(); delete: func(); }`),
  ],
]

describe('a component with', () => {
  it.each(SHAPES)('%s', async (_, count, wit) => {
    expect(await toolsOf(wit)).toHaveLength(count)
  })
})
