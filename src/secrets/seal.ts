// Authenticated encryption of one short secret. What it belongs to is bound into it and not stored in it:
// moved to another row, it does not open.

import { fromBase64, toBase64 } from '../component/base64.ts'

/** AES-256. */
export const KEY_BYTES = 32
/** The nonce of AES-GCM (NIST SP 800-38D, 8.2.2): random, because a key seals far fewer than 2^32 times. */
const NONCE_BYTES = 12
const utf8 = new TextEncoder()

export async function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return await crypto.subtle.importKey('raw', own(bytes), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** Base64 of nonce, ciphertext and tag. `place` names where it belongs. */
export async function seal(
  key: CryptoKey,
  plain: Uint8Array,
  place: readonly string[],
): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const sealed = await crypto.subtle.encrypt(algorithm(nonce, place), key, own(plain))
  const whole = new Uint8Array(NONCE_BYTES + sealed.byteLength)
  whole.set(nonce)
  whole.set(new Uint8Array(sealed), NONCE_BYTES)
  return toBase64(whole)
}

/** `null`: another key, another place, or altered; which of them cannot be told. */
export async function unseal(
  key: CryptoKey,
  sealed: string,
  place: readonly string[],
): Promise<Uint8Array | null> {
  const whole = fromBase64(sealed)
  if (whole === null || whole.byteLength <= NONCE_BYTES) return null
  const [nonce, rest] = [whole.slice(0, NONCE_BYTES), whole.slice(NONCE_BYTES)]
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce, place), key, rest))
  } catch {
    return null
  }
}

/** JSON of an array: two different places never read the same. */
function algorithm(nonce: Uint8Array<ArrayBuffer>, place: readonly string[]) {
  return { name: 'AES-GCM', iv: nonce, additionalData: utf8.encode(JSON.stringify(place)) }
}

const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes)
