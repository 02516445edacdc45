// Generated WIT types, values that fit them, and their text. Values are in the form that results
// have: options are null rather than absent, bytes are base64, 64-bit numbers are digits beyond
// 2^53.

import * as fc from 'fast-check'
import type { Json } from '../../../src/component/schema.ts'
import type { WitPrimitive, WitType } from '../../../src/component/wit.ts'

const PRIMITIVES: readonly Exclude<WitPrimitive, 'error-context'>[] = [
  ...(['bool', 's8', 'u8', 's16', 'u16', 's32', 'u32', 's64', 'u64'] as const),
  ...(['f32', 'f64', 'char', 'string'] as const),
]

/** Labels with digits, single letters and capitals: what tells one camel case from another. */
const LABELS = [
  ...[
    'a',
    'b2',
    'get-it',
    'x-86-64',
    'HTTP-status',
    'is-ok',
    'constructor',
    'to-string',
    'value-of',
  ],
  ...['then', 'length', 'eval', 'prototype', 'c3-po', 'UTF-8', 'tag', 'val', 'ok', 'default'],
]

const labels = (minLength = 1): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...LABELS), { minLength, maxLength: 4 })

function named<T>(of: fc.Arbitrary<T>): fc.Arbitrary<{ name: string; type: T }[]> {
  return labels().chain((names) =>
    fc
      .array(of, { minLength: names.length, maxLength: names.length })
      .map((types) => names.map((name, i) => ({ name, type: types[i] as T }))),
  )
}

/** Types that can be mapped to JSON, nested up to `depth`. */
export function witType(depth = 3): fc.Arbitrary<WitType> {
  const leaf: fc.Arbitrary<WitType> = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PRIMITIVES).map((kind) => ({ kind })) },
    { weight: 1, arbitrary: labels().map((names) => ({ kind: 'enum' as const, names })) },
    { weight: 1, arbitrary: labels().map((names) => ({ kind: 'flags' as const, names })) },
  )
  if (depth === 0) return leaf
  const inner = witType(depth - 1)
  const optional = fc.option(inner, { nil: null })
  return fc.oneof(
    leaf,
    inner.map((element): WitType => ({ kind: 'list', element })),
    named(inner).map((fields): WitType => ({ kind: 'record', fields })),
    fc
      .array(inner, { minLength: 1, maxLength: 3 })
      .map((types): WitType => ({ kind: 'tuple', types })),
    named(optional).map((cases): WitType => ({ kind: 'variant', cases })),
    inner.map((type): WitType => ({ kind: 'option', inner: type })),
    inner.map((type): WitType => ({ kind: 'option', inner: { kind: 'option', inner: type } })),
    fc.tuple(optional, optional).map(([ok, err]): WitType => ({ kind: 'result', ok, err })),
  )
}

const integer = (min: number, max: number): fc.Arbitrary<Json> =>
  fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max))

const wide = (min: bigint, max: bigint): fc.Arbitrary<Json> =>
  fc
    .oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 2n ** 53n - 1n, 2n ** 53n))
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value)))

/** The zero with a sign stays one. */
const float = (value: number): Json => {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return value
}

const text = fc.string({ unit: 'binary' })

/** A value of the type as JSON. */
export function valueOf(type: WitType): fc.Arbitrary<Json> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean()
    case 's8':
      return integer(-128, 127)
    case 'u8':
      return integer(0, 255)
    case 's16':
      return integer(-32_768, 32_767)
    case 'u16':
      return integer(0, 65_535)
    case 's32':
      return integer(-(2 ** 31), 2 ** 31 - 1)
    case 'u32':
      return integer(0, 2 ** 32 - 1)
    case 's64':
      return wide(-(2n ** 63n), 2n ** 63n - 1n)
    case 'u64':
      return wide(0n, 2n ** 64n - 1n)
    case 'f32':
      return fc.float().map(float)
    case 'f64':
      return fc.double().map(float)
    case 'char':
      return fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })
    case 'string':
      return text
    case 'list':
      return type.element.kind === 'u8'
        ? fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64'))
        : fc.array(valueOf(type.element), { maxLength: 4 })
    case 'record':
      return fc.record(
        Object.fromEntries(type.fields.map((field) => [field.name, valueOf(field.type)])),
        { noNullPrototype: true },
      )
    case 'tuple':
      return fc.tuple(...type.types.map(valueOf))
    case 'variant':
      return fc.oneof(
        ...type.cases.map((one): fc.Arbitrary<Json> =>
          one.type === null
            ? fc.constant({ tag: one.name })
            : valueOf(one.type).map((val) => ({ tag: one.name, val })),
        ),
      )
    case 'enum':
      return fc.constantFrom(...type.names)
    case 'flags':
      return fc.subarray([...type.names])
    case 'option': {
      const some = valueOf(type.inner)
      const value = type.inner.kind === 'option' ? some.map((val) => ({ tag: 'some', val })) : some
      return fc.oneof(fc.constant(null), value)
    }
    case 'result':
      return fc.oneof(
        (type.ok === null ? fc.constant(null) : valueOf(type.ok)).map((ok) => ({ ok })),
        (type.err === null ? fc.constant(null) : valueOf(type.err)).map((err) => ({ err })),
      )
    default:
      throw new Error(`no values for ${type.kind}`)
  }
}

/** WIT text: the declarations of nominal types, and a way to write a type that uses them. */
export class WitText {
  readonly declarations: string[] = []

  write(type: WitType): string {
    switch (type.kind) {
      case 'list':
        return `list<${this.write(type.element)}>`
      case 'tuple':
        return `tuple<${type.types.map((one) => this.write(one)).join(', ')}>`
      case 'option':
        return `option<${this.write(type.inner)}>`
      case 'result': {
        const ok = type.ok === null ? '_' : this.write(type.ok)
        return type.err === null
          ? `result<${ok}>`.replace('<_>', '')
          : `result<${ok}, ${this.write(type.err)}>`
      }
      case 'record':
        return this.#declare(
          'record',
          type.fields.map((field) => `%${field.name}: ${this.write(field.type)}`),
        )
      case 'variant':
        return this.#declare(
          'variant',
          type.cases.map((one) =>
            one.type === null ? `%${one.name}` : `%${one.name}(${this.write(one.type)})`,
          ),
        )
      case 'enum':
      case 'flags':
        return this.#declare(
          type.kind,
          type.names.map((name) => `%${name}`),
        )
      default:
        return type.kind
    }
  }

  #declare(keyword: string, parts: readonly string[]): string {
    const name = `t${this.declarations.length}-${keyword}`
    this.declarations.push(`${keyword} ${name} { ${parts.join(', ')} }`)
    return name
  }
}
