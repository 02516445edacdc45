// What an argument may be where its WIT type says it: the cases of an enum. Read from the types that are known since
// the component was loaded; no component runs.

import type { ToolModel } from '../component/tools.ts'
import type { Named, WitType } from '../component/wit.ts'

/** The names that a value of the argument may have, each once; a dot leads into a record. Empty: no enum. */
export function casesOf(
  models: readonly Pick<ToolModel, 'function'>[],
  argument: string,
): string[] {
  const path = argument.split('.')
  const found = models.flatMap((model) => {
    const type = typeAt(model.function.type.params, path)
    return type === null ? [] : namesIn(type)
  })
  return [...new Set(found)]
}

/** Those that begin with what was typed, then those that have it in them. */
export function matching(cases: readonly string[], typed: string): string[] {
  const wanted = typed.toLowerCase()
  const [begin, hold] = [
    cases.filter((one) => one.toLowerCase().startsWith(wanted)),
    cases.filter((one) => one.toLowerCase().includes(wanted)),
  ]
  return [...new Set([...begin, ...hold])]
}

function typeAt(fields: readonly Named[], [name, ...rest]: readonly string[]): WitType | null {
  const found = fields.find((field) => field.name === name)?.type
  if (found === undefined) return null
  if (rest.length === 0) return found
  const inner = found.kind === 'option' ? found.inner : found
  return inner.kind === 'record' ? typeAt(inner.fields, rest) : null
}

function namesIn(type: WitType): readonly string[] {
  switch (type.kind) {
    case 'enum':
    case 'flags':
      return type.names
    case 'option':
      return namesIn(type.inner)
    case 'list':
      return namesIn(type.element)
    default:
      return []
  }
}
