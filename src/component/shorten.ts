// Cuts a tool name to what MCP clients take, telling cut names apart by a hash of the whole.

/**
 * Half of Wassette's, on purpose: OpenAI's API and clients of others want `^[A-Za-z0-9_-]{1,64}$`, and one
 * longer name fails the requests of a whole session (`docs/types.md`).
 */
export const MAX_TOOL_NAME_CHARS = 64

/** `name` itself where it fits; else its start and eight hex digits of `whole`. */
export function shorten(name: string, whole = name): string {
  return name.length <= MAX_TOOL_NAME_CHARS ? name : withHash(name, whole)
}

export function withHash(name: string, whole: string): string {
  const hash = fnv1a(whole)
  return `${name.slice(0, MAX_TOOL_NAME_CHARS - hash.length - 1)}_${hash}`
}

/** FNV-1a, 32 bits: tells names apart, proves nothing. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
