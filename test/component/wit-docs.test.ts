import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../../src/component/decode.ts'
import type { PackageDocs } from '../../src/component/docs.ts'
import { DROP_DESCRIPTION } from '../../src/component/drops.ts'
import { NO_DOCS, withFallback } from '../../src/component/docs.ts'
import { COMPONENT_LIMITS } from '../../src/component/limits.ts'
import { describeTools } from '../../src/component/tools.ts'
import type { ToolSet } from '../../src/component/tools.ts'
import { readWitDocs, tallied } from '../../src/component/wit-docs.ts'
import { fromWit } from './support/toolchain.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function read(text: string): PackageDocs {
  const docs = readWitDocs(bytes(text))
  if (!docs.ok) throw new Error(`line ${docs.error.line}: expected ${docs.error.expected}`)
  return docs.value
}

async function toolsOf(built: string, docs: PackageDocs): Promise<ToolSet> {
  const model = decodeComponent(await fromWit(built))
  if (!model.ok) throw new Error(model.error.reason)
  return describeTools(model.value, docs)
}

describe('readWitDocs', () => {
  it('finds interfaces in the version asked for, in any, and without a package', () => {
    const clock = (text: string) => `interface clock { /// ${text}\n now: func(); }`
    const both = read(
      `package a:b@1.0.0 { ${clock('One.')} } package a:b@2.0.0 { ${clock('Two.')} }`,
    )
    expect(both.functionDocs('a:b/clock@1.0.0', 'now')).toBe('One.')
    expect(both.functionDocs('a:b/clock@2.0.0', 'now')).toBe('Two.')
    expect(both.functionDocs('a:b/clock@3.0.0', 'now')).toBe('One.')
    expect(both.functionDocs('a:b/clock', 'now')).toBe('One.')
    expect(both.functionDocs('x:b/clock@1.0.0', 'now')).toBe(null)
    expect(both.functionDocs(null, 'now')).toBe(null)
    expect(read(clock('Any.')).functionDocs('a:b/clock@1.0.0', 'now')).toBe('Any.')
  })

  it('follows other names of types, and ends where they go round', () => {
    const docs = read(`package a:b;
      use other as same;
      interface types { /// A place.\n record point { /// Right.\n x: u32 } type loop = loop; }
      interface i { use types.{point as place, loop}; /// Mine.\n type spot = place; }
      interface j { use same.{line}; } interface other { /// A line.\n enum line { a } }`)
    expect(docs.typeDocs('a:b/i', 'place')).toBe('A place.')
    expect(docs.itemDocs('a:b/i', 'place', 'x')).toBe('Right.')
    expect(docs.typeDocs('a:b/i', 'spot')).toBe('Mine.')
    expect(docs.itemDocs('a:b/i', 'spot', 'x')).toBe('Right.')
    expect(docs.typeDocs('a:b/i', 'loop')).toBe(null)
    expect(docs.typeDocs('a:b/j', 'line')).toBe('A line.')
  })

  it('finds functions of a world that were included under another name', () => {
    const docs = read(`world one { /// Gets.\n export get: func(/// Where.\n url: string); }
      world two { include one with { get as fetch } }`)
    expect(docs.functionDocs(null, 'fetch')).toBe('Gets.')
    expect(docs.paramDocs(null, 'fetch', 'url')).toBe('Where.')
  })

  it('neutralises and cuts every text', () => {
    const docs = read(`world w {
      /// Safe\u202e\u200b\u001b[31m text ${'x'.repeat(3_000)}
      export f: func(
        /// ${'y'.repeat(3_000)}\u0007
        a: u8);
    }`)
    const text = docs.functionDocs(null, 'f') ?? ''
    expect(text).toMatch(/^Safe text x+…$/)
    expect(Array.from(text)).toHaveLength(COMPONENT_LIMITS.MAX_DESCRIPTION_CHARS)
    expect(docs.paramDocs(null, 'f', 'a')).toHaveLength(COMPONENT_LIMITS.MAX_FIELD_DOCS_CHARS)
  })

  it('says on which line the text stops being UTF-8', () => {
    expect(readWitDocs(Uint8Array.of(0x0a, 0x2f, 0x2f, 0xff))).toEqual({
      ok: false,
      error: { reason: 'bad-wit', line: 2, expected: 'UTF-8' },
    })
    expect(readWitDocs(bytes('\uFEFFworld w {}')).ok).toBe(true)
  })
})

const BUILT = `package a:b@1.0.0;
  interface types { record point { x: u32, y: u32 } enum color { red, green } }
  interface draw {
    use types.{point, color as paint};
    variant shape { circle(u32), none }
    flags access { read, write }
    paint-at: func(at: point, color: paint, shape: option<shape>, how: access) -> result<point, string>;
    clear: func(all: bool);
  }
  world w { export draw; export version: func() -> u32; }`

const TEXT = `package a:b@1.0.0;
  interface types {
    /// A place.
    record point { /// To the right.
      x: u32,
      y: u32, /// Up.
    }
    enum color { /// Like blood.
      red, green }
  }
  interface draw {
    use types.{point, color as paint};
    /// A form.
    variant shape { /// By its radius.
      circle(u32), none }
    /// What may be done.
    flags access { /// Look.
      read, write }
    /// Paints.
    paint-at: func(
      /// Where.
      at: point,
      /// In which color.
      color: paint,
      shape: option<shape>, how: access) -> result<point, string>;
    /// Clears.
    /// - all: The frame too.
    ///   Not undone.
    /// - some: Nobody takes this.
    clear: func(all: bool);
    /// Not in the component.
    more: func();
  }
  world w { export draw; /// The version.
    export version: func() -> u32; }`

describe('describeTools with a WIT text', () => {
  it('describes tools, parameters, types and their parts', async () => {
    const { tools } = await toolsOf(BUILT, read(TEXT))
    expect(tools.map(({ name, description }) => [name, description])).toEqual([
      ['version', 'The version.'],
      ['a_b_draw_1_0_0_paint-at', 'Paints.'],
      [
        'a_b_draw_1_0_0_clear',
        'Clears.\n- all: The frame too.\n  Not undone.\n- some: Nobody takes this.',
      ],
    ])
    expect(tools[1]?.inputSchema).toMatchObject({
      properties: {
        at: {
          description: 'Where.',
          properties: { x: { description: 'To the right.' }, y: { description: 'Up.' } },
        },
        color: { description: 'In which color.\n- red: Like blood.', enum: ['red', 'green'] },
        shape: {
          anyOf: [
            {
              description: 'A form.',
              oneOf: [{ properties: { tag: { description: 'By its radius.' } } }, {}],
            },
            {},
          ],
        },
        how: { description: 'What may be done.\n- read: Look.' },
      },
    })
    expect(tools[1]?.outputSchema).toMatchObject({
      properties: { result: { oneOf: [{ properties: { ok: { description: 'A place.' } } }, {}] } },
    })
    expect(tools[2]?.inputSchema).toMatchObject({
      properties: { all: { description: 'The frame too. Not undone.' } },
    })
  })

  it('describes the functions of a resource, and what its handles stand for', async () => {
    const built = `package a:b; interface i {
      /// A count.
      resource counter {
        /// Begins to count.
        constructor(/// Where from.
          start: u32);
        /// Counts on.
        add: func(/// How far.
          by: u32) -> u32;
        /// Both in one.
        join: static func(a: counter, b: borrow<counter>) -> counter;
      }
    } world w { export i; }`
    const { tools } = await toolsOf(built, read(built))
    expect(tools.map(({ description }) => description)).toEqual([
      'Begins to count.',
      'Counts on.',
      'Both in one.',
      DROP_DESCRIPTION,
    ])
    expect(tools.map(({ inputSchema }) => inputSchema)).toMatchObject([
      { properties: { start: { description: 'Where from.' } } },
      { properties: { self: { description: 'A count.' }, by: { description: 'How far.' } } },
      { properties: { a: { description: 'A count.' }, b: { description: 'A count.' } } },
      { required: ['self'] },
    ])
    expect(tools[2]?.outputSchema).toMatchObject({
      properties: { result: { type: 'string', description: 'A count.' } },
    })
  })

  it('counts what it found of the component', async () => {
    const { docs, described } = tallied(read(TEXT))
    expect(described()).toEqual({ functions: 0, parameters: 0, types: 0 })
    await toolsOf(BUILT, docs)
    expect(described()).toEqual({ functions: 3, parameters: 2, types: 8 })
  })

  it('leaves to the other docs what the text does not say', async () => {
    const others = read(TEXT.replace('Paints.', 'Others.'))
    const text = read('package a:b@1.0.0; interface draw { /// Mine.\n clear: func(all: bool); }')
    const { tools } = await toolsOf(BUILT, withFallback(text, others))
    expect(tools.map(({ description }) => description)).toEqual([
      'The version.',
      'Others.',
      'Mine.',
    ])
  })

  it.each([
    ['as it is', TEXT],
    ['of other types', TEXT.replaceAll('point', 'elsewhere')],
    ['with other types', TEXT.replaceAll(': u32', ': string').replaceAll('bool', 'color')],
    ['with long words', TEXT.replaceAll('///', `/// ${'z'.repeat(5_000)}`)],
    ['of other parameters', TEXT.replace('clear: func(all: bool)', 'clear: func(one: u8) -> u8')],
    [
      'of other kinds',
      TEXT.replace('enum color', 'flags color').replace('flags access', 'enum access'),
    ],
  ])('never changes a name, a type or which tools there are: a text %s', async (_, text) => {
    const plain = await toolsOf(BUILT, NO_DOCS)
    const described = await toolsOf(BUILT, read(text))
    expect(described.skipped).toEqual(plain.skipped)
    expect(described.tools.map(undescribed)).toEqual(plain.tools.map(undescribed))
    expect(described.tools).not.toEqual(plain.tools)
  })

  it('keeps a tool whose schema has no room for words, without them', async () => {
    const fields = Array.from({ length: 250 }, (_, i) => `n${i}: u8`)
    const world = (all: string[]) =>
      `package a:b; interface i { record r { ${all.join(', ')} } /// F.\n f: func(r: r); }
       world w { export i; }`
    const documented = fields.map((field) => `/// ${'x'.repeat(400)}\n ${field}`)
    const { tools, skipped } = await toolsOf(world(fields), read(world(documented)))
    const [plain] = (await toolsOf(world(fields), NO_DOCS)).tools
    expect(skipped).toEqual([])
    expect(tools[0]).toEqual({ ...plain, description: 'F.' })
  })
})

/** Everything but descriptions. */
function undescribed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, one) => (key === 'description' ? undefined : one)))
}
