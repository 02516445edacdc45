// The host's master keys, from the Worker's secrets: they seal the keys of persons and nothing else. A key is
// named by a digest of itself, so that a row can say which one opens it.

import { fromBase64 } from '../component/base64.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { importKey, KEY_BYTES } from './seal.ts'

export interface MasterKey {
  readonly id: string
  readonly key: CryptoKey
}

/** `current` seals; each of them opens. */
export interface MasterKeys {
  readonly current: MasterKey
  readonly previous: MasterKey | null
}

/** Bindings of the Worker; a deployment that never rotated has no previous one. */
export interface MasterKeyTexts {
  readonly SECRETS_KEY?: string
  readonly SECRETS_KEY_PREVIOUS?: string
}

/** Faults of the host's configuration, named for its log. */
export type MasterKeyFault =
  | 'SECRETS_KEY is not set'
  | 'SECRETS_KEY is not base64 of 32 bytes'
  | 'SECRETS_KEY_PREVIOUS is not base64 of 32 bytes'

export async function readMasterKeys(
  texts: MasterKeyTexts,
): Promise<Result<MasterKeys, MasterKeyFault>> {
  const { SECRETS_KEY = '', SECRETS_KEY_PREVIOUS = '' } = texts
  if (SECRETS_KEY === '') return err('SECRETS_KEY is not set')
  const current = await readKey(SECRETS_KEY)
  if (current === null) return err('SECRETS_KEY is not base64 of 32 bytes')
  if (SECRETS_KEY_PREVIOUS === '') return ok({ current, previous: null })
  const previous = await readKey(SECRETS_KEY_PREVIOUS)
  if (previous === null) return err('SECRETS_KEY_PREVIOUS is not base64 of 32 bytes')
  return ok({ current, previous })
}

async function readKey(text: string): Promise<MasterKey | null> {
  const bytes = fromBase64(text.trim())
  if (bytes?.byteLength !== KEY_BYTES) return null
  return { id: await idOf(bytes), key: await importKey(bytes) }
}

/** 64 bits of a digest: they tell keys apart, and say nothing of a random key. */
async function idOf(bytes: Uint8Array): Promise<string> {
  const label = new TextEncoder().encode('wassette-edge master key')
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from([...label, ...bytes]))
  return [...new Uint8Array(digest).subarray(0, 8)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}
