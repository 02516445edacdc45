// How an imported function is answered, and short ways to write a table of them.

/** `suspends`: the shim answers with a promise, so the function must be in jco's async import list. */
export type Linkage = 'answers' | 'suspends'

export const answers = (...names: string[]): [string, Linkage][] =>
  names.map((name) => [name, 'answers'])
export const suspends = (...names: string[]): [string, Linkage][] =>
  names.map((name) => [name, 'suspends'])
export const methods = (resource: string, ...names: string[]): string[] =>
  names.map((name) => `[method]${resource}.${name}`)
