import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../src/component/binary.ts'
import { decodeComponent } from '../../src/component/decode.ts'
import { answeredFunctions } from '../../src/component/linkable.ts'
import { expectLabel } from '../../src/component/name-forms.ts'
import { checkNames } from '../../src/component/names.ts'
import { isFree } from '../../src/component/reserved.ts'
import { surfaced } from '../../src/component/surface.ts'
import {
  component,
  componentBytes,
  externName,
  moduleBytes,
  section,
  text,
  vector,
} from './support/binary.ts'
import { builtComponent, fromWit, transpile, wat } from './support/toolchain.ts'

const EVIL = `x'];globalThis.owned=1;['`

/** The reason for a refusal, or null. */
async function verdict(bytes: Uint8Array | Promise<Uint8Array>): Promise<string | null> {
  const checked = checkNames(await bytes)
  return checked.ok ? null : checked.error.reason
}

/** A component with a core module that imports, or exports, under a name. */
const importing = (module: string, field: string): string =>
  `(core module (import ${JSON.stringify(module)} ${JSON.stringify(field)} (func)))`

const POSITIONS: Record<string, (name: string) => string> = {
  'the module of a core import': (name) => importing(name, 'f'),
  'the field of a core import': (name) => importing('m', name),
  'a core export': (name) => `(core module (memory (export "${name}") 1))`,
  'an export of a core instance': (name) =>
    `(core module $m (func (export "f"))) (core instance $i (instantiate $m))
     (core instance (export "${name}" (func $i "f")))`,
  'an argument of a core instance': (name) =>
    `(core module $m) (core instance $i (instantiate $m))
     (core instance (instantiate $m (with "${name}" (instance $i))))`,
  'an alias of a core export': (name) =>
    `(core module $m) (core instance $i (instantiate $m)) (alias core export $i "${name}" (core func))`,
  'an import of a module type': (name) => `(core type (module (import "m" "${name}" (func))))`,
  'an export of a module type': (name) => `(core type (module (export "${name}" (func))))`,
}

describe('checkNames in core WebAssembly', () => {
  for (const [position, write] of Object.entries(POSITIONS)) {
    it(`refuses a quote in ${position}, at any depth`, async () => {
      const inside = write(EVIL)
      expect(await verdict(wat(`(component ${inside})`))).toBe('forbidden-name')
      const nested = `(component (component (component ${inside})))`
      expect(await verdict(wat(nested))).toBe('forbidden-name')
      expect(await verdict(wat(`(component ${write('plain#name.0')})`))).toBe(null)
    })
  }

  it('takes only characters that can neither end a string nor escape in it', async () => {
    const taken: string[] = []
    for (let code = 0; code < 256; code += 1) {
      const char = String.fromCharCode(code)
      const name = text(`a${char}b`)
      const module = moduleBytes(
        section(1, vector([[0x60, 0, 0]])),
        section(2, vector([[...text('m'), ...name, 0x00, 0x00]])),
      )
      if ((await verdict(component(section(1, module)))) === null) taken.push(char)
    }
    expect(taken.join('')).toBe(
      ' #$+-./0123456789:@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz|',
    )
  })

  it('takes the names that toolchains write', async () => {
    for (const name of ['', 'cm32p2|a:b/c@0.1|[method]r.m_post', '$imports', 'cabi_realloc']) {
      expect(await verdict(wat(`(component ${importing('', name)})`))).toBe(null)
    }
    expect(await verdict(wat(`(component ${importing('[export]a:b/c@1.0.0+x', 'f [v2]')})`))).toBe(
      null,
    )
  })

  it('refuses a name of more bytes than any toolchain writes', async () => {
    expect(await verdict(wat(`(component ${importing('m', 'a'.repeat(512))})`))).toBe(null)
    expect(await verdict(wat(`(component ${importing('m', 'a'.repeat(513))})`))).toBe(
      'forbidden-name',
    )
  })

  it('reads a second import section as well as the first', async () => {
    const importSection = (name: string): number[] =>
      section(2, vector([[...text('m'), ...text(name), 0x00, 0x00]]))
    const module = moduleBytes(importSection('fine'), importSection(EVIL))
    expect(await verdict(component(section(1, module)))).toBe('forbidden-name')
  })

  it('refuses a form of import it does not know instead of skipping it', async () => {
    // The compact import encoding hides further names behind a kind byte of 0x7f.
    const module = moduleBytes(section(2, vector([[...text('m'), ...text(''), 0x7f, 0x00]])))
    expect(await verdict(component(section(1, module)))).toBe('unsupported')
    const unknown = moduleBytes(section(20, []))
    expect(await verdict(component(section(1, unknown)))).toBe('malformed')
  })

  it('refuses a core module or component that has the header of the other', async () => {
    expect(await verdict(component(section(1, componentBytes())))).toBe('unsupported')
    expect(await verdict(component(section(4, moduleBytes())))).toBe('unsupported')
  })

  it('refuses an imported core module', async () => {
    expect(await verdict(wat('(component (import "m" (core module)))'))).toBe(
      'imported-core-module',
    )
  })

  it('refuses shared and 64-bit memories in imports', async () => {
    const memory = (type: string): Promise<Uint8Array> =>
      wat(`(component (core module (import "m" "m" (memory ${type}))))`)
    expect(await verdict(memory('1 2 shared'))).toBe('unsupported')
    expect(await verdict(memory('i64 1'))).toBe('unsupported')
    expect(await verdict(memory('1'))).toBe(null)
  })
})

describe('checkNames in components', () => {
  it.each(['url=<https://a.example/x>', 'integrity=<sha256-a>', 'locked-dep=<a:b@1.0.0>', EVIL])(
    'refuses to import %s',
    async (name) => {
      expect(await verdict(wat(`(component (import ${JSON.stringify(name)} (func)))`))).toBe(
        'forbidden-name',
      )
    },
  )

  /** Words of digits, which are of both cases: a pattern that takes them either way never ends. */
  const DIGITS = `a${'-1'.repeat(200)}`

  it('refuses names of many words at once, wherever they stand', async () => {
    const importOf = (name: string): Uint8Array =>
      component(
        section(7, vector([[0x40, ...vector([]), 0x01, 0x00]])),
        section(10, vector([[...externName(name), 0x01, 0x00]])),
      )
    const parameterOf = (name: string): Uint8Array =>
      component(section(7, vector([[0x40, ...vector([[...text(name), 0x79]]), 0x01, 0x00]])))
    for (const end of ['', '!']) {
      const reason = end === '' ? null : 'forbidden-name'
      expect(await verdict(importOf(DIGITS + end))).toBe(reason)
      expect(await verdict(importOf(`[method]r.${DIGITS}${end}`))).toBe(reason)
      expect(await verdict(importOf(`${DIGITS}${end}:b/c`))).toBe(reason)
      expect(await verdict(importOf(`a:b/${DIGITS}${end}`))).toBe(reason)
      expect(await verdict(parameterOf(DIGITS + end))).toBe(reason)
    }
  })

  it('takes as labels what WIT does: words of one case', () => {
    const asWritten = /^(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*$/
    const name = fc.string({
      unit: fc.constantFrom('a', 'z', 'A', 'Z', '0', '9', '-', '!'),
      maxLength: 12,
    })
    fc.assert(
      fc.property(name, (label) => {
        expect(attempt(() => expectLabel(label, '')).ok).toBe(asWritten.test(label))
      }),
      { numRuns: 5_000 },
    )
  })

  const world = (body: string): Promise<Uint8Array> => fromWit(`package a:b;\n${body}`)
  const inWorld = (name: string): Promise<Uint8Array> =>
    world(`world w { export %${name}: func(); }`)
  const inInterface = (name: string): Promise<Uint8Array> =>
    world(`interface i { %${name}: func(); } world w { export i; }`)
  const method = (name: string): Promise<Uint8Array> =>
    world(`interface i { resource r { %${name}: func(); } } world w { export i; }`)
  const resource = (name: string): Promise<Uint8Array> =>
    world(`interface i { resource %${name} { constructor(); } } world w { export i; }`)
  const interfaceNamed = (name: string): Promise<Uint8Array> =>
    world(`interface %${name} { f: func(); } world w { export %${name}; }`)

  /** The same members, imported: their names cannot be chosen here. */
  const imported = (member: string): Promise<Uint8Array> =>
    world(`interface i { ${member} } world w { import i; }`)

  it('takes exports whose JavaScript name breaks the code around them: they get another', async () => {
    for (const name of ['then', 'arguments', 'get-core-module', 'memory0', 'promise', 'map']) {
      for (const make of [inWorld, inInterface, method, resource, interfaceNamed]) {
        expect([name, await verdict(make(name))]).toEqual([name, null])
      }
    }
  })

  it('refuses to import a function of such a name', async () => {
    for (const name of ['then', 'arguments', 'get-core-module', 'memory0', 'exports1']) {
      const bytes = imported(`%${name}: func();`)
      expect([name, await verdict(bytes)]).toEqual([name, 'forbidden-name'])
    }
    expect(await verdict(imported('resource r { %then: func(); }'))).toBe('forbidden-name')
    expect(await verdict(imported('%map: func(); resource r { get: func(); }'))).toBe(null)
  })

  it('refuses to import a resource that would replace a global class', async () => {
    for (const name of ['promise', 'uint8-array', 'web-assembly', 'rep-table']) {
      const bytes = imported(`resource %${name} { constructor(); }`)
      expect([name, await verdict(bytes)]).toEqual([name, 'forbidden-name'])
    }
    expect(await verdict(imported('resource error;'))).toBe(null)
    expect(await verdict(imported('record %map { x: u8 } f: func() -> %map;'))).toBe(null)
  })

  it('refuses none of what is answered here', () => {
    for (const [of, name] of answeredFunctions()) {
      expect([of, name, isFree('func', name)]).toEqual([of, name, true])
    }
  })

  it('takes the words that jco renames or quotes, and their code parses', async () => {
    const words = [
      'eval',
      'constructor',
      'prototype',
      'await',
      'delete',
      'static',
      'to-string',
      'name',
    ]
    for (const name of words) {
      for (const bytes of [await inWorld(name), await inInterface(name), await method(name)]) {
        expect([name, await verdict(bytes)]).toEqual([name, null])
        const { source } = await transpile(bytes)
        const body = source.replaceAll(/^export /gm, '')
        expect(() => new Function(body), name).not.toThrow()
      }
    }
  })

  it('takes the components of this repository', async () => {
    const paths = ['components/fetch/fetch.wasm', 'components/time/time.wasm']
    paths.push('components/text-stats/text-stats.wasm', 'test/fixtures/probe/probe.wasm')
    for (const path of paths) expect(await verdict(builtComponent(path))).toBe(null)
  })
})

describe('surfaced', () => {
  const NAMES = `package a:b;
    interface i {
      resource %map { constructor(); %then: func() -> u32; %name: static func() -> %map; }
      %use: func(a: %map, b: borrow<%map>) -> list<%map>;
      %then: func();
      %map-of: func() -> u32;
    }
    world w { export i; export %then: func(); }`

  it('gives a reserved name anew in all places at once, and no other', async () => {
    const given = await fromWit(NAMES)
    const made = surfaced(given)
    if (!made.ok) throw new Error(made.error.reason)
    const model = decodeComponent(made.value)
    if (!model.ok) throw new Error(model.error.reason)
    expect(model.value.exports.map(({ name }) => name).toSorted()).toEqual([
      '[constructor]wassette-edge-map',
      '[method]wassette-edge-map.wassette-edge-then',
      '[static]wassette-edge-map.wassette-edge-name',
      'map-of',
      'use',
      'wassette-edge-then',
      'wassette-edge-then',
    ])
    expect(surfaced(made.value)).toEqual(made)
    const body = (await transpile(made.value)).source.replaceAll(/^export /gm, '')
    expect(() => new Function(body)).not.toThrow()
  })

  it('leaves a component alone that has none', async () => {
    const plain = await builtComponent('test/fixtures/probe/probe.wasm')
    const made = surfaced(plain)
    expect(made.ok && made.value === plain).toBe(true)
  })

  it('makes of two names that become one something that is not valid', async () => {
    const both = NAMES.replace('%map-of', '%wassette-edge-then')
    const made = surfaced(await fromWit(both))
    if (!made.ok) throw new Error(made.error.reason)
    await expect(transpile(made.value)).rejects.toThrow(/wassette-edge-then/)
  })
})
