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

  it('has instances made by the shell, which gives them their meter', () => {
    const made = glue('const a = (fast) => new WebAssembly.Instance(\nmodule, { fast }).exports')
    if (!made.ok) throw new Error(made.error)
    expect(made.value.source).toContain('=> _newInstance(\nmodule, { fast }).exports')
    expect(made.value.source).toMatch(/^export function instantiate\([^)]*\b_newInstance\b/)
  })

  it('has functions that suspend made by the shell, which counts them', () => {
    const made = glue('let a = new WebAssembly.Suspending(_suspendingImport(0, fn));')
    if (!made.ok) throw new Error(made.error)
    expect(made.value.source).toContain('let a = _suspending(_suspendingImport(0, fn));')
    expect(made.value.source).toMatch(/^export function instantiate\([^)]*\b_suspending\b/)
  })

  const caught = (then: string) => `try { await call() } catch (err) {

    _debugLog('[Instruction::CallInterface] error during async call', { taskID: task.id(), err, });
    getOrCreateAsyncState(0).markTrapped(err);
    task.exit();
    ${then}
  }`

  it('hands to the guest what an import throws', () => {
    const made = glue(caught('return task.completionPromise();'))
    expect(made.ok && made.value.source).toContain(caught('throw err;'))
  })

  it('does not take a guest for stuck while something of it goes on', () => {
    const check = (more: string) =>
      `function _checkForDeadlock() { if (x || STORE_ASYNC_STATE.pendingHostOperations > 0${more}) { return; } }`
    const made = glue(check(''))
    expect(made.ok && made.value.source).toContain(check(' || _goesOn()'))
    expect(glue('function _checkForDeadlock() {}').ok).toBe(false)
  })

  it('leaves alone how an export ends', () => {
    const ended = 'catch (err) { task.exit(); return task.completionPromise(); }'
    const made = glue(`try {} ${ended} ${caught('return task.completionPromise();')}`)
    expect(made.ok && made.value.source).toContain(ended)
  })

  it.each([
    ['an import that throws and ends in another way', caught('return 1')],
    ['a module that is still compiled inside', 'new WebAssembly.Module(bytes)'],
    ['a way to suspend that is not counted', 'const { x } = WebAssembly.Suspending'],
    ['a stack that the shell does not begin', 'x = WebAssembly.promising (exports0.x);'],
    ['a callback that is called in another way', 'callback_0 = Object.assign(exports0.x);'],
    [
      'an answer of the host that is taken in another way',
      'x = await  _withGlobalCurrentTaskMetaAsync(y);',
    ],
    ['a table that is filled without an import', 'new WebAssembly.Table({})'],
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
      'Counter.larger = function larger(arg0, arg1) {}\n' +
      'Counter.later = async function later() {}\n'
    const made = toGlue(`${HEAD}${body}}`, { constructors: 1, statics: 2 })
    if (!made.ok) throw new Error(made.error)
    expect(made.value.source).toContain('  constructor(opts) {')
    expect(made.value.source).toContain('    static async $create(arg0) {')
    expect(made.value.source).toContain('Counter.larger = async function larger(arg0, arg1) {}')
    expect(made.value.source).toContain('Counter.later = async function later() {}')
    expect(toGlue(`${HEAD}${body}}`, { constructors: 0, statics: 2 }).ok).toBe(false)
    expect(toGlue(`${HEAD}${body}}`, { constructors: 1, statics: 3 }).ok).toBe(false)
  })
})
