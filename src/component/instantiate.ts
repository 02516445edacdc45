// Gives meaning to a component's tree: walks its definitions as an engine would, with types in
// place of code, and yields what it imports and exports. Nested components are instantiated the
// same way.

import { Budget, refuse } from './binary.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type {
  AliasSyntax,
  ComponentSyntax,
  Declaration,
  Definition,
  ExternType,
  NamedSortIndex,
  Sort,
  SortIndex,
  Span,
  TypeDefinition,
  TypeSyntax,
} from './syntax.ts'
import type { TypeEntity } from './types.ts'
import { importedType, nameType, resolveFunction, resolveType, UNNAMED_RESOURCE } from './types.ts'
import type { FunctionType } from './wit.ts'

/** Something that can be imported, exported or passed as an argument. */
export type Entity =
  | { readonly sort: 'func'; readonly type: FunctionType }
  | { readonly sort: 'type'; readonly type: TypeEntity<Scope> }
  | { readonly sort: 'instance'; readonly exports: Exports }
  | ComponentEntity
  | { readonly sort: 'core-module'; readonly span: Span }

export type Exports = ReadonlyMap<string, Entity>

/** `made` is null for a component that is imported: there is nothing to instantiate. */
interface ComponentEntity {
  readonly sort: 'component'
  readonly made: { readonly syntax: ComponentSyntax; readonly around: Scope } | null
}

/** The index spaces of one component or one type, and those around it for outer aliases. */
interface Scope {
  readonly around: Scope | null
  readonly spaces: Readonly<Record<Sort, Entity[]>>
  readonly types: TypeEntity<Scope>[]
}

/** What the outermost component imports and exports, in file order. */
export interface Surface {
  readonly imports: readonly (readonly [name: string, entity: Entity])[]
  readonly exports: Exports
  /**
   * The core module of each core instance, at any depth: each has memories and tables of its own.
   */
  readonly coreInstances: readonly Span[]
}

/** Refuses (see `binary.ts`) what no engine would take; call it inside `attempt`. */
export function instantiateComponent(syntax: ComponentSyntax): Surface {
  const imports: [string, Entity][] = []
  const instantiation = new Instantiation()
  const exports = instantiation.run(syntax, null, (name, stated) => {
    const entity = fromHost(name, stated)
    imports.push([name, entity])
    return entity
  })
  return { imports, exports, coreInstances: instantiation.coreInstances }
}

/** Answers an import: by what was passed for it or, at the outermost level, by what it states. */
type Supply = (name: string, stated: Entity) => Entity

class Instantiation {
  readonly coreInstances: Span[] = []
  #resources = 0
  /** While an import of the outermost component is read: a resource that it states is the host's. */
  #ofHost = false
  readonly #steps = new Budget(COMPONENT_LIMITS.MAX_STEPS, 'more steps than linking may take')

  /** Nesting of components bounds this recursion: one can only name those defined before it. */
  run(syntax: ComponentSyntax, around: Scope | null, supply: Supply, depth = 0): Exports {
    if (depth > COMPONENT_LIMITS.MAX_NESTING_DEPTH) refuse('too-deep', 'instances in instances')
    const scope = newScope(around)
    const exports = new Map<string, Entity>()
    for (const definition of syntax.definitions) {
      this.#steps.spend(1)
      this.#define(definition, scope, exports, supply, depth)
    }
    return exports
  }

  #define(
    definition: Definition,
    scope: Scope,
    exports: Map<string, Entity>,
    supply: Supply,
    depth: number,
  ): void {
    switch (definition.is) {
      case 'core-module':
        return add(scope, { sort: 'core-module', span: definition.span })
      case 'core-instantiation':
        return this.#instantiateCore(definition.module, scope)
      case 'component': {
        const made = { syntax: definition.component, around: scope }
        return add(scope, { sort: 'component', made })
      }
      case 'instantiation':
        return add(scope, this.#instantiate(definition.component, definition.args, scope, depth))
      case 'inline-instance':
        return add(scope, { sort: 'instance', exports: this.#gather(definition.exports, scope) })
      case 'lift':
        return add(scope, { sort: 'func', type: functionAt(scope, definition.type) })
      case 'import': {
        // Known before any type holds a handle of it: marking it later leaves those as they are.
        this.#ofHost = depth === 0
        const stated = this.#stated(definition.name, definition.type, scope, 0)
        this.#ofHost = false
        return add(scope, supply(definition.name, stated))
      }
      case 'export': {
        const item = entityAt(scope, definition.item)
        const entity =
          definition.type === null
            ? named(item, definition.name)
            : this.#ascribed(definition.name, item, definition.type, scope)
        exports.set(definition.name, entity)
        return add(scope, entity)
      }
      default:
        return this.#declare(definition, scope)
    }
  }

  /** Types and aliases: what a component, an instance type and a component type have in common. */
  #declare(item: TypeDefinition | AliasSyntax, scope: Scope): void {
    switch (item.is) {
      case 'type':
        return add(scope, { sort: 'type', type: this.#typeEntity(item.type, scope) })
      case 'export-alias': {
        const instance = entityAt(scope, { sort: 'instance', index: item.instance })
        const entity = instance.sort === 'instance' ? instance.exports.get(item.name) : undefined
        if (entity?.sort !== item.sort)
          refuse('malformed', 'an alias of an export that is not there')
        return add(scope, entity)
      }
      case 'outer-alias': {
        let outer: Scope | null = scope
        for (let i = 0; i < item.count && outer !== null; i += 1) outer = outer.around
        if (outer === null) refuse('malformed', 'an alias beyond the outermost component')
        return add(scope, entityAt(outer, { sort: item.sort, index: item.index }))
      }
      default:
        return item satisfies never
    }
  }

  #typeEntity(syntax: TypeSyntax, scope: Scope): TypeEntity<Scope> {
    switch (syntax.form) {
      case 'value':
        return resolveType(syntax, scope.types)
      case 'func':
        return { form: 'func', type: resolveFunction(syntax, scope.types) }
      case 'instance':
        return { form: 'instance', declarations: syntax.declarations, scope }
      case 'component':
        return { form: 'component' }
      case 'resource':
        return this.#newResource(UNNAMED_RESOURCE)
      default:
        return syntax satisfies never
    }
  }

  #newResource(name: string): TypeEntity<Scope> {
    this.#resources += 1
    return { form: 'resource', name, imported: this.#ofHost, id: this.#resources }
  }

  #instantiateCore(index: number, scope: Scope): void {
    const module = entityAt(scope, { sort: 'core-module', index })
    if (module.sort === 'core-module') this.coreInstances.push(module.span)
    if (this.coreInstances.length > COMPONENT_LIMITS.MAX_CORE_INSTANCES) {
      refuse('too-large', 'core instances')
    }
  }

  #instantiate(
    index: number,
    args: readonly NamedSortIndex[],
    scope: Scope,
    depth: number,
  ): Entity {
    this.#steps.spend(args.length)
    const component = entityAt(scope, { sort: 'component', index })
    if (component.sort !== 'component') refuse('malformed', 'an instance of something else')
    if (component.made === null) refuse('unsupported', 'an instance of an imported component')
    const passed = this.#gather(args, scope)
    const { syntax, around } = component.made
    const exports = this.run(
      syntax,
      around,
      (name, stated) => {
        const entity = passed.get(name)
        if (entity?.sort !== stated.sort) refuse('malformed', 'an instance without an argument')
        return entity
      },
      depth + 1,
    )
    return { sort: 'instance', exports }
  }

  #gather(items: readonly NamedSortIndex[], scope: Scope): Exports {
    this.#steps.spend(items.length)
    return new Map(items.map((item) => [item.name, entityAt(scope, item)]))
  }

  /** What an import or a declared export says of itself, as an entity that stands for it. */
  #stated(name: string, type: ExternType, scope: Scope, depth: number): Entity {
    switch (type.sort) {
      case 'component':
        return { sort: 'component', made: null }
      case 'func':
        return { sort: 'func', type: functionAt(scope, type.type) }
      case 'instance':
        return { sort: 'instance', exports: this.#instanceOf(scope.types[type.type], depth) }
      case 'type': {
        const entity: TypeEntity<Scope> | undefined =
          type.equals === null ? this.#newResource(name) : scope.types[type.equals]
        if (entity === undefined) refuse('malformed', 'a type that is not there')
        return { sort: 'type', type: nameType(entity, plain(name)) }
      }
      default:
        return type satisfies never
    }
  }

  /** A stated function type counts, for it uses the names that the interface gives to its types. */
  #ascribed(name: string, item: Entity, type: ExternType, scope: Scope): Entity {
    if (item.sort !== type.sort) refuse('malformed', 'an export of another sort than it states')
    if (item.sort !== 'func') return named(item, name)
    return this.#stated(name, type, scope, 0)
  }

  #instanceOf(type: TypeEntity<Scope> | undefined, depth: number): Exports {
    if (type?.form !== 'instance') refuse('malformed', 'an instance of something that is no type')
    if (depth > COMPONENT_LIMITS.MAX_TYPE_DEPTH) refuse('too-deep', 'instances in instance types')
    const scope = newScope(type.scope)
    const exports = new Map<string, Entity>()
    for (const declaration of type.declarations) {
      this.#steps.spend(1)
      this.#declareExport(declaration, scope, exports, depth)
    }
    return exports
  }

  #declareExport(
    declaration: Declaration,
    scope: Scope,
    exports: Map<string, Entity>,
    depth: number,
  ): void {
    if (declaration.is === 'import') refuse('malformed', 'an import in an instance type')
    if (declaration.is !== 'export-declaration') return this.#declare(declaration, scope)
    const entity = this.#stated(declaration.name, declaration.type, scope, depth + 1)
    exports.set(declaration.name, entity)
    add(scope, entity)
  }
}

function newScope(around: Scope | null): Scope {
  const spaces = { 'core-module': [], func: [], type: [], component: [], instance: [] }
  return { around, spaces, types: [] }
}

function add(scope: Scope, entity: Entity): void {
  scope.spaces[entity.sort].push(entity)
  if (entity.sort === 'type') scope.types.push(entity.type)
}

function entityAt(scope: Scope, { sort, index }: SortIndex): Entity {
  const entity = scope.spaces[sort][index]
  if (entity === undefined) refuse('malformed', `a reference to a ${sort} that is not there`)
  return entity
}

function functionAt(scope: Scope, index: number): FunctionType {
  const entity = scope.types[index]
  if (entity?.form !== 'func') refuse('malformed', 'a function of something that is no type')
  return entity.type
}

/** What the outermost component imports: its types say from where they are. */
function fromHost(name: string, entity: Entity): Entity {
  if (entity.sort === 'type') return { sort: 'type', type: fromItself(entity.type) }
  if (entity.sort !== 'instance') return entity
  const marked = [...entity.exports].map(([key, item]): [string, Entity] =>
    item.sort === 'type'
      ? [key, { sort: 'type', type: importedType(item.type, `${name}#${key}`) }]
      : [key, item],
  )
  return { sort: 'instance', exports: new Map(marked) }
}

/** A type that a world imports by itself equals one of an interface, or is a resource of the host. */
function fromItself(type: TypeEntity<Scope>): TypeEntity<Scope> {
  return type.form === 'resource' ? { ...type, imported: true } : type
}

function named(entity: Entity, name: string): Entity {
  return entity.sort === 'type' ? { sort: 'type', type: nameType(entity.type, name) } : entity
}

/**
 * The components that toolchains wrap around interfaces import their types as `import-type-<name>`.
 */
function plain(name: string): string {
  return name.startsWith('import-type-') ? name.slice('import-type-'.length) : name
}
