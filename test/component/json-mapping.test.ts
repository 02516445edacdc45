// Schema, arguments and results are three views of one mapping. Generated types and values go
// through all of them, and through jco's real code around a core module that hands its input back.

import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkArguments } from '../../src/component/arguments.ts'
import { decodeComponent } from '../../src/component/decode.ts'
import { liftResult } from '../../src/component/results.ts'
import type { Json, JsonSchema } from '../../src/component/schema.ts'
import { inputSchema, outputSchema } from '../../src/component/schema.ts'
import type { FunctionType, Named, WitType } from '../../src/component/wit.ts'
import { fromCore } from '../support/wat.ts'
import { instantiate } from './support/toolchain.ts'
import { valueOf, witType, WitText } from './support/wit-types.ts'

// As JSON has them: no property comes from a prototype.
const ajv = new Ajv2020({ ownProperties: true, strict: false, validateFormats: false })

function accepts(schema: JsonSchema | null, value: unknown): boolean {
  return ajv.compile(schema ?? false)(value)
}

/**
 * Enough parameters that the canonical ABI passes all of them in memory, and so hands back memory.
 */
const PADDING: readonly Named[] = Array.from({ length: 17 }, (_, i) => ({
  name: `p${i}`,
  type: { kind: 'u8' },
}))

/** Allocates upwards and never frees; `echo` gets a pointer to a record and returns it. */
const ECHO = `(module
  (memory (export "memory") 2)
  (global $at (mut i32) (i32.const 16))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $at) (i32.const 15)) (i32.const -16)))
    (global.set $at (i32.add (local.get $at) (local.get 3)))
    (local.get $at))
  (func (export "echo") (param i32) (result i32) (local.get 0)))`

async function echoComponent(type: WitType): Promise<Uint8Array> {
  const text = new WitText()
  const padded = text.write({ kind: 'record', fields: [{ name: 'v', type }, ...PADDING] })
  const wit = `package test:echo;
    world w {
      ${text.declarations.join('\n')}
      export echo: func(x: ${padded}) -> ${padded};
    }`
  return fromCore(wit, ECHO)
}

const typed = witType().chain((type) => fc.tuple(fc.constant(type), valueOf(type)))

describe('the JSON mapping', () => {
  it('carries every value through jco and back unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(typed, async ([type, v]) => {
        const component = await echoComponent(type)
        const model = decodeComponent(component)
        if (!model.ok) throw new Error(model.error.reason)
        const fn = model.value.exports[0]?.type as FunctionType
        const padding = Object.fromEntries(PADDING.map(({ name }) => [name, 7]))
        const args = { x: { v, ...padding } }
        expect(accepts(inputSchema(fn), args)).toBe(true)
        const checked = checkArguments(fn, args)
        expect(checked).toMatchObject({ ok: true })
        if (!checked.ok) return
        const echo = (await instantiate(component))['echo'] as (x: unknown) => unknown
        const value = structuredClone(echo(checked.value[0]))
        const lifted = liftResult(fn, { tag: 'ok', value })
        expect(lifted).toMatchObject({ ok: true, value: { json: args.x, isError: false } })
        if (!lifted.ok) return
        expect(accepts(outputSchema(fn), lifted.value.structured)).toBe(true)
      }),
      { numRuns: 80 },
    )
  })

  it('accepts no arguments that the schema refuses', () => {
    fc.assert(
      fc.property(witType(2), fc.jsonValue(), (type, value) => {
        const fn: FunctionType = { params: [{ name: 'x', type }], result: null, async: false }
        const args = { x: value as Json }
        if (checkArguments(fn, args).ok && !hasFlags(type)) {
          expect(accepts(inputSchema(fn), args)).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses a value with one part that the schema refuses', () => {
    fc.assert(
      fc.property(typed, fc.nat(), ([type, value], at) => {
        const fn: FunctionType = { params: [{ name: 'x', type }], result: null, async: false }
        const spoilt = { x: spoil(value, at) }
        if (accepts(inputSchema(fn), spoilt) || hasFlags(type)) return
        expect(checkArguments(fn, spoilt).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

/** Flags are also taken as an object of booleans, which the schema does not say. */
function hasFlags(type: WitType): boolean {
  return JSON.stringify(type).includes('"kind":"flags"')
}

/** Replaces one part of a value, chosen by `at`, with something that seldom fits. */
function spoil(value: Json, at: number): Json {
  const wrong = [true, -1, 1e300, 'zz=', { surplus: 1 }, [[]]][at % 6] as Json
  if (typeof value !== 'object' || value === null) return wrong
  const keys = Object.keys(value)
  if (keys.length === 0) return wrong
  const key = keys[at % keys.length] as string
  const copy = structuredClone(value) as Record<string, Json>
  copy[key] = spoil(copy[key] ?? null, Math.floor(at / keys.length))
  return copy
}
