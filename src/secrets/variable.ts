// One variable, sealed with the key of its person for its own row: person, source and name.

import { parseVariableValue } from '../policy/environment.ts'
import { seal, unseal } from './seal.ts'

export interface VariablePlace {
  readonly person: string
  readonly source: string
  readonly key: string
}

export async function sealVariable(
  personKey: CryptoKey,
  place: VariablePlace,
  value: string,
): Promise<string> {
  return await seal(personKey, new TextEncoder().encode(value), placeOf(place))
}

/** `null`: another person's or another row's, or altered. */
export async function openVariable(
  personKey: CryptoKey,
  place: VariablePlace,
  sealed: string,
): Promise<string | null> {
  const bytes = await unseal(personKey, sealed, placeOf(place))
  if (bytes === null) return null
  const value = parseVariableValue(
    new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes),
  )
  return value.ok ? value.value : null
}

const placeOf = ({ person, source, key }: VariablePlace) => ['variable', person, source, key]
