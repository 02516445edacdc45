// Turns written types into `WitType` values, inside one index space of types. Types may only refer
// to earlier ones, so each is resolved when it is met; size and depth are counted as if written
// out.

import { refuse } from './binary.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type {
  Declaration,
  FunctionTypeSyntax,
  LabelledSyntax,
  ValueRef,
  ValueTypeSyntax,
} from './syntax.ts'
import type { FunctionType, Named, WitHandle, WitType } from './wit.ts'

/**
 * What an index of a type space stands for. `S` is the scope in which declarations are read later.
 */
export type TypeEntity<S> =
  | SizedType
  | { readonly form: 'func'; readonly type: FunctionType }
  | ResourceEntity
  | { readonly form: 'instance'; readonly declarations: readonly Declaration[]; readonly scope: S }
  | { readonly form: 'component' }

/** `id` is the same under every name: two resources may have the same one. */
interface ResourceEntity {
  readonly form: 'resource'
  readonly name: string
  readonly imported: boolean
  readonly id: number
}

/** As long as it is not known under which name the component exports its resource (`homes.ts`). */
export interface NamelessHandle extends WitHandle {
  readonly id: number
}

/**
 * A type with its size and depth when written out in full: parts are shared, so both can explode.
 */
interface SizedType {
  readonly form: 'value'
  readonly type: WitType
  readonly nodes: number
  readonly depth: number
}

type Space = readonly TypeEntity<unknown>[]

/** A resource that no import or export has named yet. */
export const UNNAMED_RESOURCE = 'resource'

export function resolveFunction(syntax: FunctionTypeSyntax, space: Space): FunctionType {
  const total = new Total()
  const params = syntax.params.map((param) => total.named(param, space))
  const result = syntax.result === null ? null : total.type(syntax.result, space)
  total.check()
  return { params, result, async: syntax.async }
}

export function resolveType(syntax: ValueTypeSyntax, space: Space): SizedType {
  if (syntax.kind === 'primitive') return leaf({ kind: syntax.primitive })
  const total = new Total()
  const type = composite(syntax, space, total)
  total.check()
  return { form: 'value', type, nodes: total.nodes + 1, depth: total.depth + 1 }
}

/** The same entity under the name it is imported or exported by. Nominal types keep that name. */
export function nameType<S>(entity: TypeEntity<S>, name: string): TypeEntity<S> {
  if (entity.form === 'resource') return { ...entity, name }
  if (entity.form !== 'value') return entity
  const { type } = entity
  const nominal =
    type.kind === 'record' ||
    type.kind === 'variant' ||
    type.kind === 'enum' ||
    type.kind === 'flags'
  return nominal ? { ...entity, type: { ...type, name } } : entity
}

/** The same entity, marked as one of an imported interface: `from` is `ns:pkg/iface@1.0.0#name`. */
export function importedType<S>(entity: TypeEntity<S>, from: string): TypeEntity<S> {
  if (entity.form === 'resource') return { ...entity, imported: true }
  if (entity.form !== 'value') return entity
  const { type } = entity
  const nominal = type.kind === 'record' || type.kind === 'variant'
  return nominal ? { ...entity, type: { ...type, from } } : entity
}

function leaf(type: WitType): SizedType {
  return { form: 'value', type, nodes: 1, depth: 1 }
}

/** Sums the parts of one type or function while they are looked up. */
class Total {
  nodes = 0
  depth = 0

  type(ref: ValueRef, space: Space): WitType {
    const sized = typeof ref === 'number' ? valueAt(ref, space) : leaf({ kind: ref })
    this.nodes += sized.nodes
    this.depth = Math.max(this.depth, sized.depth)
    return sized.type
  }

  optional(ref: ValueRef | null, space: Space): WitType | null {
    return ref === null ? null : this.type(ref, space)
  }

  named({ name, type }: LabelledSyntax, space: Space): Named {
    return { name, type: this.type(type, space) }
  }

  /** A part without a type of its own: an enum case, a flag, an empty variant case. */
  count(parts: number): void {
    this.nodes += parts
  }

  check(): void {
    if (this.depth >= COMPONENT_LIMITS.MAX_TYPE_DEPTH) refuse('too-deep', 'a type')
    if (this.nodes > COMPONENT_LIMITS.MAX_TYPE_NODES) refuse('too-large', 'a type')
  }
}

function valueAt(index: number, space: Space): SizedType {
  const entity = space[index]
  if (entity?.form !== 'value') refuse('malformed', 'a reference to something that is not a type')
  return entity
}

type Composite = Exclude<ValueTypeSyntax, { kind: 'primitive' }>

function composite(syntax: Composite, space: Space, total: Total): WitType {
  switch (syntax.kind) {
    case 'record':
      return { kind: 'record', fields: syntax.fields.map((field) => total.named(field, space)) }
    case 'variant':
      total.count(syntax.cases.length)
      return {
        kind: 'variant',
        cases: syntax.cases.map(({ name, type }) => ({ name, type: total.optional(type, space) })),
      }
    case 'list': {
      const element = total.type(syntax.element, space)
      return syntax.length === null
        ? { kind: 'list', element }
        : { kind: 'list', element, length: syntax.length }
    }
    case 'map': {
      const key = total.type(syntax.key, space)
      return { kind: 'map', key, value: total.type(syntax.value, space) }
    }
    case 'tuple':
      return { kind: 'tuple', types: syntax.types.map((type) => total.type(type, space)) }
    case 'flags':
    case 'enum':
      total.count(syntax.names.length)
      return { kind: syntax.kind, names: syntax.names }
    case 'option':
      return { kind: 'option', inner: total.type(syntax.inner, space) }
    case 'result': {
      const ok = total.optional(syntax.ok, space)
      return { kind: 'result', ok, err: total.optional(syntax.err, space) }
    }
    case 'own':
    case 'borrow': {
      const entity = space[syntax.resource]
      if (entity?.form !== 'resource') refuse('malformed', 'a handle to something else')
      const { name: resource, id } = entity
      const handle: NamelessHandle = { kind: syntax.kind, resource, id }
      return entity.imported ? { ...handle, imported: true } : handle
    }
    case 'stream':
    case 'future':
      return { kind: syntax.kind, inner: total.optional(syntax.inner, space) }
    default:
      return syntax satisfies never
  }
}
