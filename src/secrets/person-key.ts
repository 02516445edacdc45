// The key of one person: random, stored only sealed by a master key, open only while something is sealed or
// opened with it. A rotation of the master key seals it anew and touches no value.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { MasterKey, MasterKeys } from './master-key.ts'
import { importKey, KEY_BYTES, seal, unseal } from './seal.ts'

/** As it is stored. `master` is the id of the master key that opens `sealed`. */
export interface SealedPersonKey {
  readonly master: string
  readonly sealed: string
}

export interface OpenPersonKey {
  readonly key: CryptoKey
  /** The same key under the current master key, where an older one has just opened it. */
  readonly renewed: SealedPersonKey | null
}

export type PersonKeyFault =
  | 'a person key names a master key that is neither SECRETS_KEY nor SECRETS_KEY_PREVIOUS'
  | 'a person key does not open: its row was altered'

export async function makePersonKey(
  person: string,
  { current }: MasterKeys,
): Promise<{ readonly key: CryptoKey; readonly stored: SealedPersonKey }> {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES))
  return { key: await importKey(bytes), stored: await sealUnder(current, person, bytes) }
}

export async function openPersonKey(
  person: string,
  stored: SealedPersonKey,
  { current, previous }: MasterKeys,
): Promise<Result<OpenPersonKey, PersonKeyFault>> {
  const master = [current, previous].find((each) => each?.id === stored.master) ?? null
  if (master === null) {
    return err(
      'a person key names a master key that is neither SECRETS_KEY nor SECRETS_KEY_PREVIOUS',
    )
  }
  const bytes = await unseal(master.key, stored.sealed, placeOf(person, master))
  if (bytes === null) return err('a person key does not open: its row was altered')
  const renewed = master.id === current.id ? null : await sealUnder(current, person, bytes)
  return ok({ key: await importKey(bytes), renewed })
}

async function sealUnder(
  master: MasterKey,
  person: string,
  bytes: Uint8Array,
): Promise<SealedPersonKey> {
  return { master: master.id, sealed: await seal(master.key, bytes, placeOf(person, master)) }
}

const placeOf = (person: string, { id }: MasterKey) => ['person-key', person, id]
