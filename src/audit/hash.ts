// SHA-256 and HMAC-SHA-256 of text, in lower-case hex: the one spelling that a verifier accepts.

import * as z from 'zod'

const utf8 = new TextEncoder()

/** 32 bytes. */
export const Hex32 = z.string().regex(/^[0-9a-f]{64}$/)

export async function sha256(text: string): Promise<string> {
  return toHex(await crypto.subtle.digest('SHA-256', utf8.encode(text)))
}

/** One key, for several texts. */
export async function hmacWith(key: Uint8Array): Promise<(text: string) => Promise<string>> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', own(key), algorithm, false, ['sign'])
  return async (text) => toHex(await crypto.subtle.sign('HMAC', imported, utf8.encode(text)))
}

export function toHex(bytes: ArrayBuffer | Uint8Array): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** `null` for what is not lower-case hex of whole bytes. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return null
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

export const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes)
