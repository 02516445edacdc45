// Handles of a component's own resources, as a client writes them: `counter:` and 32 hex digits. They
// name something inside one kept instance and carry no authority.

import type { FunctionType, WitType } from './wit.ts'

/** The key of what stands for a resource in values that cross to the shell. No WIT name has a `$`. */
const KEY = '$handle'

/** What crosses in place of a resource. `own`: the call takes it over, so the handle ends. */
export interface HandlePlaceholder {
  readonly [KEY]: string
  readonly own?: boolean
}

const ID = /^[0-9a-f]{32}$/

export function handlePattern(resource: string): RegExp {
  return new RegExp(`^${resource}:[0-9a-f]{32}$`)
}

/** `handle` fits the pattern of its resource. */
export function toPlaceholder(handle: string, own: boolean): HandlePlaceholder {
  return { [KEY]: handle.slice(handle.indexOf(':') + 1), own }
}

export function placeholderOf(id: string): HandlePlaceholder {
  return { [KEY]: id }
}

/** `null` for anything else. */
export function asPlaceholder(
  value: object,
): { readonly id: string; readonly own: boolean } | null {
  const id: unknown = Object.getOwnPropertyDescriptor(value, KEY)?.value
  if (typeof id !== 'string' || !ID.test(id)) return null
  return { id, own: Object.getOwnPropertyDescriptor(value, 'own')?.value === true }
}

/** The handle for a client; `null` for a value that is none. */
export function fromPlaceholder(resource: string, value: unknown): string | null {
  const placeholder = typeof value === 'object' && value !== null ? asPlaceholder(value) : null
  return placeholder === null ? null : `${resource}:${placeholder.id}`
}

/** Whether a call of this function takes or returns resources: then its instance may be kept. */
export function usesHandles({ params, result }: FunctionType): boolean {
  return params.some(({ type }) => mentions(type)) || (result !== null && mentions(result))
}

function mentions(type: WitType): boolean {
  switch (type.kind) {
    case 'own':
    case 'borrow':
      return true
    case 'list':
      return mentions(type.element)
    case 'record':
      return type.fields.some((field) => mentions(field.type))
    case 'tuple':
      return type.types.some(mentions)
    case 'variant':
      return type.cases.some((one) => one.type !== null && mentions(one.type))
    case 'option':
      return mentions(type.inner)
    case 'result':
      return [type.ok, type.err].some((side) => side !== null && mentions(side))
    default:
      return false
  }
}
