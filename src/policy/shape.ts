// Parts of a grammar that are read from YAML and told as JSON Schema by one definition, so that the two
// cannot drift. Reading notes faults and goes on: `undefined` is what could not be read or is not there.

import { isMap, isScalar, isSeq, Scalar } from 'yaml'
import type { Faults } from './fault.ts'
import { nearest } from './fault.ts'
import type { Result } from './result.ts'
import type { YamlNode } from './yaml.ts'
import { isNull, scalarText } from './yaml.ts'

export type JsonSchema = { readonly [key: string]: unknown }

export interface Shape<T> {
  readonly read: (node: YamlNode, at: Place) => T | undefined
  readonly schema: JsonSchema
}

export type Read<S> = S extends Shape<infer T> ? T : never

export interface Place {
  readonly path: string
  readonly faults: Faults
  readonly lineOf: (node: YamlNode) => number
}

export interface WrittenScalar {
  readonly value: unknown
  readonly text: string
  readonly isQuoted: boolean
}

/** Why a value is not one: of another type, or not known. */
export interface ScalarFault {
  readonly kind: 'structure' | 'value'
  readonly sentence: string
  readonly suggestion?: string
}

export function scalar<T>(
  read: (written: WrittenScalar) => Result<T, ScalarFault>,
  schema: JsonSchema,
  expected: string,
): Shape<T> {
  return {
    schema,
    read(node, at) {
      const line = at.lineOf(node)
      if (!isScalar(node)) {
        at.faults.add({ kind: 'structure', path: at.path, line, sentence: expected })
        return undefined
      }
      const result = read(written(node))
      if (result.ok) return result.value
      at.faults.add({ path: at.path, line, ...result.error })
      return undefined
    },
  }
}

interface MappingOptions<K extends string> {
  readonly required?: readonly K[]
  /** Of these there is one, and not two. */
  readonly oneOf?: readonly K[]
  /** Sentences for keys that are known elsewhere and not here. */
  readonly foreign?: Readonly<Record<string, string>>
  readonly isNullable?: boolean
}

type Fields = Readonly<Record<string, Shape<unknown>>>

export function mapping<F extends Fields>(
  fields: F,
  options: MappingOptions<keyof F & string> = {},
): Shape<{ readonly [K in keyof F]?: Read<F[K]> }> {
  const { required = [], oneOf = [], foreign = {}, isNullable = false } = options
  const known = Object.keys(fields)
  const properties = Object.fromEntries(known.map((key) => [key, fields[key]?.schema]))
  return {
    schema: {
      type: isNullable ? ['object', 'null'] : 'object',
      properties,
      additionalProperties: false,
      ...(required.length === 0 ? {} : { required }),
      ...(oneOf.length === 0 ? {} : { oneOf: oneOf.map((key) => ({ required: [key] })) }),
    },
    read(node, at) {
      const fault = (
        sentence: string,
        more: { line?: number; path?: string } & Partial<Named> = {},
      ) =>
        at.faults.add({
          kind: 'structure',
          path: at.path,
          line: at.lineOf(node),
          sentence,
          ...more,
        })
      if (isNullable && isNull(node)) return {}
      if (!isMap(node)) {
        fault(`Write a mapping with ${list(known)}.`)
        return undefined
      }
      const values: Record<string, unknown> = {}
      const seen = new Set<string>()
      for (const pair of node.items) {
        if (at.faults.isFull) return undefined
        const keyNode = pair.key as YamlNode
        const key = isScalar(keyNode) ? scalarText(keyNode) : ''
        const path = at.path === '' ? key : `${at.path}.${key}`
        const shape = Object.hasOwn(fields, key) ? fields[key] : undefined
        if (shape === undefined) {
          const sentence = Object.hasOwn(foreign, key)
            ? foreign[key]
            : `This key is not known here. Remove it; known are ${list(known)}.`
          const suggestion = nearest(key, known)
          fault(sentence ?? '', { line: at.lineOf(keyNode), path, key, suggestion })
          continue
        }
        // `12` and `"12"` are two keys of YAML, and one of ours.
        if (seen.has(key)) fault('This key is there twice. Keep one.', { path })
        seen.add(key)
        const value = (pair.value ?? nothingAt(keyNode)) as YamlNode
        values[key] = shape.read(value, { ...at, path })
      }
      for (const key of required) {
        if (!seen.has(key)) fault(`The key ${key} is missing. Add it.`, { key, suggestion: null })
      }
      const isMistyped = node.items.length > seen.size
      if (!isMistyped && oneOf.length > 0 && oneOf.filter((key) => seen.has(key)).length !== 1) {
        fault(`Write exactly one of ${list(oneOf)}.`)
      }
      return values as { readonly [K in keyof F]?: Read<F[K]> }
    },
  }
}

interface Named {
  readonly key: string | null
  readonly suggestion: string | null
}

export function listOf<T>(
  item: Shape<T>,
  { isNullable = false, min = 0, max }: { isNullable?: boolean; min?: number; max: number },
): Shape<readonly T[]> {
  return {
    schema: {
      type: isNullable ? ['array', 'null'] : 'array',
      items: item.schema,
      ...(min === 0 ? {} : { minItems: min }),
      maxItems: max,
    },
    read(node, at) {
      const fault = (sentence: string) =>
        at.faults.add({ kind: 'structure', path: at.path, line: at.lineOf(node), sentence })
      if (isNullable && isNull(node)) return []
      if (!isSeq(node)) {
        fault('Write a list.')
        return undefined
      }
      if (node.items.length < min) fault('The list is empty. Name something, or remove its key.')
      if (node.items.length > max) {
        fault(max === 0 ? NONE : `The list has more than ${max} entries. Make it shorter.`)
        return undefined
      }
      return node.items.flatMap((child, i) => {
        if (at.faults.isFull) return []
        const value = item.read(child as YamlNode, { ...at, path: `${at.path}[${i}]` })
        return value === undefined ? [] : [value]
      })
    },
  }
}

const NONE = 'Nothing of this kind can be allowed here. Remove the entries.'

/** A mapping is read as the one, everything else as the other. */
export function scalarOrMapping<A, B>(plain: Shape<A>, mapped: Shape<B>): Shape<A | B> {
  return {
    schema: { anyOf: [plain.schema, mapped.schema] },
    read: (node, at) => (isMap(node) ? mapped.read(node, at) : plain.read(node, at)),
  }
}

/** What was read, made into something else; a fault is a value's. */
export function refined<A, B>(
  shape: Shape<A>,
  refine: (value: A) => Result<B, Omit<ScalarFault, 'kind'>>,
): Shape<B> {
  return {
    schema: shape.schema,
    read(node, at) {
      const before = at.faults.count
      const value = shape.read(node, at)
      if (value === undefined || at.faults.count > before) return undefined
      const result = refine(value)
      if (result.ok) return result.value
      at.faults.add({ kind: 'value', path: at.path, line: at.lineOf(node), ...result.error })
      return undefined
    },
  }
}

export function described<T>(
  shape: Shape<T>,
  description: string,
  more: JsonSchema = {},
): Shape<T> {
  return { ...shape, schema: { description, ...more, ...shape.schema } }
}

/** A key without a value. */
function nothingAt(key: YamlNode): YamlNode {
  const nothing = new Scalar(null)
  nothing.range = key.range ?? null
  return nothing
}

function written(node: Scalar): WrittenScalar {
  const isQuoted = node.type !== undefined && node.type !== 'PLAIN'
  return { value: node.value, text: scalarText(node), isQuoted }
}

function list(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? 'nothing'
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
