// Which functions can be tools: those whose types all have a JSON form. The reasons are ours and
// fixed, for the list of skipped functions that a person sees.

import { camelCase } from './jco-shapes.ts'
import type { FunctionType, WitType } from './wit.ts'

/** Null when every value of the function can be written as JSON. */
export function unmappable(type: FunctionType): string | null {
  const types = type.params.map((param) => param.type)
  if (type.result !== null) types.push(type.result)
  if (clashes(type.params.map((param) => param.name))) return CLASH
  return firstReason(types)
}

const CLASH = 'two names of one type are the same in JavaScript'

function reasonOf(type: WitType): string | null {
  switch (type.kind) {
    case 'own':
    case 'borrow':
      return type.imported === true ? 'it takes or returns a resource of the host' : null
    case 'stream':
      return 'it takes or returns a stream'
    case 'future':
      return 'it takes or returns a future'
    case 'error-context':
      return 'it takes or returns an error-context'
    case 'map':
      return 'it takes or returns a map'
    case 'list':
      if (type.length !== undefined) return 'it takes or returns a list of fixed length'
      return reasonOf(type.element)
    case 'record':
      if (clashes(type.fields.map((field) => field.name))) return CLASH
      return firstReason(type.fields.map((field) => field.type))
    case 'flags':
      return clashes(type.names) ? CLASH : null
    case 'variant':
      return firstReason(type.cases.map((one) => one.type))
    case 'tuple':
      return firstReason(type.types)
    case 'option':
      return reasonOf(type.inner)
    case 'result':
      return firstReason([type.ok, type.err])
    default:
      return null
  }
}

function firstReason(types: readonly (WitType | null)[]): string | null {
  for (const type of types) {
    const reason = type === null ? null : reasonOf(type)
    if (reason !== null) return reason
  }
  return null
}

/** `a-1` and `a1` differ in WIT and share a key in JavaScript, where one would hide the other. */
function clashes(names: readonly string[]): boolean {
  return new Set(names.map(camelCase)).size < names.length
}
