// Which resource a handle is of. A component may have two resources of one name, in two interfaces, and one
// resource under two names: handles say by their prefix which one they are of, in every function alike.

import type { Exports } from './instantiate.ts'
import type { NamelessHandle } from './types.ts'
import type { FunctionType, Named, ResourceHome, WitType } from './wit.ts'

/** By the number that a resource has in `types.ts`. */
export type Homes = ReadonlyMap<number, ResourceHome>

type Place = Omit<ResourceHome, 'prefix'>

/** Of the component's own resources: the first export that names one is its home. */
export function homesOf(exports: Exports): Homes {
  const places = new Map<number, Place>()
  const settle = (of: string | null, members: Exports): void => {
    for (const [name, entity] of members) {
      if (entity.sort !== 'type' || entity.type.form !== 'resource') continue
      const { id, imported } = entity.type
      if (!imported && !places.has(id)) places.set(id, { interface: of, name })
    }
  }
  settle(null, exports)
  for (const [name, entity] of exports) {
    if (entity.sort === 'instance') settle(name, entity.exports)
  }
  return prefixed(places)
}

/** The name alone, the interface before it, or all of the interface: the first that nobody else has. */
function prefixed(places: ReadonlyMap<number, Place>): Homes {
  const forms = [...places.values()].map(formsOf)
  const uses = new Map<string, number>()
  for (const form of forms.flat()) uses.set(form, (uses.get(form) ?? 0) + 1)
  return new Map(
    [...places].map(([id, place], i): [number, ResourceHome] => {
      const [whole, ...shorter] = (forms[i] ?? []).toReversed()
      const prefix = shorter.toReversed().find((form) => uses.get(form) === 1) ?? whole ?? ''
      return [id, { ...place, prefix }]
    }),
  )
}

function formsOf({ interface: of, name }: Place): string[] {
  if (of === null) return [name, `/${name}`]
  const [path = ''] = of.split('@', 1)
  return [name, `${path.slice(path.lastIndexOf('/') + 1)}/${name}`, `${of}/${name}`]
}

/** The same type, its handles at home. What it says of their numbers is gone. */
export function housed(type: FunctionType, homes: Homes): FunctionType {
  const params = type.params.map((param) => housedPart(param, homes))
  return { ...type, params, result: optional(type.result, homes) }
}

function housedPart(part: Named, homes: Homes): Named {
  return { ...part, type: housedType(part.type, homes) }
}

function optional(type: WitType | null, homes: Homes): WitType | null {
  return type === null ? null : housedType(type, homes)
}

function housedType(type: WitType, homes: Homes): WitType {
  switch (type.kind) {
    case 'own':
    case 'borrow': {
      const { id, ...handle } = type as NamelessHandle
      const home = homes.get(id)
      return home === undefined ? handle : { ...handle, home }
    }
    case 'list':
      return { ...type, element: housedType(type.element, homes) }
    case 'map':
      return { ...type, key: housedType(type.key, homes), value: housedType(type.value, homes) }
    case 'record':
      return { ...type, fields: type.fields.map((field) => housedPart(field, homes)) }
    case 'tuple':
      return { ...type, types: type.types.map((one) => housedType(one, homes)) }
    case 'variant':
      return {
        ...type,
        cases: type.cases.map((one) => ({ ...one, type: optional(one.type, homes) })),
      }
    case 'option':
      return { ...type, inner: housedType(type.inner, homes) }
    case 'result':
      return { ...type, ok: optional(type.ok, homes), err: optional(type.err, homes) }
    case 'stream':
    case 'future':
      return { ...type, inner: optional(type.inner, homes) }
    default:
      return type
  }
}
