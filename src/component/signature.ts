// Functions and types in WIT's own syntax, for people and as the description of tools without docs.

import { COMPONENT_LIMITS } from './limits.ts'
import type { FunctionType, WitType } from './wit.ts'

/** `get-time: func(zone: option<string>) -> result<string, zone-error>`, cut when it is longer than `max`. */
export function signature(
  name: string,
  type: FunctionType,
  max: number = COMPONENT_LIMITS.MAX_DESCRIPTION_CHARS,
): string {
  const params = type.params.map((param) => `${param.name}: ${printType(param.type)}`).join(', ')
  const result = type.result === null ? '' : ` -> ${printType(type.result)}`
  const text = `${name}: ${type.async ? 'async ' : ''}func(${params})${result}`
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`
}

/** Nominal types by their name; those that lost it are written out. */
export function printType(type: WitType): string {
  switch (type.kind) {
    case 'list':
      return type.length === undefined
        ? `list<${printType(type.element)}>`
        : `list<${printType(type.element)}, ${type.length}>`
    case 'map':
      return `map<${printType(type.key)}, ${printType(type.value)}>`
    case 'record':
      return type.name ?? `record { ${type.fields.map(printField).join(', ')} }`
    case 'tuple':
      return `tuple<${type.types.map(printType).join(', ')}>`
    case 'variant':
      return type.name ?? `variant { ${type.cases.map(printCase).join(', ')} }`
    case 'enum':
    case 'flags':
      return type.name ?? `${type.kind} { ${type.names.join(', ')} }`
    case 'option':
      return `option<${printType(type.inner)}>`
    case 'result':
      return printResult(type.ok, type.err)
    case 'own':
      return type.resource
    case 'borrow':
      return `borrow<${type.resource}>`
    case 'stream':
    case 'future':
      return type.inner === null ? type.kind : `${type.kind}<${printType(type.inner)}>`
    default:
      return type.kind
  }
}

function printField({ name, type }: { readonly name: string; readonly type: WitType }): string {
  return `${name}: ${printType(type)}`
}

function printCase({
  name,
  type,
}: {
  readonly name: string
  readonly type: WitType | null
}): string {
  return type === null ? name : `${name}(${printType(type)})`
}

function printResult(ok: WitType | null, err: WitType | null): string {
  if (ok === null && err === null) return 'result'
  if (err === null) return ok === null ? 'result' : `result<${printType(ok)}>`
  return `result<${ok === null ? '_' : printType(ok)}, ${printType(err)}>`
}
