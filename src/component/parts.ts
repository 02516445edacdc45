// What a type is made of, one level down: for whoever looks through a whole type for something.

import type { WitType } from './wit.ts'

/** Null for a side or a case without a value. Handles name a resource and have no parts. */
export function partsOf(type: WitType): readonly (WitType | null)[] {
  switch (type.kind) {
    case 'list':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    case 'record':
      return type.fields.map((field) => field.type)
    case 'variant':
      return type.cases.map((one) => one.type)
    case 'tuple':
      return type.types
    case 'option':
    case 'stream':
    case 'future':
      return [type.inner]
    case 'result':
      return [type.ok, type.err]
    default:
      return []
  }
}
