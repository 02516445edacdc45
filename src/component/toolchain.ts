// Exports that no author wrote: an interpreter that was built into a component is set up through them, once,
// when it is built. They run no tool, and calling them again breaks the instance.

import type { ExportedFunction } from './wit.ts'

export const OF_THE_TOOLCHAIN = 'it sets up the interpreter that the component was built with'

/**
 * Known by name and parameters: componentize-qjs exports `init(shim, script, …)` from its world,
 * componentize-py `init(app-name, symbols, …)` from an interface `exports`. A function of an author that looks
 * exactly so is lost; none is known.
 */
export function isOfToolchain({ interface: of, name, type }: ExportedFunction): boolean {
  if (name !== 'init' || type.result?.kind !== 'result' || type.result.ok !== null) return false
  const [first, second] = type.params
  if (of === null) {
    return isText(first, 'shim') && isText(second, 'script')
  }
  return of === 'exports' && isText(first, 'app-name') && isSymbols(second)
}

type Param = ExportedFunction['type']['params'][number] | undefined

function isText(param: Param, name: string): boolean {
  return param?.name === name && param.type.kind === 'string'
}

function isSymbols(param: Param): boolean {
  return param?.name === 'symbols' && param.type.kind === 'record'
}
