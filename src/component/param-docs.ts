// Parameters as authors list them in the docs of a function, for WIT knows no docs of parameters in
// a binary: `- name: text` or `@param name text`.

const LISTED = /^ *[-*] +`?([A-Za-z][A-Za-z0-9-]*)`?: *(.*)$/
const TAGGED = /^ *@param +`?([A-Za-z][A-Za-z0-9-]*)`?(?: *[-:])? +(.*)$/
/** A line that goes on with the one before. */
const INDENTED = /^ {2,}(?![-*] )(\S.*)$/

/** By the names that are `wanted`; the first mention of each counts. */
export function listedParams(docs: string, wanted: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>()
  let current: string | null = null
  for (const line of docs.split('\n')) {
    const [, name, text] = LISTED.exec(line) ?? TAGGED.exec(line) ?? []
    const more = INDENTED.exec(line)?.[1]
    if (name !== undefined && text !== undefined) {
      current = wanted.has(name) && !found.has(name) ? name : null
      if (current !== null) found.set(current, text.trim())
    } else if (current !== null && more !== undefined) {
      found.set(current, `${found.get(current) ?? ''} ${more}`.trim())
    } else {
      current = null
    }
  }
  for (const [name, text] of found) if (text === '') found.delete(name)
  return found
}
