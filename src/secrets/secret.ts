// One secret, sealed with the key of its person for its own row and for what the person has bound it to: bound to
// anything else in the database, it does not open.

import { seal, unseal } from './seal.ts'

export interface SecretPlace {
  readonly person: string
  readonly source: string
  readonly name: string
  /** As the row has it, to the letter. */
  readonly binding: string
}

export async function sealSecret(
  personKey: CryptoKey,
  place: SecretPlace,
  value: string,
): Promise<string> {
  return await seal(personKey, new TextEncoder().encode(value), placeOf(place))
}

/** `null`: another person's or another row's, bound to something else, or altered. */
export async function openSecret(
  personKey: CryptoKey,
  place: SecretPlace,
  sealed: string,
): Promise<string | null> {
  const bytes = await unseal(personKey, sealed, placeOf(place))
  if (bytes === null) return null
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}

const placeOf = ({ person, source, name, binding }: SecretPlace) => [
  'secret',
  person,
  source,
  name,
  binding,
]
