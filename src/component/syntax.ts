// The tree of a component binary as it is written: indices instead of meanings, in file order.
// `parse.ts` builds it, `instantiate.ts` gives it meaning. Core items appear only as far as needed.

import type { WitPrimitive } from './wit.ts'

/** Bytes `start` to `end` of the whole file. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface ComponentSyntax {
  readonly definitions: readonly Definition[]
}

export type Sort = 'core-module' | 'func' | 'type' | 'component' | 'instance'

export interface SortIndex {
  readonly sort: Sort
  readonly index: number
}

/** A name of an import or export, with its length before it in the file. */
export interface Named {
  readonly name: string
  readonly at: Span
}

export interface NamedSortIndex extends SortIndex, Named {}

export type Definition =
  | { readonly is: 'core-module'; readonly span: Span }
  | { readonly is: 'core-instantiation'; readonly module: number }
  | { readonly is: 'component'; readonly component: ComponentSyntax }
  | {
      readonly is: 'instantiation'
      readonly component: number
      readonly args: readonly NamedSortIndex[]
    }
  | { readonly is: 'inline-instance'; readonly exports: readonly NamedSortIndex[] }
  | AliasSyntax
  | TypeDefinition
  | { readonly is: 'lift'; readonly type: number }
  | ImportSyntax
  | ({
      readonly is: 'export'
      readonly item: SortIndex
      readonly type: ExternType | null
    } & Named)

export type AliasSyntax =
  | ({
      readonly is: 'export-alias'
      readonly sort: Sort
      readonly instance: number
    } & Named)
  | {
      readonly is: 'outer-alias'
      readonly sort: Sort
      readonly count: number
      readonly index: number
    }

export interface TypeDefinition {
  readonly is: 'type'
  readonly type: TypeSyntax
}

export interface ImportSyntax extends Named {
  readonly is: 'import'
  readonly type: ExternType
}

/** Inside an instance type or a component type. */
export type Declaration =
  | TypeDefinition
  | AliasSyntax
  | ImportSyntax
  | ({ readonly is: 'export-declaration'; readonly type: ExternType } & Named)

/**
 * What an import or export states about itself (`externdesc`). `equals: null` is a fresh resource.
 */
export type ExternType =
  | { readonly sort: 'func' | 'component' | 'instance'; readonly type: number }
  | { readonly sort: 'type'; readonly equals: number | null }

export type TypeSyntax =
  | ValueTypeSyntax
  | FunctionTypeSyntax
  | { readonly form: 'instance'; readonly declarations: readonly Declaration[] }
  | { readonly form: 'component'; readonly declarations: readonly Declaration[] }
  | { readonly form: 'resource' }

export interface FunctionTypeSyntax {
  readonly form: 'func'
  readonly params: readonly LabelledSyntax[]
  readonly result: ValueRef | null
  readonly async: boolean
}

/** A primitive, or the index of a type. */
export type ValueRef = WitPrimitive | number

export interface LabelledSyntax {
  readonly name: string
  readonly type: ValueRef
}

export type ValueTypeSyntax = { readonly form: 'value' } & (
  | { readonly kind: 'primitive'; readonly primitive: WitPrimitive }
  | { readonly kind: 'record'; readonly fields: readonly LabelledSyntax[] }
  | {
      readonly kind: 'variant'
      readonly cases: readonly { readonly name: string; readonly type: ValueRef | null }[]
    }
  | { readonly kind: 'list'; readonly element: ValueRef; readonly length: number | null }
  | { readonly kind: 'map'; readonly key: ValueRef; readonly value: ValueRef }
  | { readonly kind: 'tuple'; readonly types: readonly ValueRef[] }
  | { readonly kind: 'flags' | 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'option'; readonly inner: ValueRef }
  | { readonly kind: 'result'; readonly ok: ValueRef | null; readonly err: ValueRef | null }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number }
  | { readonly kind: 'stream' | 'future'; readonly inner: ValueRef | null }
)
