// Bytes in JSON: RFC 4648 section 4, with padding, no line breaks.

const CHUNK = 8192
const FOREIGN = /[^A-Za-z0-9+/]/

/** What `fromBase64` takes, as the pattern of a schema. */
export const BASE64_PATTERN = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$'

export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return btoa(binary)
}

/** Null when `text` is not base64 in this form. */
export function fromBase64(text: string): Uint8Array | null {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0 || FOREIGN.test(text.slice(0, text.length - padding))) return null
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}
