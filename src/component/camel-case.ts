// WIT's kebab-case names as the JavaScript names of the generated code. Must agree with jco to the
// letter: a field under another name would silently be absent.

/** `get-HTTP-2url` becomes `getHttp2url`: words in lower case, a capital from the second word on. */
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
