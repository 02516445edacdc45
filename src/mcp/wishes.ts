// The variables that a publisher's policy.yaml wishes for, told to an agent so that it can ask. A wish is
// applied to nothing: it is text of a stranger that names what to ask the person for.

import { parse } from 'yaml'
import * as z from 'zod'
import { ENVIRONMENT_LIMITS, parseVariableKey } from '../policy/environment.ts'

/** Characters of a policy that is read here; those of real components have a few hundred. */
const MAX_POLICY_CHARS = 64 * 1024

const Wish = z.object({
  permissions: z.object({
    environment: z.object({ allow: z.array(z.object({ key: z.unknown() })) }),
  }),
})

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

/** A policy that is not one wishes for nothing; names that no variable may have are left out. */
export function readWishes(policy: string): string[] {
  const wish = Wish.safeParse(parseYaml(policy))
  if (!wish.success) return []
  const keys = wish.data.permissions.environment.allow.flatMap(({ key }) => {
    const parsed = typeof key === 'string' ? parseVariableKey(key) : null
    return parsed === null ? [] : [parsed]
  })
  return [...new Set(keys)].slice(0, ENVIRONMENT_LIMITS.VARIABLES)
}

function parseYaml(text: string): unknown {
  if (text.length > MAX_POLICY_CHARS) return null
  try {
    return parse(text, { maxAliasCount: 0, logLevel: 'error' })
  } catch {
    return null
  }
}
