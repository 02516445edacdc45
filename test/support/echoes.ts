// Components that give back what they get, of types that are made up from a fixed seed, and of handles of their own
// resources. Whether a value comes back tells of everything between the JSON of a client and linear memory.

import * as fc from 'fast-check'
import type { Json } from '../../src/component/schema.ts'
import type { Named, WitType } from '../../src/component/wit.ts'
import { valueOf, witType, WitText } from '../component/support/wit-types.ts'
import { fromCore } from './wat.ts'

const SEED = 20_261_126
const COMPONENTS = 8
const FUNCTIONS = 8
const VALUES = 6

export interface Echoes {
  /** Base64. */
  readonly wasm: string
  /** Tool → its type as WIT writes it, and arguments that come back as they are. */
  readonly echoes: readonly {
    readonly tool: string
    readonly wit: string
    readonly values: readonly Json[]
  }[]
}

/** Allocates upwards and never frees. */
const ALLOCATOR = `(memory (export "memory") 2)
  (global $at (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $at) (i32.const 15)) (i32.const -16)))
    (global.set $at (i32.add (local.get $at) (local.get 3)))
    (local.get $at))`

/** So many that the canonical ABI passes all of them in memory, and is given back the same memory. */
const PADDING: readonly Named[] = Array.from({ length: 17 }, (_, i) => ({
  name: `p${i}`,
  type: { kind: 'u8' },
}))

export async function echoComponents(): Promise<Echoes[]> {
  const [types] = fc.sample(
    fc.array(witType(), { minLength: COMPONENTS * FUNCTIONS, maxLength: COMPONENTS * FUNCTIONS }),
    { seed: SEED, numRuns: 1 },
  )
  return await Promise.all(
    Array.from({ length: COMPONENTS }, async (_, n) => {
      const own = (types ?? []).slice(n * FUNCTIONS, (n + 1) * FUNCTIONS)
      return await echoComponent([...own, ...FLAT.filter((__, i) => i % COMPONENTS === n)])
    }),
  )
}

const of = (kind: (typeof SCALARS)[number]): WitType => ({ kind })
const SCALARS = [
  ...(['bool', 's8', 'u8', 's16', 'u16', 's32', 'u32', 's64', 'u64'] as const),
  ...(['f32', 'f64', 'char', 'string'] as const),
]

/** Types whose values are passed as core values one by one. */
const FLAT: readonly WitType[] = [
  ...SCALARS.map(of),
  { kind: 'list', element: of('u8') },
  { kind: 'list', element: of('f32') },
  { kind: 'list', element: { kind: 'option', inner: of('s64') } },
  { kind: 'enum', names: ['a', 'b-c', 'D'] },
  { kind: 'flags', names: ['a', 'b-c', 'D'] },
  { kind: 'flags', names: Array.from({ length: 32 }, (_, i) => `f${i}`) },
  { kind: 'tuple', types: [of('u8'), of('f64'), of('bool'), of('string'), of('s16')] },
  {
    kind: 'record',
    fields: [
      { name: 'is-ok', type: of('bool') },
      { name: 'HTTP-2', type: { kind: 'tuple', types: [of('f32'), of('u64')] } },
      { name: 'then', type: { kind: 'list', element: of('string') } },
    ],
  },
]

async function echoComponent(types: readonly WitType[]): Promise<Echoes> {
  const text = new WitText()
  const functions: string[] = []
  const cores: string[] = []
  const echoes = types.map((type, i) => {
    const tool = `echo${i}`
    const flat = flatEcho(type, tool)
    const padded: WitType = { kind: 'record', fields: [{ name: 'v', type }, ...PADDING] }
    const wit = text.write(flat === null ? padded : type)
    functions.push(`export ${tool}: func(x: ${wit}) -> ${wit};`)
    cores.push(flat ?? `(func (export "${tool}") (param i32) (result i32) local.get 0)`)
    const values = fc.sample(valueOf(type), { seed: SEED + i, numRuns: VALUES })
    const padding = Object.fromEntries(PADDING.map(({ name }) => [name, 7]))
    const wrapped = values.map((v): Json => (flat === null ? { v, ...padding } : v))
    return { tool, wit: new WitText().write(type), values: wrapped }
  })
  const wit = `package test:echo; world w { ${[...text.declarations, ...functions].join('\n')} }`
  const wasm = await fromCore(wit, `(module ${ALLOCATOR} ${cores.join('\n')})`)
  return { wasm: Buffer.from(wasm).toString('base64'), echoes }
}

/** The core types that a value is passed as, and how each is put into memory; null: it has cases of several types. */
type Leaf = readonly [core: string, store: string, size: number]

const LEAVES: Readonly<Record<string, readonly Leaf[]>> = {
  bool: [['i32', 'i32.store8', 1]],
  s8: [['i32', 'i32.store8', 1]],
  u8: [['i32', 'i32.store8', 1]],
  s16: [['i32', 'i32.store16', 2]],
  u16: [['i32', 'i32.store16', 2]],
  s32: [['i32', 'i32.store', 4]],
  u32: [['i32', 'i32.store', 4]],
  s64: [['i64', 'i64.store', 8]],
  u64: [['i64', 'i64.store', 8]],
  f32: [['f32', 'f32.store', 4]],
  f64: [['f64', 'f64.store', 8]],
  char: [['i32', 'i32.store', 4]],
}
const POINTER: Leaf = ['i32', 'i32.store', 4]

interface Layout {
  readonly leaves: readonly (readonly [at: number, leaf: Leaf])[]
  readonly size: number
  readonly align: number
}

/** Canonical ABI, "Alignment" and "Element Size", of types without cases. */
function layoutOf(type: WitType): Layout | null {
  switch (type.kind) {
    case 'string':
    case 'list':
      return together([of('u32'), of('u32')])
    case 'enum':
      return scalar(['i32', 'i32.store8', 1])
    case 'flags':
      return scalar(type.names.length <= 8 ? ['i32', 'i32.store8', 1] : POINTER)
    case 'tuple':
      return together(type.types)
    case 'record':
      return together(type.fields.map((field) => field.type))
    default: {
      const [leaf] = LEAVES[type.kind] ?? []
      return leaf === undefined ? null : scalar(leaf)
    }
  }
}

function scalar(leaf: Leaf): Layout {
  return { leaves: [[0, leaf]], size: leaf[2], align: leaf[2] }
}

function together(types: readonly WitType[]): Layout | null {
  const leaves: [number, Leaf][] = []
  let [size, align] = [0, 1]
  for (const type of types) {
    const part = layoutOf(type)
    if (part === null) return null
    const at = Math.ceil(size / part.align) * part.align
    for (const [offset, leaf] of part.leaves) leaves.push([at + offset, leaf])
    size = at + part.size
    align = Math.max(align, part.align)
  }
  return { leaves, size: Math.ceil(size / align) * align, align }
}

/** Null for a type that is passed in another way. */
function flatEcho(type: WitType, name: string): string | null {
  const layout = layoutOf(type)
  if (layout === null || layout.leaves.length > 16) return null
  const params = layout.leaves.map(([, [core]]) => `(param ${core})`).join(' ')
  if (layout.leaves.length === 1) {
    return `(func (export "${name}") ${params} (result ${layout.leaves[0]?.[1][0]}) local.get 0)`
  }
  const stores = layout.leaves.map(
    ([at, [, store]], i) => `(${store} offset=${at} (i32.const 16) (local.get ${i}))`,
  )
  return `(func (export "${name}") ${params} (result i32) ${stores.join(' ')} (i32.const 16))`
}

/** Takes handles of its resource in every position, and gives them back. `get` tells them apart. */
export async function handleEchoes(): Promise<Uint8Array> {
  const stored = (params: number, ...stores: string[]) =>
    `${'(param i32) '.repeat(params)} (result i32) ${stores.join(' ')} (i32.const 16)`
  const word = (at: number, local: number) =>
    `(i32.store offset=${at} (i32.const 16) (local.get ${local}))`
  const tag = '(i32.store8 (i32.const 16) (local.get 0))'
  const functions: Readonly<Record<string, string>> = {
    '[constructor]thing': '(param i32) (result i32) (call $new (local.get 0))',
    '[method]thing.get': '(param i32) (result i32) local.get 0',
    '[static]thing.same': '(param i32) (result i32) local.get 0',
    peek: '(param i32) (result i32) local.get 0',
    taken: '(param i32) (result i32) local.get 0',
    'all-of': stored(2, word(0, 0), word(4, 1)),
    maybe: stored(2, tag, word(4, 1)),
    pair: stored(2, word(0, 0), word(4, 1)),
    either: stored(3, tag, word(4, 1), word(8, 2)),
    named: stored(3, tag, word(4, 1), word(8, 2)),
  }
  return await fromCore(
    `package test:echo; interface things {
      resource thing {
        constructor(n: u32);
        get: func() -> u32;
        same: static func(x: thing) -> thing;
      }
      record labelled { mark: bool, it: thing, n: u32 }
      peek: func(x: borrow<thing>) -> u32;
      taken: func(x: thing) -> thing;
      all-of: func(x: list<thing>) -> list<thing>;
      maybe: func(x: option<thing>) -> option<thing>;
      pair: func(x: tuple<thing, u32>) -> tuple<thing, u32>;
      either: func(x: result<thing, string>) -> tuple<result<thing, string>>;
      named: func(x: labelled) -> labelled;
    }
    world w { export things; }`,
    `(module
      (import "[export]test:echo/things" "[resource-new]thing" (func $new (param i32) (result i32)))
      ${ALLOCATOR}
      ${Object.entries(functions)
        .map(([name, code]) => `(func (export "test:echo/things#${name}") ${code})`)
        .join('\n')})`,
  )
}
