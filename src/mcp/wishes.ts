// The variables that a publisher's policy.yaml wishes for, told to an agent so that it can ask. A wish is
// applied to nothing: it is text of a stranger that names what to ask the person for.

import { parsePolicy } from '../policy/document.ts'
import { ENVIRONMENT_LIMITS, parseVariableKey } from '../policy/environment.ts'

/** What is needed of the catalogue. */
interface Entries {
  find(name: string): Promise<{ readonly digest: string; readonly policy: string | null } | null>
}

/** Of the catalogue's entry that the component was loaded from, in that version; none for other sources. */
export async function wishedVariables(
  { source, digest }: { readonly source: string; readonly digest: string },
  catalogue: Entries,
): Promise<string[]> {
  const name = /^catalogue:(.+)$/.exec(source)?.[1]
  const entry = name === undefined ? null : await catalogue.find(name)
  const isThis = entry !== null && entry.digest === digest
  return isThis && entry.policy !== null ? readWishes(entry.policy) : []
}

/** A policy that is not one wishes for nothing. */
export function readWishes(text: string): string[] {
  const policy = parsePolicy(text)
  if (!policy.ok) return []
  const { allow } = policy.value.environment
  const keys = allow.flatMap(({ text: key }) => parseVariableKey(key) ?? [])
  return keys.slice(0, ENVIRONMENT_LIMITS.VARIABLES)
}
