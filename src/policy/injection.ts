// Puts the value of a secret into a request, in its one place. What the component itself has put there is gone.

import type { Placeholder, Placement } from './secret.ts'

/** A request on its way out. Names of headers in any case; the URL is absolute and canonical. */
export interface Outgoing {
  readonly url: URL
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** `null`: nothing was put in, as there is a placeholder and the component has not used it there. */
export function inject(
  outgoing: Outgoing,
  {
    placement,
    placeholder,
  }: { readonly placement: Placement; readonly placeholder: Placeholder | null },
  value: string,
): Outgoing | null {
  if (placeholder !== null) return fillIn(outgoing, placement, placeholder.text, value)
  switch (placement.kind) {
    case 'header':
      return withHeader(outgoing, placement.name, `${placement.prefix}${value}`)
    case 'query':
      return withParameter(outgoing, placement.name, value)
    case 'basic':
      return withHeader(outgoing, 'authorization', basic(`${placement.user}:${value}`))
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
): Outgoing | null {
  if (placement.kind === 'query') {
    const parameters = parametersOf(url)
    const filled = parameters.map((parameter) =>
      nameOf(parameter) === placement.name
        ? parameter.replaceAll(text, () => encodeURIComponent(value))
        : parameter,
    )
    const isUsed = filled.some((parameter, at) => parameter !== parameters[at])
    return isUsed ? { url: withQuery(url, filled), headers } : null
  }
  const wanted = placement.kind === 'header' ? placement.name : 'authorization'
  let isUsed = false
  const filled = headers.map(([name, field]): readonly [string, string] => {
    if (name.toLowerCase() !== wanted) return [name, field]
    const after = fillField(field, placement.kind === 'basic', text, value)
    isUsed ||= after !== field
    return [name, after]
  })
  return isUsed ? { url, headers: filled } : null
}

/** Credentials of basic authentication are read; `basicOnly`: nothing else is. */
function fillField(field: string, basicOnly: boolean, text: string, value: string): string {
  const credentials = credentialsOf(field)
  if (credentials?.includes(text) === true) {
    return basic(credentials.replaceAll(text, () => value))
  }
  return basicOnly ? field : field.replaceAll(text, () => value)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `user:password` of a field, or `null`. */
function credentialsOf(field: string): string | null {
  const encoded = /^ *basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(field)?.[1]
  if (encoded === undefined) return null
  try {
    return utf8.decode(Uint8Array.from(atob(encoded), (unit) => unit.charCodeAt(0)))
  } catch {
    return null
  }
}

function basic(credentials: string): string {
  const bytes = new TextEncoder().encode(credentials)
  const units = Array.from(bytes, (byte) => String.fromCharCode(byte))
  return `Basic ${btoa(units.join(''))}`
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
