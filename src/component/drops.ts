// The tools by which a client ends a handle: one for each resource that some tool answers with. The component
// does not export them: `[resource-drop]counter` is what the component model calls the same to a guest.

import { homesIn } from './handles.ts'
import type { ExportedFunction, FunctionType, ResourceHome } from './wit.ts'

const PREFIX = '[resource-drop]'

/** In place of a method, behind the class. No WIT name has a `$`. */
export const DROP = '$drop'

export const DROP_DESCRIPTION =
  'Ends a handle that is not needed any more, and with it what the component keeps behind it.'

export function isDrop({ name }: ExportedFunction): boolean {
  return name.startsWith(PREFIX)
}

/** In the order in which these functions first answer with each resource. */
export function dropsOf(types: readonly FunctionType[]): ExportedFunction[] {
  const homes = new Map<string, ResourceHome>()
  for (const { result } of types) {
    for (const home of homesIn(result)) homes.set(home.prefix, home)
  }
  return [...homes.values()].map((home) => {
    const { interface: of, name } = home
    const self = { name: 'self', type: { kind: 'own', resource: name, home } } as const
    const type = { params: [self], result: null, async: false }
    return { interface: of, name: `${PREFIX}${name}`, type }
  })
}
