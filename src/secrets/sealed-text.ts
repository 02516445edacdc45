// A text, sealed with the key of its owner for one place: what a place is made of tells it from every other kind.

import { seal, unseal } from './seal.ts'

export type TextPlace =
  /** What this server proves itself with at a service, as this client of it. */
  | readonly ['client-secret', owner: string, service: string, client: string]
  /** Tokens of a person. */
  | readonly ['connection', person: string, id: string]

export async function sealText(key: CryptoKey, place: TextPlace, text: string): Promise<string> {
  return await seal(key, new TextEncoder().encode(text), place)
}

/** `null`: of another owner or place, or altered. */
export async function openText(
  key: CryptoKey,
  place: TextPlace,
  sealed: string,
): Promise<string | null> {
  const bytes = await unseal(key, sealed, place)
  return bytes === null
    ? null
    : new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes)
}
