// Arguments of a call that rules may bind to, named by the path of their keys: `url`, `request.url`. An
// argument may be a text or a list of texts.

/** Of a path: four names with dots between. */
export const MAX_ARGUMENT_CHARS = 4 * 64 + 3
const PATH = /^[A-Za-z][A-Za-z0-9-]{0,63}(\.[A-Za-z][A-Za-z0-9-]{0,63}){0,3}$/

/** Texts of one argument that are read: an honest tool is given a few. */
const MAX_TEXTS = 64
const MAX_TEXT_CHARS = 16_384

export function isArgumentPath(text: string): boolean {
  return PATH.test(text)
}

/** Empty for an argument that is absent, or neither a text nor a list of texts: it grants nothing. */
export function textsAt(args: unknown, path: string): readonly string[] {
  let value = args
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
    if (!Object.hasOwn(value, key)) return []
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
  const isText = (text: unknown): text is string =>
    typeof text === 'string' && text.length <= MAX_TEXT_CHARS
  return texts.length <= MAX_TEXTS && texts.every(isText) ? texts : []
}
