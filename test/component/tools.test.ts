import { describe, expect, it } from 'vitest'
import { decodeComponent } from '../../src/component/decode.ts'
import { NO_DOCS, readDocs } from '../../src/component/docs.ts'
import { signature } from '../../src/component/signature.ts'
import { describeTools, toolName } from '../../src/component/tools.ts'
import { faceOf } from '../../src/component/version.ts'
import type { ComponentModel, ExportedFunction, WitType } from '../../src/component/wit.ts'
import { builtComponent, fromWit, instantiate, transpile } from './support/toolchain.ts'

const STRING: WitType = { kind: 'string' }

const fn = (
  name: string,
  of: string | null = null,
  result: WitType = STRING,
): ExportedFunction => ({
  interface: of,
  name,
  type: { params: [], result, async: false },
})

const model = (...exports: ExportedFunction[]): ComponentModel => ({
  imports: [],
  exports,
  exportedInterfaces: [],
})

const names = (...exports: ExportedFunction[]): string[] =>
  describeTools(model(...exports), NO_DOCS).tools.map((tool) => tool.name)

describe('toolName', () => {
  it.each([
    [null, 'get-weather', 'get-weather'],
    [
      'microsoft:time-server-js/time',
      'get-current-time',
      'microsoft_time-server-js_time_get-current-time',
    ],
    [
      'local:context7/context7@0.1.0',
      'resolve-library-id',
      'local_context7_context7_0_1_0_resolve-library-id',
    ],
    ['math', 'add', 'math_add'],
    [null, 'HTTP-get', 'http-get'],
    ['a:b/c', '[method]counter.inc', 'a_b_c__method_counter_inc'],
  ])('names %s %s like Wassette', (of, name, expected) => {
    expect(toolName(fn(name, of))).toBe(expected)
  })

  it('cuts what clients would not take, and ends it in a hash of the whole', () => {
    const long = toolName(fn('do-it', `a:b/${'c'.repeat(80)}`))
    expect(long).toMatch(/^a_b_c{50,}_[0-9a-f]{8}$/)
    expect(long).toHaveLength(64)
    expect(long).not.toBe(toolName(fn('do-it', `a:b/${'c'.repeat(81)}`)))
  })
})

describe('describeTools', () => {
  const RESULT: WitType = { kind: 'result', ok: null, err: STRING }
  const taking = (name: string, of: string | null, ...params: [string, WitType][]) => ({
    interface: of,
    name,
    type: {
      params: params.map(([param, type]) => ({ name: param, type })),
      result: RESULT,
      async: false,
    },
  })
  const SYMBOLS: WitType = { kind: 'record', name: 'symbols', fields: [] }

  it('leaves out what sets up an interpreter, and says so', () => {
    const { tools, skipped } = describeTools(
      model(
        taking(
          'init',
          null,
          ['shim', STRING],
          ['script', STRING],
          ['disable-gc', { kind: 'bool' }],
        ),
        taking('init', 'exports', ['app-name', STRING], ['symbols', SYMBOLS]),
        fn('greet'),
      ),
      NO_DOCS,
    )
    expect(tools.map((tool) => tool.name)).toEqual(['greet'])
    expect(skipped.map((of) => of.function)).toEqual(['init', 'exports#init'])
  })

  it('keeps an init that an author wrote', () => {
    expect(names(fn('init'), fn('init', 'exports'))).toEqual(['init', 'exports_init'])
    expect(
      names(taking('init', 'a:b/exports', ['app-name', STRING], ['symbols', SYMBOLS])),
    ).toEqual(['a_b_exports_init'])
  })

  it('keeps names unique: the first holder keeps the plain one', () => {
    const [first, second] = names(fn('c-d', 'a:b'), fn('d', 'a:b_c'), fn('c_d', 'a:b'))
    expect(first).toBe('a_b_c-d')
    expect(second).toMatch(/^a_b_c_d$/)
    const [plain, hashed] = names(fn('f', 'a:b/c'), fn('f', 'a.b.c'))
    expect(plain).toBe('a_b_c_f')
    expect(hashed).toMatch(/^a_b_c_f_[0-9a-f]{8}$/)
  })

  it('skips a function that JavaScript cannot tell from another', () => {
    const { tools, skipped } = describeTools(model(fn('a-1'), fn('a1')), NO_DOCS)
    expect(tools.map((tool) => tool.name)).toEqual(['a-1'])
    expect(skipped).toEqual([{ function: 'a1', reason: 'another function has the same name' }])
  })

  it.each<[WitType, RegExp]>([
    [{ kind: 'own', resource: 'r', imported: true }, /resource of the host/],
    [{ kind: 'list', element: { kind: 'borrow', resource: 'r', imported: true } }, /of the host/],
    [{ kind: 'option', inner: { kind: 'stream', inner: null } }, /stream/],
    [{ kind: 'result', ok: { kind: 'future', inner: null }, err: null }, /future/],
    [{ kind: 'tuple', types: [{ kind: 'error-context' }] }, /error-context/],
    [{ kind: 'list', element: STRING, length: 4 }, /fixed length/],
    [{ kind: 'map', key: STRING, value: STRING }, /map/],
    [
      {
        kind: 'record',
        fields: [
          { name: 'x-1', type: STRING },
          { name: 'x1', type: STRING },
        ],
      },
      /same in JavaScript/,
    ],
  ])('skips a function with %j and says why', (type, reason) => {
    const { tools, skipped } = describeTools(model(fn('f', 'a:b/c@1.0.0', type)), NO_DOCS)
    expect(tools).toEqual([])
    expect(skipped[0]?.function).toBe('a:b/c@1.0.0#f')
    expect(skipped[0]?.reason).toMatch(reason)
  })

  it('takes an async function like any other, and says that it is one', () => {
    const async: ExportedFunction = { ...fn('f'), type: { params: [], result: null, async: true } }
    const { tools, skipped } = describeTools(model(async), NO_DOCS)
    expect(skipped).toEqual([])
    expect(tools).toMatchObject([{ name: 'f', description: 'f: async func()' }])
  })

  it('makes tools of the members of resources, and says where JavaScript has them', () => {
    const members = ['[constructor]big-r', '[method]big-r.read-all', '[static]big-r.of-two']
    const { tools } = describeTools(model(...members.map((one) => fn(one, 'a:b/c'))), NO_DOCS)
    expect(tools.map(({ name, title, jsExport }) => [name, title, jsExport])).toEqual([
      ['a_b_c__constructor_big-r', 'New big r', ['a:b/c', 'BigR', '$create']],
      [
        'a_b_c__method_big-r_read-all',
        'Big r: read all',
        ['a:b/c', 'BigR', 'prototype', 'readAll'],
      ],
      ['a_b_c__static_big-r_of-two', 'Big r: of two', ['a:b/c', 'BigR', 'ofTwo']],
    ])
  })

  it('ends with a tool for each resource that another answers with', () => {
    const home = { interface: 'a:b/c', name: 'big-r', prefix: 'big-r' }
    const own = { kind: 'own', resource: 'big-r', home } as const
    const list = { kind: 'list', element: own } as const
    const { tools } = describeTools(
      model(fn('make', 'a:b/c', own), fn('all', 'a:b/c', list), taking('use', 'a:b/c', ['r', own])),
      NO_DOCS,
    )
    expect(tools.map(({ name }) => name)).toEqual([
      ...['a_b_c_make', 'a_b_c_all', 'a_b_c_use', 'a_b_c__resource-drop_big-r'],
    ])
    expect(tools[3]).toMatchObject({
      title: 'Drop big r',
      jsExport: ['a:b/c', 'BigR', '$drop'],
      inputSchema: { properties: { self: { pattern: '^big-r:[0-9a-f]{32}$' } } },
      outputSchema: null,
    })
  })

  it('skips a function whose schema is too large for clients', () => {
    const fields = Array.from({ length: 2500 }, (_, i) => ({ name: `f${i}`, type: STRING }))
    const { skipped } = describeTools(model(fn('f', null, { kind: 'record', fields })), NO_DOCS)
    expect(skipped[0]?.reason).toMatch(/too large/)
  })

  it('skips a function whose types are too large to be kept, however short its schema', () => {
    const long: WitType = {
      kind: 'record',
      name: 'a'.repeat(480),
      from: 'i'.repeat(440),
      fields: [{ name: 'a', type: { kind: 'bool' } }],
    }
    const many = Array.from({ length: 16 }, (_, i) => ({
      ...fn(`f${i}`),
      type: {
        params: [
          {
            name: 'x',
            type: { kind: 'tuple' as const, types: Array.from({ length: 560 }, () => long) },
          },
        ],
        result: null,
        async: false,
      },
    }))
    const { tools, skipped } = describeTools(model(...many, fn('plain')), NO_DOCS)
    expect(JSON.stringify(tools).length).toBeLessThan(1_100_000)
    expect(tools.map(({ name }) => name)).toEqual(['f0', 'plain'])
    expect(skipped.map(({ reason }) => reason)).toEqual(Array(15).fill('its types are too large'))
  })

  it('describes a tool by its docs, or by its signature', () => {
    const docs = {
      ...NO_DOCS,
      functionDocs: (_: unknown, name: string) => (name === 'f' ? 'Does it.' : null),
    }
    const { tools } = describeTools(model(fn('f'), fn('get-it')), docs)
    expect(tools.map(({ title, description }) => [title, description])).toEqual([
      ['F', 'Does it.'],
      ['Get it', 'get-it: func() -> string'],
    ])
  })

  it('keeps what all tools of a component say within a row of a database', () => {
    const docs = { ...NO_DOCS, functionDocs: () => '\u{1f980}"\\'.repeat(600) }
    const many = Array.from({ length: 1_000 }, (_, i) => fn(`f${i}`))
    const { tools, skipped } = describeTools(model(...many), docs)
    expect(skipped).toEqual([])
    expect(tools).toHaveLength(1_000)
    const face = faceOf([], [], tools)
    expect(new TextEncoder().encode(JSON.stringify(face.tools)).length).toBeLessThan(1_100_000)
    const [first] = tools
    expect(first?.description).toBe(docs.functionDocs())
    expect(tools.at(-1)?.description).toBe('f999: func() -> string')
  })

  it('counts names and signatures as well', () => {
    const long = Array.from({ length: 1_000 }, (_, i) => ({
      ...fn(`f${i}`),
      type: {
        params: [
          { name: 'a', type: { kind: 'enum' as const, names: ['x'], name: 'n'.repeat(512) } },
        ],
        result: null,
        async: false,
      },
    }))
    const named = Array.from({ length: 1_000 }, (_, i) => fn(`f${i}-${'n'.repeat(500)}`))
    for (const exports of [long, named]) {
      const face = faceOf([], [], describeTools(model(...exports), NO_DOCS).tools)
      expect(face.tools.length).toBeGreaterThan(400)
      expect(new TextEncoder().encode(JSON.stringify(face.tools)).length).toBeLessThan(1_100_000)
    }
  })

  it('points at functions that jco exports', async () => {
    const bytes = await fromWit(`package a:b@0.1.0;
      interface clock { get-current-time: func() -> string; HTTP2-x: func(); }
      world w { export clock; export fetch-all: func(); export %delete: func(); export %eval: func(); }`)
    const decoded = decodeComponent(bytes)
    if (!decoded.ok) throw new Error(decoded.error.reason)
    const exports = await instantiate(bytes)
    const { tools } = describeTools(decoded.value, NO_DOCS)
    expect(tools).toHaveLength(5)
    for (const { jsExport } of tools) {
      const found = jsExport.reduce<unknown>(
        (at, key) => (at as Record<string, unknown>)[key],
        exports,
      )
      expect([jsExport, typeof found]).toEqual([jsExport, 'function'])
    }
    expect(tools.map((tool) => tool.jsExport)).toContainEqual(['a:b/clock@0.1.0', 'getCurrentTime'])
  })

  it('finds the tools of the components of this repository', async () => {
    for (const path of [
      'components/fetch/fetch.wasm',
      'components/time/time.wasm',
      'components/text-stats/text-stats.wasm',
    ]) {
      const bytes = await builtComponent(path)
      const decoded = decodeComponent(bytes)
      if (!decoded.ok) throw new Error(decoded.error.reason)
      const { tools, skipped } = describeTools(decoded.value, readDocs(bytes))
      expect(skipped).toEqual([])
      expect(tools.length).toBeGreaterThan(0)
      for (const tool of tools) {
        expect(tool.name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
        expect(tool.description).not.toMatch(/: func\(/)
        expect(JSON.parse(JSON.stringify(tool))).toEqual(tool)
      }
    }
  })
})

describe('signature', () => {
  it('writes WIT, nominal types by name', () => {
    const point: WitType = { kind: 'record', name: 'point', fields: [{ name: 'x', type: STRING }] }
    const type = {
      params: [
        { name: 'a', type: { kind: 'option', inner: point } as WitType },
        { name: 'b', type: { kind: 'list', element: { kind: 'u8' } } as WitType },
      ],
      result: { kind: 'result', ok: null, err: STRING } as WitType,
      async: false,
    }
    expect(signature('f', type)).toBe('f: func(a: option<point>, b: list<u8>) -> result<_, string>')
    expect(signature('f', { params: [], result: null, async: true })).toBe('f: async func()')
  })

  it('writes out nominal types that lost their name', () => {
    const result: WitType = {
      kind: 'tuple',
      types: [
        {
          kind: 'variant',
          cases: [
            { name: 'a', type: STRING },
            { name: 'b', type: null },
          ],
        },
        { kind: 'flags', names: ['r', 'w'] },
        { kind: 'result', ok: null, err: null },
      ],
    }
    expect(signature('f', { params: [], result, async: false })).toBe(
      'f: func() -> tuple<variant { a(string), b }, flags { r, w }, result>',
    )
  })

  it('agrees with the names in a real component', async () => {
    const decoded = decodeComponent(await builtComponent('components/fetch/fetch.wasm'))
    if (!decoded.ok) throw new Error(decoded.error.reason)
    const [fetch] = decoded.value.exports
    expect(fetch && signature(fetch.name, fetch.type)).toBe(
      'fetch: func(url: string) -> result<response, string>',
    )
    expect((await transpile(await fromWit('package a:b; world w {}'))).exports).toEqual([])
  })
})
