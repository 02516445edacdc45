// Handles of a component's own resources, as a client writes them: `counter:` and 32 hex digits. They
// name something inside one kept instance and carry no authority.

import { camelCase, pascalCase } from './jco-shapes.ts'
import { partsOf } from './parts.ts'
import { generatedMember, generatedName } from './reserved.ts'
import type { FunctionType, ResourceHome, WitHandle, WitType } from './wit.ts'

/** The key of what stands for a resource in values that cross to the shell. No WIT name has a `$`. */
const KEY = '$handle'

/**
 * What crosses in place of a resource. `own`: the call takes it over, so the handle ends. `of` is the path of
 * its class in jco's exports: a resource of another class is not passed on, whatever its handle says.
 */
export interface HandlePlaceholder {
  readonly [KEY]: string
  readonly own?: boolean
  readonly of?: readonly string[]
}

const ID = /^[0-9a-f]{32}$/
const ID_CHARS = 32

/** Prefixes are of WIT's names: of what they may hold, only `.` and the `+` of a version mean more in a pattern. */
export function handlePattern({ home, resource }: WitHandle): RegExp {
  const prefix = (home?.prefix ?? resource).replace(/[.+]/g, String.raw`\$&`)
  return new RegExp(`^${prefix}:[0-9a-f]{32}$`)
}

/** `handle` fits the pattern of its type. */
export function toPlaceholder(handle: string, { kind, home }: WitHandle): HandlePlaceholder {
  const id = handle.slice(-ID_CHARS)
  const own = kind === 'own'
  return home === undefined ? { [KEY]: id, own } : { [KEY]: id, own, of: classPath(home) }
}

/** Where jco's exports have the class of a resource: `['a:b/c@1.0.0', 'Counter']`. */
export function classPath({ interface: of, name }: ResourceHome): string[] {
  return [...interfacePath(of), pascalCase(generatedMember('type', name))]
}

/** Where they have the functions of an interface; nothing for those of the world. */
export function interfacePath(of: string | null): string[] {
  if (of === null) return []
  const name = generatedName(of)
  // An interface written inside the world has no package, and then a name like a function's.
  return [name.includes(':') ? name : camelCase(name)]
}

export function placeholderOf(id: string): HandlePlaceholder {
  return { [KEY]: id }
}

/** `null` for anything else. */
export function asPlaceholder(
  value: object,
): { readonly id: string; readonly own: boolean; readonly of: readonly string[] | null } | null {
  const id = ownProperty(value, KEY)
  if (typeof id !== 'string' || !ID.test(id)) return null
  const of = ownProperty(value, 'of')
  return { id, own: ownProperty(value, 'own') === true, of: Array.isArray(of) ? of : null }
}

function ownProperty(value: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value
}

/** The handle for a client; `null` for a value that is none. */
export function fromPlaceholder({ home, resource }: WitHandle, value: unknown): string | null {
  const placeholder = typeof value === 'object' && value !== null ? asPlaceholder(value) : null
  return placeholder === null ? null : `${home?.prefix ?? resource}:${placeholder.id}`
}

/** Every resource of the component that values of this type hold. */
export function homesIn(type: WitType | null): ResourceHome[] {
  if (type === null) return []
  if (type.kind === 'own' || type.kind === 'borrow')
    return type.home === undefined ? [] : [type.home]
  return partsOf(type).flatMap(homesIn)
}

/** Whether a call of this function takes or returns resources: then its instance may be kept. */
export function usesHandles({ params, result }: FunctionType): boolean {
  return params.some(({ type }) => mentions(type)) || (result !== null && mentions(result))
}

function mentions(type: WitType): boolean {
  if (type.kind === 'own' || type.kind === 'borrow') return true
  return partsOf(type).some((part) => part !== null && mentions(part))
}
