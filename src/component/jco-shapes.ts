// How jco writes WIT in JavaScript: names in camel case, options as undefined or as tagged objects.
// Must agree with its output to the letter: a field under another name would silently be absent.

import type { WitType } from './wit.ts'

/**
 * `get-HTTP-2url` becomes `getHttp2url`: words in lower case, a capital from the second word on.
 */
export function camelCase(label: string): string {
  const [first = '', ...rest] = label.toLowerCase().split('-')
  return first + rest.map(capital).join('')
}

/** The name of a resource's class: `input-stream` becomes `InputStream`. */
export function pascalCase(label: string): string {
  return label.toLowerCase().split('-').map(capital).join('')
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/**
 * Whether jco writes none as undefined. It cannot where the value of some may be undefined itself,
 * so every other level of nested options is tagged: `{tag: 'some', val}` or `{tag: 'none'}`.
 */
export function isNullable(type: WitType): boolean {
  return type.kind === 'option' && !isNullable(type.inner)
}
