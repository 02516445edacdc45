import { env } from 'cloudflare:workers'
import { describe, expect, inject, it } from 'vitest'
import type { Compiled } from '../../src/compiler/artifact.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import { checkArguments } from '../../src/component/arguments.ts'
import type { Json } from '../../src/component/schema.ts'
import { liftResult } from '../../src/component/results.ts'
import { openIsolate } from '../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../src/sandbox/sandbox.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { CLASSES, INTERFACES, WORDS } from '../support/words.ts'
import { guestCall, NONE } from './support/guest.ts'

const compile = createCompile(env.LOADER)

async function compiled(name: string, base64 = inject('odd')[name]): Promise<Compiled> {
  const made = await compile(Uint8Array.fromBase64(base64 ?? ''))
  if (!made.ok) throw new Error(`${name}: ${JSON.stringify(made.error)}`)
  return made.value
}

/** Calls tools by their names, in one isolate; with `slot`, handles live from call to call. */
function caller(name: string, { tools, modules }: Compiled, slot: string | null = null) {
  const code = { artifactDigest: `corpus-${name}`, modules: async () => modules }
  const guest = openIsolate(env.LOADER, code, 'p')
  return async (tool: string, args: unknown): Promise<unknown> => {
    const found = tools.find((one) => one.name === tool)
    if (found === undefined) throw new Error(`no tool ${tool}`)
    const { type } = found.function
    const values = checkArguments(type, args)
    if (!values.ok) throw new Error(`${tool}: ${JSON.stringify(values.error)}`)
    const call = guestCall(found.jsExport, values.value, { slot })
    const outcome = await runGuest(guest, call, NONE, 55_000)
    if (outcome.tag !== 'ok' && outcome.tag !== 'err') return outcome
    const lifted = liftResult(type, outcome)
    return lifted.ok ? lifted.value.json : lifted.error
  }
}

async function run(
  component: string,
  tool: string,
  args: unknown = {},
): Promise<{ outcome: RunOutcome; json: Json | undefined }> {
  const { tools, modules } = await compiled(component)
  const found = tools.find(({ name }) => name === tool)
  if (found === undefined) throw new Error(`no tool ${tool}`)
  const { type } = found.function
  const values = checkArguments(type, args)
  if (!values.ok) throw new Error(JSON.stringify(values.error))
  const code = { artifactDigest: `odd-${component}`, modules: async () => modules }
  const call = guestCall(found.jsExport, values.value)
  const outcome = await runGuest(openIsolate(env.LOADER, code, 'p'), call, NONE, 55_000)
  if (outcome.tag !== 'ok' && outcome.tag !== 'err') return { outcome, json: undefined }
  const lifted = liftResult(type, outcome)
  return { outcome, json: lifted.ok ? lifted.value.json : undefined }
}

describe('a component of another making', () => {
  it('may import types that nobody answers for', async () => {
    expect((await run('typesOnly', 'mix', { with: 'green' })).json).toEqual({ colour: 'green' })
  })

  it.each(['utf8', 'utf16'])('keeps a byte order mark in %s', async (encoding) => {
    for (const text of ['', '\uFEFF', '\uFEFFa\uFEFF', 'é🎉\u0000']) {
      expect((await run(encoding, 'echo', { text })).json).toBe(text)
    }
  })

  it.each(['utf8', 'utf16'])('traps over text that is not %s', async (encoding) => {
    expect((await run(encoding, 'broken')).outcome.tag).toBe('trap')
  })

  it.each([
    ['u8', 255],
    ['s8', -128],
    ['u16', 65535],
    ['s16', 32767],
    ['truth', true],
    ['flags', ['b']],
  ])('may leave bits above those of %s', async (tool, value) => {
    expect((await run('wide', tool)).json).toEqual(value)
  })

  it.each([
    ['s8', -1, 0, 0xffffffff],
    ['s32', -2147483648, 0, 0x80000000],
    ['f32', -1.5, 0, 0xbfc00000],
    ['fl', ['f0', 'f31'], 0, 0x80000001],
    ['u64', '18446744073709551614', 0xffffffff, 0xfffffffe],
    ['s64', -2, 0xffffffff, 0xfffffffe],
  ])('gives a %s its half of the 64 bits that it shares', async (tag, val, upper, lower) => {
    expect((await run('joined', 'upper', { v: { tag, val } })).json).toBe(upper)
    expect((await run('joined', 'lower', { v: { tag, val } })).json).toBe(lower)
  })

  it('may export the types of its functions from the world', async () => {
    const { json } = await run('exportedTypes', 'turn', { p: { x: 1, y: 2.5 } })
    expect(json).toEqual({ length: 2.5 })
  })

  it.each(['then', 'arguments', 'console', 'memory0', 'url', 'get-url'])(
    'may have a function of the name %s',
    async (tool) => {
      expect((await run('names', tool)).json).toBe(7)
    },
  )

  it('may have interfaces of names that JavaScript keeps', async () => {
    expect((await run('interfaceNames', 'a_b_console_1_0_0-rc_1_get')).json).toBe(7)
    expect((await run('interfaceNames', 'imports_get')).json).toBe(7)
  })

  it('may have an interface that is written inside its world', async () => {
    expect((await run('interfaceNames', 'two-words_get')).json).toBe(7)
  })
})

describe('a component that exports names which JavaScript keeps', () => {
  const toolOf = (within: string, name: string) =>
    `${within}_${name}`.toLowerCase().replace(/[^a-z0-9-]/g, '_')

  it('has all of them called, as functions, methods, static functions and resources', async () => {
    const made = await compiled('words')
    expect(made.skipped).toEqual([])
    const call = caller('words', made, 's')
    const self = await call(toolOf(INTERFACES.members, '[constructor]thing'), {})
    const places = Object.fromEntries(WORDS.map((word, i) => [word, [i, i, i]]))
    const answers: typeof places = {}
    for (const word of WORDS) {
      answers[word] = [
        (await call(toolOf(INTERFACES.functions, word), {})) as number,
        (await call(toolOf(INTERFACES.members, `[method]thing.${word}`), { self })) as number,
        (await call(toolOf(INTERFACES.members, `[static]kind.${word}`), {})) as number,
      ]
    }
    expect(answers).toEqual(places)
    for (const [i, name] of CLASSES.entries()) {
      const of = (member: string) => toolOf(INTERFACES.classes, member)
      const [a, b] = [
        await call(of(`[constructor]${name}`), { n: i }),
        await call(of(`[constructor]${name}`), { n: 9 }),
      ]
      expect(a).toMatch(new RegExp(`^${name}:[0-9a-f]{32}$`))
      const larger = await call(of(`[static]${name}.larger`), { a, b })
      expect([name, await call(of(`[method]${name}.get`), { self: larger })]).toEqual([name, i])
    }
  })

  it('puts none of them in the place of what the generated code uses', async () => {
    const { modules } = await compiled('words')
    const glue = modules.map((module) => ('js' in module ? module.js : '')).join('')
    for (const name of ['Map', 'Promise', 'Object', 'WebAssembly', 'JSON', 'NaN', 'RepTable']) {
      // Once where it is the glue's own class.
      const declared = glue.match(new RegExp(`\\bclass ${name}\\b(?!\\$)`, 'g')) ?? []
      expect([name, declared.length]).toEqual([name, name === 'RepTable' ? 1 : 0])
    }
    expect(glue).toContain('class WassetteEdgePromise')
  })
})

describe('values on their whole way', () => {
  it.each(inject('echoes').map((one, i) => [i, one] as const))(
    'come back as they were: component %i',
    async (i, { wasm, echoes }) => {
      const made = await compiled(`echoes ${i}`, wasm)
      const call = caller(`echoes-${i}`, made)
      for (const { tool, wit, values } of echoes) {
        for (const x of values) expect([wit, await call(tool, { x })]).toEqual([wit, x])
      }
    },
  )

  it('are handles wherever a type may have them', async () => {
    const call = caller('handles', await compiled('handles'), 's')
    const on = (name: string, args: unknown) => call(`test_echo_things_${name}`, args)
    const made = async (n: number) => await on('_constructor_thing', { n })
    const mark = async (self: unknown) => await on('_method_thing_get', { self })
    const handle = expect.stringMatching(/^thing:[0-9a-f]{32}$/)

    const borrowed = await made(1)
    expect(await on('peek', { x: borrowed })).toBe(1)
    const again = await on('_static_thing_same', { x: await on('taken', { x: borrowed }) })
    expect(await mark(again)).toBe(1)
    expect(await mark(borrowed)).toMatchObject({ tag: 'handle', fault: 'gone' })

    const list = (await on('all-of', { x: [await made(2), await made(3)] })) as unknown[]
    expect(await Promise.all([list.length, mark(list[0])])).toEqual([2, 2])
    expect(await mark(list[1])).toBe(3)
    expect(await on('maybe', {})).toBe(null)
    expect(await mark(await on('maybe', { x: await made(4) }))).toBe(4)
    expect(await on('pair', { x: [await made(5), 6] })).toEqual([handle, 6])
    expect(await on('either', { x: { ok: await made(7) } })).toEqual([{ ok: handle }])
    expect(await on('either', { x: { err: 'é' } })).toEqual([{ err: 'é' }])
    const named = { mark: true, it: await made(8), n: 4_000_000_000 }
    expect(await on('named', { x: named })).toEqual({ ...named, it: handle })
  })
})

describe('a command', () => {
  it('prints its answer', async () => {
    const { outcome } = await run('command', 'wasi_cli_run_0_2_0_run')
    expect(outcome).toMatchObject({ tag: 'ok', printed: '\ttwo\nlines\n' })
  })

  it('may leave after it', async () => {
    const { outcome } = await run('command', 'leave')
    expect(outcome).toMatchObject({ tag: 'exit', code: 0, printed: '\ttwo\nlines\n' })
  })
})
