import * as fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { classify } from '../../src/component/classify.ts'
import { decodeComponent } from '../../src/component/decode.ts'
import { homesIn } from '../../src/component/handles.ts'
import { unmappable } from '../../src/component/mappable.ts'
import { stripCustomSections } from '../../src/component/strip.ts'
import type { ComponentModel, FunctionType } from '../../src/component/wit.ts'
import { component, componentBytes, externName, section, text, vector } from './support/binary.ts'
import { builtComponent, fromWit, transpile, wat } from './support/toolchain.ts'

async function model(bytes: Uint8Array | Promise<Uint8Array>): Promise<ComponentModel> {
  const decoded = decodeComponent(await bytes)
  if (!decoded.ok) throw new Error(`${decoded.error.reason}: ${decoded.error.detail}`)
  return decoded.value
}

async function fault(bytes: Uint8Array | Promise<Uint8Array>): Promise<string> {
  const decoded = decodeComponent(await bytes)
  return decoded.ok ? 'none' : decoded.error.reason
}

function stripped(bytes: Uint8Array): Uint8Array {
  const result = stripCustomSections(bytes)
  if (!result.ok) throw new Error(result.error.reason)
  return result.value
}

const WORLD = `package test:all@1.2.3;
  interface shapes {
    enum colour { red, dark-blue }
    flags access { read, write }
    record point { x: s32, label: option<string>, colour: colour }
    variant shape { circle(f64), polygon(list<point>), nothing }
    resource canvas {
      constructor(width: u32);
      draw: func(shape: shape) -> result<_, string>;
      merge: static func(a: canvas, b: borrow<canvas>) -> canvas;
    }
    area: func(shape: shape, access: access) -> result<f32, colour>;
    open: func() -> canvas;
  }
  world all {
    import wall: interface { now: func() -> tuple<u64, u32>; zone: func() -> string; }
    import log: func(text: string);
    use shapes.{point};
    export shapes;
    export farthest: func(points: list<point>) -> option<point>;
    export noop: func();
    export checksum: func(bytes: list<u8>) -> u64;
  }`

describe('decodeComponent', () => {
  let all: ComponentModel
  const find = (name: string): FunctionType | undefined =>
    all.exports.find((exported) => exported.name === name)?.type

  beforeAll(async () => {
    all = await model(fromWit(WORLD))
  })

  it('lists functions of the world and of interfaces, resource members included', () => {
    expect(all.exports.map(({ interface: of, name }) => `${of ?? ''}#${name}`).toSorted()).toEqual([
      '#checksum',
      '#farthest',
      '#noop',
      'test:all/shapes@1.2.3#[constructor]canvas',
      'test:all/shapes@1.2.3#[method]canvas.draw',
      'test:all/shapes@1.2.3#[static]canvas.merge',
      'test:all/shapes@1.2.3#area',
      'test:all/shapes@1.2.3#open',
    ])
    expect(all.exportedInterfaces).toEqual(['test:all/shapes@1.2.3'])
  })

  it('writes types out in full and keeps their names', () => {
    const colour = { kind: 'enum', names: ['red', 'dark-blue'], name: 'colour' }
    const point = {
      kind: 'record',
      name: 'point',
      fields: [
        { name: 'x', type: { kind: 's32' } },
        { name: 'label', type: { kind: 'option', inner: { kind: 'string' } } },
        { name: 'colour', type: colour },
      ],
    }
    expect(find('area')).toEqual({
      params: [
        {
          name: 'shape',
          type: {
            kind: 'variant',
            name: 'shape',
            cases: [
              { name: 'circle', type: { kind: 'f64' } },
              { name: 'polygon', type: { kind: 'list', element: point } },
              { name: 'nothing', type: null },
            ],
          },
        },
        { name: 'access', type: { kind: 'flags', names: ['read', 'write'], name: 'access' } },
      ],
      result: { kind: 'result', ok: { kind: 'f32' }, err: colour },
      async: false,
    })
    expect(find('farthest')?.result).toEqual({
      kind: 'option',
      inner: { ...(point as object), from: 'test:all/shapes@1.2.3#point' },
    })
  })

  it('tells no parameters and no result from empty ones', () => {
    expect(find('noop')).toEqual({ params: [], result: null, async: false })
  })

  it('names the resources of handles, and says where they are from', () => {
    const of = 'test:all/shapes@1.2.3'
    const canvas = {
      resource: 'canvas',
      home: { interface: of, name: 'canvas', prefix: 'canvas' },
    }
    expect(find('open')?.result).toEqual({ kind: 'own', ...canvas })
    expect(find('[static]canvas.merge')?.params.map(({ type }) => type)).toEqual([
      { kind: 'own', ...canvas },
      { kind: 'borrow', ...canvas },
    ])
  })

  it('tells resources of one name apart, and knows one under another name', async () => {
    const make = 'resource r { constructor(); }'
    const { exports } = await model(
      fromWit(`package t:w@1.0.0;
        package t:x@1.0.0 { interface i { ${make} } interface other { ${make} resource alone; } }
        package t:x@2.0.0 { interface i { ${make} } }
        package t:y@1.0.0 { interface uses {
          use t:x/i@2.0.0.{r as renamed};
          use t:x/other@1.0.0.{alone};
          f: func(a: borrow<renamed>, b: list<alone>);
        } }
        world w {
          export t:y/uses@1.0.0;
          export t:x/i@1.0.0; export t:x/other@1.0.0; export t:x/i@2.0.0;
        }`),
    )
    const made = exports.flatMap(({ name, type }) =>
      name.startsWith('[constructor]') ? homesIn(type.result) : [],
    )
    expect(made.map(({ prefix }) => prefix).toSorted()).toEqual([
      'other/r',
      't:x/i@1.0.0/r',
      't:x/i@2.0.0/r',
    ])
    const uses = exports.find(({ name }) => name === 'f')?.type.params ?? []
    expect(uses.flatMap(({ type }) => homesIn(type))).toEqual([
      { interface: 't:x/i@2.0.0', name: 'r', prefix: 't:x/i@2.0.0/r' },
      { interface: 't:x/other@1.0.0', name: 'alone', prefix: 'alone' },
    ])
  })

  it('lists imported interfaces with their functions, and imported functions', () => {
    expect(all.imports).toContainEqual({
      kind: 'interface',
      name: 'wall',
      version: null,
      full: 'wall',
      functions: ['now', 'zone'],
      typesOnly: false,
    })
    expect(all.imports).toContainEqual({ kind: 'function', name: 'log' })
  })

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(all))).toEqual(all)
  })

  it('reads async types, streams, futures and fixed-length lists', async () => {
    const { exports } = await model(
      wat(`(component
        (core module $m
          (func (export "f") (param i32) (result i32) unreachable)
          (memory (export "mem") 1)
          (func (export "r") (param i32 i32 i32 i32) (result i32) unreachable))
        (core instance $i (instantiate $m))
        (type $s (stream u8))
        (type $f (future))
        (type $l (list u16 4))
        (type $e error-context)
        (func $f (param "s" $s) (param "l" $l) (param "e" $e) (result $f)
          (canon lift (core func $i "f") (memory (core memory $i "mem"))
            (realloc (core func $i "r"))))
        (export "f" (func $f)))`),
    )
    expect(exports[0]?.type).toMatchObject({
      params: [
        { type: { kind: 'stream', inner: { kind: 'u8' } } },
        { type: { kind: 'list', element: { kind: 'u16' }, length: 4 } },
        { type: { kind: 'error-context' } },
      ],
      result: { kind: 'future', inner: null },
    })
  })

  it('steps over every canonical built-in', async () => {
    const decoded = await model(
      wat(`(component
        (core module $m (memory (export "m") 1))
        (core instance $i (instantiate $m))
        (alias core export $i "m" (core memory $mem))
        (type $r (resource (rep i32)))
        (type $s (stream u8))
        (type $f (future u8))
        (core func (canon resource.new $r))
        (core func (canon resource.drop $r))
        (core func (canon resource.rep $r))
        (core func (canon task.cancel))
        (core func (canon task.return (result u8)))
        (core func (canon context.get i32 0))
        (core func (canon context.set i32 0))
        (core func (canon thread.yield))
        (core func (canon subtask.drop))
        (core func (canon subtask.cancel))
        (core func (canon subtask.cancel async))
        (core func (canon stream.new $s))
        (core func (canon stream.read $s async (memory $mem)))
        (core func (canon stream.write $s async (memory $mem)))
        (core func (canon stream.cancel-read $s))
        (core func (canon stream.cancel-write $s async))
        (core func (canon stream.drop-readable $s))
        (core func (canon stream.drop-writable $s))
        (core func (canon future.new $f))
        (core func (canon future.read $f async (memory $mem)))
        (core func (canon future.write $f async (memory $mem)))
        (core func (canon future.cancel-read $f))
        (core func (canon future.cancel-write $f async))
        (core func (canon future.drop-readable $f))
        (core func (canon future.drop-writable $f))
        (core func (canon error-context.new string-encoding=utf8 (memory $mem)))
        (core func (canon error-context.drop))
        (core func (canon waitable-set.new))
        (core func (canon waitable-set.wait (memory $mem)))
        (core func (canon waitable-set.poll (memory $mem)))
        (core func (canon waitable-set.drop))
        (core func (canon waitable.join))
        (core func (canon backpressure.inc))
        (core func (canon backpressure.dec))
        (type $last (func (result u8)))
        (import "last" (func (type $last))))`),
    )
    expect(decoded.imports).toEqual([{ kind: 'function', name: 'last' }])
  })

  it('follows types through nested components, arguments and outer aliases', async () => {
    const { exports } = await model(
      wat(`(component
        (type $text string)
        (import "f" (func $f (param "a" $text) (result (list $text))))
        (component $inner
          (alias outer 1 $text (type $outer))
          (import "given" (func $given (param "a" string) (result (list string))))
          (type $pair (tuple $outer u8))
          (import "pair" (type $p (eq $pair)))
          (export $q "pair2" (type $p))
          (export "run" (func $given) (func (param "a" string) (result (list string)))))
        (type $pair (tuple string u8))
        (instance $i (instantiate $inner (with "given" (func $f)) (with "pair" (type $pair))))
        (alias export $i "run" (func $run))
        (instance $out (export "run2" (func $run)))
        (export "a:b/c@0.1.0" (instance $out)))`),
    )
    expect(exports).toEqual([
      {
        interface: 'a:b/c@0.1.0',
        name: 'run2',
        type: {
          params: [{ name: 'a', type: { kind: 'string' } }],
          result: { kind: 'list', element: { kind: 'string' } },
          async: false,
        },
      },
    ])
  })

  it('splits the version off the name of an imported interface', async () => {
    const { imports } = await model(
      wat(`(component
        (import "wasi:http/types@0.2.3" (instance (export "f" (func))))
        (import "a:b/c@1.0.0-rc.1+build.5" (instance))
        (import "a:b/c" (instance)))`),
    )
    expect(imports).toMatchObject([
      { name: 'wasi:http/types', version: '0.2.3', functions: ['f'] },
      { name: 'a:b/c', version: '1.0.0-rc.1+build.5', full: 'a:b/c@1.0.0-rc.1+build.5' },
      { name: 'a:b/c', version: null },
    ])
  })

  it('tells imported interfaces that hold only types from those that hold a resource', async () => {
    const { imports } = await model(
      wat(`(component
        (import "a:b/types@1.0.0" (instance
          (type $e' (enum "x")) (export "e" (type $e (eq $e'))) (export "same" (type (eq $e)))))
        (import "a:b/empty@1.0.0" (instance))
        (import "a:b/resources@1.0.0" (instance (export "r" (type (sub resource)))))
        (import "a:b/functions@1.0.0" (instance (export "f" (func)))))`),
    )
    expect(imports).toMatchObject([true, true, false, false].map((typesOnly) => ({ typesOnly })))
  })

  it.each([
    'components/fetch/fetch.wasm',
    'components/time/time.wasm',
    'components/text-stats/text-stats.wasm',
    'test/fixtures/probe/probe.wasm',
  ])('finds in %s the exports that jco finds', async (path) => {
    const bytes = await builtComponent(path)
    const { exports, exportedInterfaces } = await model(bytes)
    // With its docs in it the transpiler would fail: they name what encoding renamed.
    const theirs = (await transpile(stripped(bytes))).exports
    const world = exports.filter((exported) => exported.interface === null)
    expect(world).toHaveLength(theirs.filter(([, kind]) => kind === 'function').length)
    const names = theirs.filter(([, kind]) => kind === 'instance').map(([name]) => name)
    for (const name of exportedInterfaces) expect(names).toContain(name)
  })
})

describe('decodeComponent on what is not a component for us', () => {
  it('tells apart the kinds of files that people bring by mistake', async () => {
    expect(await fault(new Uint8Array())).toBe('empty')
    expect(await fault(new TextEncoder().encode('#!/bin/sh'))).toBe('not-wasm')
    expect(await fault(wat('(module)'))).toBe('core-module')
    expect(await fault(Uint8Array.of(0, 0x61, 0x73))).toBe('truncated')
    expect(await fault(Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0c, 0, 1, 0))).toBe('unsupported')
  })

  it('recognises a WIT package', async () => {
    const witPackage = wat(`(component
      (type (component (type (instance (export "f" (func)))) (export "a:b/c" (instance (type 0)))))
      (export "c" (type 0)))`)
    expect(await fault(witPackage)).toBe('wit-package')
    expect(classify(await witPackage)).toBe('wit-package')
  })

  it('takes a component without anything', async () => {
    expect(await model(wat('(component)'))).toEqual({
      imports: [],
      exports: [],
      exportedInterfaces: [],
    })
  })

  it.each([
    ['imported-core-module', '(component (import "m" (core module)))'],
    ['imported-core-module', '(component (component (import "m" (core module))))'],
    ['unsupported', '(component (import "c" (component)))'],
    ['unsupported', '(component (import "v" (value string)))'],
    ['unsupported', '(component (component $c) (export "c" (component $c)))'],
    ['forbidden-name', '(component (import "url=<https://a.example>" (func)))'],
    ['forbidden-name', '(component (import "locked-dep=<a:b@1.0.0>" (func)))'],
    ['forbidden-name', '(component (import "Not-Kebab" (func)))'],
    ['forbidden-name', '(component (type (record (field "a_b" u8))))'],
    ['malformed', '(component (type (list 7)))'],
    ['malformed', '(component (alias outer 3 0 (type)))'],
    ['malformed', '(component (component $c (import "a" (func))) (instance (instantiate $c)))'],
  ])('answers %s for %s', async (reason, text) => {
    expect(await fault(wat(text))).toBe(reason)
  })

  it('refuses names with options, which only newer encodings have', async () => {
    const named = [0x02, ...text('a'), 0x00]
    expect(await fault(component(section(10, vector([[...named, 0x01, 0x00]]))))).toBe(
      'unsupported',
    )
  })

  it('reads names of 2023, whose leading byte is 1', async () => {
    const bytes = component(
      section(7, vector([[0x40, 0x00, 0x01, 0x00]])),
      section(10, vector([[0x01, ...text('f'), 0x01, 0x00]])),
    )
    expect((await model(bytes)).imports).toEqual([{ kind: 'function', name: 'f' }])
  })
})

describe('decodeComponent on resources of the host', () => {
  it.each([
    ['a record', '(record (field "p" OWN))'],
    ['a variant', '(variant (case "p" OWN))'],
    ['a list within a record', '(record (field "p" (list OWN)))'],
  ])('knows one inside %s that is imported with it', async (_, type) => {
    const { exports } = await model(
      wat(`(component
        (import "wasi:io/poll@0.2.0" (instance $poll
          (export "pollable" (type $pollable (sub resource)))
          (type $own (own $pollable))
          (type $list (list $own))
          (type $holder ${type.replace('(list OWN)', '$list').replace('OWN', '$own')})
          (export "holder" (type (eq $holder)))))
        (alias export $poll "holder" (type $holder))
        (core module $m
          (func (export "f") (param i32 i32 i32) (result i32) i32.const 0)
          (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (type $f (func (param "x" $holder)))
        (alias core export $i "f" (core func $core))
        (func $lifted (type $f)
          (canon lift (core func $core)))
        (export "f" (func $lifted)))`),
    )
    expect(exports.map((one) => unmappable(one.type))).toEqual([
      'it takes or returns a resource of the host',
    ])
  })

  it('does not take those of a component for it', async () => {
    const { exports } = await model(
      fromWit(`package a:b; interface i { resource r; record holder { r: r } f: func(x: holder); }
        world w { export i; }`),
    )
    expect(exports.map((one) => unmappable(one.type))).toEqual([null])
  })
})

describe('decodeComponent on hostile bytes', () => {
  it('refuses a component that was cut at any byte', async () => {
    const bytes = stripped(await fromWit(WORLD))
    for (let length = 0; length < bytes.length; length += 1) {
      const part = decodeComponent(bytes.subarray(0, length))
      // A cut between sections leaves a shorter component, which says less than the whole.
      if (part.ok) expect(part.value.exports.length).toBeLessThan(8)
      else expect(['empty', 'truncated', 'malformed', 'wit-package']).toContain(part.error.reason)
    }
  })

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeComponent(bytes)
        decodeComponent(Uint8Array.from([...componentBytes(), ...bytes]))
      }),
      { numRuns: 2000 },
    )
  })

  it('survives sections of any content', () => {
    const sections = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 13 }), fc.uint8Array({ maxLength: 30 })),
    )
    fc.assert(
      fc.property(sections, (parts) => {
        decodeComponent(component(...parts.map(([id, body]) => section(id, [...body]))))
      }),
      { numRuns: 2000 },
    )
  })

  it('survives a real component with any bytes changed', async () => {
    const bytes = await fromWit(WORLD)
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Uint8Array.from(bytes)
        for (const [at, byte] of changes) changed[at] = byte
        decodeComponent(changed)
      }),
      { numRuns: 3000 },
    )
  })

  it('refuses components nested too deep', async () => {
    const nested = `${'(component '.repeat(40)}${')'.repeat(40)}`
    expect(await fault(wat(nested))).toBe('too-deep')
  })

  it('refuses types nested too deep', async () => {
    const lists = Array.from({ length: 60 }, (_, i) => `(type (list ${i === 0 ? 'u8' : i - 1}))`)
    expect(await fault(wat(`(component ${lists.join('')})`))).toBe('too-deep')
    let type: number[] = [0x42, 0x00]
    for (let level = 0; level < 60; level += 1) type = [0x42, 0x01, 0x01, ...type]
    expect(await fault(component(section(7, vector([type]))))).toBe('too-deep')
  })

  it('refuses a type that doubles at each step', async () => {
    const pairs = Array.from({ length: 25 }, (_, i) => `(type (tuple ${i} ${i}))`)
    expect(await fault(wat(`(component (type u8) ${pairs.join('')})`))).toBe('too-large')
  })

  it('refuses instance types that double at each step', async () => {
    const levels = Array.from({ length: 25 }, (_, i) => {
      const same = `(alias outer 1 ${i} (type))`
      const both = '(export "a" (instance (type 0))) (export "b" (instance (type 0)))'
      return `(type (instance ${same} ${both}))`
    })
    const first = '(type (instance (export "f" (func))))'
    const text = `(component ${first} ${levels.join('')} (import "x" (instance (type 25))))`
    expect(await fault(wat(text))).toBe('too-large')
  })

  it('refuses instances that multiply at each level', () => {
    let bytes = componentBytes()
    for (let level = 0; level < 12; level += 1) {
      const eight = vector(Array.from({ length: 8 }, () => [0x00, 0x00, 0x00]))
      bytes = componentBytes(section(4, bytes), section(5, eight))
    }
    expect(decodeComponent(Uint8Array.from(bytes))).toMatchObject({
      error: { reason: 'too-large' },
    })
  })

  it('refuses one instance of many members exported many times', () => {
    const name = (letter: string, i: number): number[] => externName(letter + i.toString(36))
    const many = Array.from({ length: 2000 }, (_, i) => i)
    const bytes = component(
      section(7, vector([[0x7f]])),
      section(5, [1, 0x01, ...vector(many.map((i) => [...name('t', i), 0x03, 0x00]))]),
      section(11, vector(many.map((i) => [...name('i', i), 0x05, 0x00, 0x00]))),
    )
    expect(decodeComponent(bytes)).toMatchObject({ error: { reason: 'too-large' } })
  })

  it('refuses more functions than a tool list can hold', async () => {
    const functions = Array.from({ length: 1001 }, (_, i) => `(export "f${i}" (func 0))`)
    const text = `(component (import "f" (func)) ${functions.join('')})`
    expect(await fault(wat(text))).toBe('too-large')
  })

  it('refuses a list that claims to be longer than its section', () => {
    const bytes = component(section(7, [0xff, 0xff, 0xff, 0xff, 0x0f]))
    expect(decodeComponent(bytes)).toMatchObject({ error: { reason: 'malformed' } })
  })

  it('refuses integers of more than 32 bits', () => {
    for (const tail of [
      [0xff, 0xff, 0xff, 0xff, 0x1f],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
    ]) {
      const bytes = component(section(7, tail))
      expect(decodeComponent(bytes)).toMatchObject({ error: { reason: 'malformed' } })
    }
  })

  it('refuses bytes left over at the end of a section', () => {
    const bytes = component(section(7, [...vector([[0x7f]]), 0x00]))
    expect(decodeComponent(bytes)).toMatchObject({ error: { reason: 'malformed' } })
  })
})
