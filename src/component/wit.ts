// The types and functions of a component as plain JSON values, in WIT's own words. Nothing here has
// behaviour: decoding is in `decode.ts`, mapping to JSON in `schema.ts`, `arguments.ts`,
// `results.ts`.

export type WitPrimitive =
  | 'bool'
  | 's8'
  | 'u8'
  | 's16'
  | 'u16'
  | 's32'
  | 'u32'
  | 's64'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'char'
  | 'string'
  | 'error-context'

/**
 * A type, fully expanded: no references, so a function can be read on its own. Records, variants,
 * enums and flags keep the WIT name they were exported under in `name`, when they have one.
 */
export type WitType =
  | { readonly kind: WitPrimitive }
  | WitList
  | { readonly kind: 'map'; readonly key: WitType; readonly value: WitType }
  | WitRecord
  | { readonly kind: 'tuple'; readonly types: readonly WitType[] }
  | WitVariant
  | { readonly kind: 'enum'; readonly names: readonly string[]; readonly name?: string }
  | { readonly kind: 'flags'; readonly names: readonly string[]; readonly name?: string }
  | { readonly kind: 'option'; readonly inner: WitType }
  | WitResult
  | WitHandle
  | { readonly kind: 'stream' | 'future'; readonly inner: WitType | null }

/** `imported` is there for a resource of the host; any other is the component's own and has a home. */
export interface WitHandle {
  readonly kind: 'own' | 'borrow'
  readonly resource: string
  readonly imported?: true
  readonly home?: ResourceHome
}

/** Which resource it is, whatever the interface calls it that a function is in. */
export interface ResourceHome {
  /** The first export that has it, which defines it; null for the world itself. */
  readonly interface: string | null
  readonly name: string
  /** What handles of it begin with: the name, or more where the component has two of that name. */
  readonly prefix: string
}

/** `length` is present for a fixed-length list only. */
export interface WitList {
  readonly kind: 'list'
  readonly element: WitType
  readonly length?: number
}

export interface WitRecord {
  readonly kind: 'record'
  readonly fields: readonly Named[]
  readonly name?: string
  /** What it is in the imported interface that defines it: `ns:pkg/iface@1.0.0#name`. */
  readonly from?: string
}

export interface WitVariant {
  readonly kind: 'variant'
  readonly cases: readonly { readonly name: string; readonly type: WitType | null }[]
  readonly name?: string
  /** What it is in the imported interface that defines it: `ns:pkg/iface@1.0.0#name`. */
  readonly from?: string
}

export interface WitResult {
  readonly kind: 'result'
  readonly ok: WitType | null
  readonly err: WitType | null
}

/** A parameter or a field. */
export interface Named {
  readonly name: string
  readonly type: WitType
}

export interface FunctionType {
  readonly params: readonly Named[]
  readonly result: WitType | null
  readonly async: boolean
}

export interface ExportedFunction {
  /** The full name, `wassette-edge:time/clock@0.1.0`; null for a function of the world itself. */
  readonly interface: string | null
  /** As in the binary: `get-time`, `[method]counter.inc`, `[constructor]counter`, `[static]r.f`. */
  readonly name: string
  readonly type: FunctionType
}

export interface ImportedInterface {
  readonly kind: 'interface'
  /** Without the version: `wasi:http/types`. */
  readonly name: string
  readonly version: string | null
  /** As in the binary: `wasi:http/types@0.2.3`. */
  readonly full: string
  /** The functions the component names, in file order; types alone leave this empty. */
  readonly functions: readonly string[]
  /** It holds types that are written out where they are used: nobody has to answer for it. */
  readonly typesOnly: boolean
}

export interface ImportedFunction {
  readonly kind: 'function'
  readonly name: string
}

export interface ComponentModel {
  readonly imports: readonly (ImportedInterface | ImportedFunction)[]
  readonly exports: readonly ExportedFunction[]
  /** Full names of the exported interfaces, those without functions included. */
  readonly exportedInterfaces: readonly string[]
}
