// Content digests in OCI's spelling: `sha256:` and 64 lower-case hex digits.

declare const brand: unique symbol
export type Digest = string & { readonly [brand]: 'Digest' }

const DIGEST = /^sha256:[0-9a-f]{64}$/

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

/** `null` when the text is not a digest. */
export function parseDigest(text: string): Digest | null {
  return isDigest(text) ? text : null
}

export async function digestOf(content: Uint8Array | string): Promise<Digest> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource))
  return `sha256:${hash.toHex()}` as Digest
}

/** The 64 hex digits alone, as they stand in R2 keys. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}
