// Schema, arguments and results are three views of one mapping. Generated types and values go
// through all of them, and through jco's real code around a core module that hands its input back.

import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkArguments } from '../../src/component/arguments.ts'
import { decodeComponent } from '../../src/component/decode.ts'
import { liftResult } from '../../src/component/results.ts'
import type { JsonSchema } from '../../src/component/schema.ts'
import { inputSchema, outputSchema, toJsonSchema } from '../../src/component/schema.ts'
import type { FunctionType, Named, WitType } from '../../src/component/wit.ts'
import { fromCore } from '../support/wat.ts'
import { instanceOf } from './support/schema-values.ts'
import { instantiate } from './support/toolchain.ts'
import { valueOf, witType, WitText } from './support/wit-types.ts'

// As JSON has them: no property comes from a prototype. Strict: it refuses schemas that mean less than they say.
const ajv = new Ajv2020({ ownProperties: true, strict: true })

function validator(schema: JsonSchema | null): (value: unknown) => boolean {
  const validate = ajv.compile(schema ?? false)
  // It remembers every schema otherwise.
  ajv.removeSchema()
  return (value) => validate(value)
}

function accepts(schema: JsonSchema | null, value: unknown): boolean {
  return validator(schema)(value)
}

const taking = (type: WitType): FunctionType => ({
  params: [{ name: 'x', type }],
  result: null,
  async: false,
})

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

/** A type, and values that fit the schema of its arguments or nearly do. */
const withInstances = witType().chain((type) =>
  fc.tuple(
    fc.constant(type),
    fc.array(instanceOf(toJsonSchema(type, { use: 'input' })), { minLength: 40, maxLength: 40 }),
  ),
)

const option = (inner: WitType): WitType => ({ kind: 'option', inner })

/** What fits, and what misses by as little as it can. */
const EDGES: readonly [name: string, type: WitType, fit: unknown[], misfit: unknown[]][] = [
  [
    's64',
    { kind: 's64' },
    ['-9223372036854775808', '9223372036854775807', '-0', -0, 2 ** 53 - 1, -(2 ** 53) + 1],
    [
      '-9223372036854775809',
      '9223372036854775808',
      '9999999999999999999',
      2 ** 53,
      '01',
      '-',
      '1\n',
    ],
  ],
  [
    'u64',
    { kind: 'u64' },
    ['18446744073709551615', '0', '9999999999999999999', 0],
    ['18446744073709551616', '99999999999999999999', '-0', '-1', -1, '+1', '00', ''],
  ],
  [
    'f32',
    { kind: 'f32' },
    [3.4028235677973362e38, -3.4028235677973362e38, 5e-324, -0, 'NaN', 'inf', '-inf'],
    [3.4028235677973366e38, -3.4028235677973366e38, 1e39, 'nan', '+inf', 'Infinity', null],
  ],
  [
    'bytes',
    { kind: 'list', element: { kind: 'u8' } },
    ['', 'AA==', 'AAA=', 'AAAA', [], [0, 255]],
    ['zz', 'A===', 'AA=', 'AA==AA==', 'AA-_', 'AAAA\n', [256], [-1], [0.5]],
  ],
  [
    'an option of an option',
    option(option({ kind: 'u8' })),
    [null, { tag: 'some', val: null }, { tag: 'some', val: 1 }],
    [{ tag: 'some' }, { tag: 'none' }, 1, { val: 1 }, { tag: 'some', val: 1, more: 1 }],
  ],
  [
    'flags',
    { kind: 'flags', names: ['a', 'b-c'] },
    [[], ['b-c', 'a'], {}, { a: true }, { a: false, 'b-c': true }],
    [['a', 'a'], ['d'], { d: true }, { a: null }, { a: 1 }, 'a', null],
  ],
]

/** Whether every text of the value is valid Unicode. */
function isText(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  return typeof value !== 'object' || value === null || Object.entries(value).flat().every(isText)
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

  it('takes exactly the arguments that the schema takes', () => {
    const seen = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(withInstances, ([type, instances]) => {
        const fn = taking(type)
        const validate = validator(inputSchema(fn))
        for (const value of instances) {
          const args = { x: value }
          const fits = validate(args) && isText(value)
          expect([fits, args]).toEqual([checkArguments(fn, args).ok, args])
          seen[fits ? 'taken' : 'refused'] += 1
        }
      }),
      { numRuns: 60 },
    )
    // Neither answer is a rare one.
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(300)
  })

  it.each(EDGES)('agrees on what lies at the edges of %s', (_, type, fit, misfit) => {
    const fn = taking(type)
    const validate = validator(inputSchema(fn))
    const taken = [...fit, ...misfit].filter((value) => checkArguments(fn, { x: value }).ok)
    const valid = [...fit, ...misfit].filter((value) => validate({ x: value }))
    expect([taken, valid]).toEqual([fit, fit])
  })

  it('takes no text that is not Unicode, which no schema here says', () => {
    for (const kind of ['char', 'string'] as const) {
      const fn = taking({ kind })
      expect(validator(inputSchema(fn))({ x: '\uD800' })).toBe(true)
      expect(checkArguments(fn, { x: '\uD800' }).ok).toBe(false)
    }
  })
})
