import { describe, expect, it } from 'vitest'
import { toGlue } from '../../src/compiler/glue.ts'

const HEAD =
  '"use components";\nexport function instantiate(getCoreModule, imports, instantiateCore = WebAssembly.instantiate) {'

const NO_MEMBERS = { constructors: 0, statics: 0 }

function glue(body: string) {
  return toGlue(`${HEAD}${body}}\nexport const _util = {\n  \n}\n`, NO_MEMBERS)
}

describe('toGlue', () => {
  it('takes the counted globals as parameters', () => {
    const made = glue('return 1')
    expect(made.ok && made.value.source).toMatch(
      /^export function instantiate\(getCoreModule, imports, instantiateCore, \{ DataView, /,
    )
    expect(made.ok && made.value.source).not.toContain('_util')
  })

  it('moves inlined modules out, however their bytes are written', () => {
    const made = glue(
      'const a = new WebAssembly.Module(new Uint8Array([0, 97, 115])); ' +
        'const b = new WebAssembly.Module(new Uint8Array([\n0x00, 0x61,\n0x73,\n]));',
    )
    if (!made.ok) throw new Error(made.error)
    expect(made.value.inlined).toEqual([
      ['inlined0.wasm', Uint8Array.of(0, 97, 115)],
      ['inlined1.wasm', Uint8Array.of(0, 97, 115)],
    ])
    expect(made.value.source).toContain("const b = getCoreModule('inlined1.wasm')")
  })

  it.each([
    ['a module that is still compiled inside', 'new WebAssembly.Module(bytes)'],
    ['a dynamic import', 'await import ("x")'],
    ['eval', 'eval("x")'],
    ['a function made of text', 'new Function("x")'],
    ['an import', '\nimport x from "y"\n'],
    ['a second export', '\nexport const x = 1\n'],
  ])('refuses %s', (_, body) => {
    expect(glue(body).ok).toBe(false)
  })

  it('refuses code that starts in another way', () => {
    expect(toGlue('export function instantiate(a) {}', NO_MEMBERS).ok).toBe(false)
    expect(toGlue(`evil();${HEAD}}`, NO_MEMBERS).ok).toBe(false)
  })

  it('makes constructors and static functions async, and only as many as the component has', () => {
    const body =
      'class AsyncTask {\n  constructor(opts) {\n    this.a = opts\n  }\n}\n' +
      'class Counter{\n    constructor(arg0) {\n      \n      const hostProvided = false;\n    }\n}\n' +
      'Counter.prototype.add = async function add(arg0) {}\n' +
      'Counter.larger = function larger(arg0, arg1) {}\n'
    const made = toGlue(`${HEAD}${body}}`, { constructors: 1, statics: 1 })
    if (!made.ok) throw new Error(made.error)
    expect(made.value.source).toContain('  constructor(opts) {')
    expect(made.value.source).toContain('    static async $create(arg0) {')
    expect(made.value.source).toContain('Counter.larger = async function larger(arg0, arg1) {}')
    expect(toGlue(`${HEAD}${body}}`, { constructors: 0, statics: 1 }).ok).toBe(false)
    expect(toGlue(`${HEAD}${body}}`, { constructors: 1, statics: 2 }).ok).toBe(false)
  })
})
