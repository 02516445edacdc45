// Addresses of components' resources as clients see them: behind the name of the component, so that no
// component can speak for another's. What is on the web keeps its address.

const PREFIX = 'wassette-edge://'

/** Characters of an address that somebody watches: none that we list is longer. */
export const MAX_ADDRESS_CHARS = 4_096

export function toPublicUri(component: string, uri: string): string {
  return /^https?:/i.test(uri) ? uri : `${PREFIX}${component}/${uri}`
}

/** `null` for an address that is not of a component. */
export function fromPublicUri(uri: string): { component: string; uri: string } | null {
  if (!uri.startsWith(PREFIX)) return null
  const slash = uri.indexOf('/', PREFIX.length)
  if (slash < 0) return null
  return { component: uri.slice(PREFIX.length, slash), uri: uri.slice(slash + 1) }
}
