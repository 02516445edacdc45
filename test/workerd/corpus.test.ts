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
import { guestCall, NONE } from './support/guest.ts'

const compile = createCompile(env.LOADER)

async function compiled(name: string): Promise<Compiled> {
  const made = await compile(Uint8Array.fromBase64(inject('odd')[name] ?? ''))
  if (!made.ok) throw new Error(`${name}: ${JSON.stringify(made.error)}`)
  return made.value
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
  const outcome = await runGuest(openIsolate(env.LOADER, code, 'p'), call, NONE, 10_000)
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
