// Puts the value of a secret into a request, in its one place. What the component itself has put there is gone.

import type { Placeholder, Placement } from './secret.ts'

/** A request on its way out. Names of headers in any case; the URL is absolute and canonical. */
export interface Outgoing {
  readonly url: URL
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** A request with a value in it. */
export interface Filled extends Outgoing {
  /** How the value was written, where that is not the value itself: whoever repeats it repeats that. */
  readonly written: readonly string[]
}

/** `null`: nothing was put in, as there is a placeholder and the component has not used it there. */
export function inject(
  outgoing: Outgoing,
  {
    placement,
    placeholder,
  }: { readonly placement: Placement; readonly placeholder: Placeholder | null },
  value: string,
): Filled | null {
  if (placeholder !== null) return fillIn(outgoing, placement, placeholder.text, value)
  switch (placement.kind) {
    case 'header':
      return { ...withHeader(outgoing, placement.name, `${placement.prefix}${value}`), written: [] }
    case 'query':
      return {
        ...withParameter(outgoing, placement.name, value),
        written: [encodeURIComponent(value)],
      }
    case 'basic': {
      const credentials = encoded(`${placement.user}:${value}`)
      return {
        ...withHeader(outgoing, 'authorization', `Basic ${credentials}`),
        written: [credentials],
      }
    }
  }
}

function withHeader({ url, headers }: Outgoing, name: string, value: string): Outgoing {
  const others = headers.filter((header) => header[0].toLowerCase() !== name)
  return { url, headers: [...others, [name, value]] }
}

/** The other parameters stay as they were written. */
function withParameter({ url, headers }: Outgoing, name: string, value: string): Outgoing {
  const others = parametersOf(url).filter((parameter) => nameOf(parameter) !== name)
  const own = `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
  return { url: withQuery(url, [...others, own]), headers }
}

/** The placeholder counts in the place of the secret only: a component cannot have it published in another. */
function fillIn(
  { url, headers }: Outgoing,
  placement: Placement,
  text: string,
  value: string,
): Filled | null {
  if (placement.kind === 'query') {
    const parameters = parametersOf(url)
    const filled = parameters.map((parameter) =>
      nameOf(parameter) === placement.name
        ? parameter.replaceAll(text, () => encodeURIComponent(value))
        : parameter,
    )
    const isUsed = filled.some((parameter, at) => parameter !== parameters[at])
    const written = [encodeURIComponent(value)]
    return isUsed ? { url: withQuery(url, filled), headers, written } : null
  }
  const wanted = placement.kind === 'header' ? placement.name : 'authorization'
  let isUsed = false
  const written: string[] = []
  const filled = headers.map(([name, field]): readonly [string, string] => {
    if (name.toLowerCase() !== wanted) return [name, field]
    const credentials = credentialsOf(field)
    if (credentials?.includes(text) === true) {
      isUsed = true
      written.push(encoded(credentials.replaceAll(text, () => value)))
      return [name, `Basic ${written.at(-1)}`]
    }
    // Credentials are all that basic authentication reads.
    const after = placement.kind === 'basic' ? field : field.replaceAll(text, () => value)
    isUsed ||= after !== field
    return [name, after]
  })
  return isUsed ? { url, headers: filled, written } : null
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `user:password` of a field, or `null`. */
function credentialsOf(field: string): string | null {
  const base64 = /^ *basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(field)?.[1]
  if (base64 === undefined) return null
  try {
    return utf8.decode(Uint8Array.from(atob(base64), (unit) => unit.charCodeAt(0)))
  } catch {
    return null
  }
}

function encoded(credentials: string): string {
  const bytes = new TextEncoder().encode(credentials)
  const units = Array.from(bytes, (byte) => String.fromCharCode(byte))
  return btoa(units.join(''))
}

function parametersOf({ search }: URL): string[] {
  return search.length < 2 ? [] : search.slice(1).split('&')
}

/** As servers read it: what cannot be decoded is taken as it stands. */
function nameOf(parameter: string): string {
  const [name = ''] = parameter.split('=', 1)
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}

function withQuery(url: URL, parameters: readonly string[]): URL {
  const changed = new URL(url)
  changed.search = parameters.join('&')
  return changed
}
