import { describe, expect, it } from 'vitest'
import { checkNames } from '../../src/component/names.ts'
import { component, componentBytes, moduleBytes, section, text, vector } from './support/binary.ts'
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

  it('refuses functions of interfaces whose JavaScript name breaks the code around them', async () => {
    for (const name of [
      'then',
      'arguments',
      'get-core-module',
      'memory0',
      'exports1',
      'to-int64',
    ]) {
      expect([name, await verdict(inWorld(name))]).toEqual([name, null])
      expect([name, await verdict(inInterface(name))]).toEqual([name, 'forbidden-name'])
    }
  })

  it('refuses methods named then or arguments', async () => {
    expect(await verdict(method('then'))).toBe('forbidden-name')
    expect(await verdict(method('arguments'))).toBe('forbidden-name')
    expect(await verdict(method('get'))).toBe(null)
  })

  it('refuses resources that would replace a global class', async () => {
    expect(await verdict(resource('promise'))).toBe('forbidden-name')
    expect(await verdict(resource('uint8-array'))).toBe('forbidden-name')
    expect(await verdict(resource('error'))).toBe(null)
  })

  it('takes an interface named arguments, which gets another name before', async () => {
    expect(await verdict(interfaceNamed('arguments'))).toBe(null)
    expect(await verdict(interfaceNamed('clock'))).toBe(null)
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

  it('spends no more on one instance exported many times than on many', () => {
    const name = (letter: string, i: number): number[] => [0x00, ...text(letter + i.toString(36))]
    const many = Array.from({ length: 2000 }, (_, i) => i)
    const bytes = component(
      section(7, vector([[0x7f]])),
      section(5, [1, 0x01, ...vector(many.map((i) => [...name('t', i), 0x03, 0x00]))]),
      section(11, vector(many.map((i) => [...name('i', i), 0x05, 0x00, 0x00]))),
    )
    expect(checkNames(bytes)).toMatchObject({ error: { reason: 'too-large' } })
  })
})
