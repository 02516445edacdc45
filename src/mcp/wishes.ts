// What a publisher's policy.yaml wishes for: variables, told to an agent so that it can ask, and all of it as a
// proposal to the person. It is text of a stranger, and applied to nothing.

import { parsePolicy } from '../policy/document.ts'
import type { Proposal } from '../policy/proposal.ts'
import { readProposal } from '../policy/proposal.ts'
import { ENVIRONMENT_LIMITS, parseVariableKey } from '../policy/environment.ts'

/** What is needed of the catalogue. */
interface Entries {
  find(name: string): Promise<{ readonly digest: string; readonly policy: string | null } | null>
}

/** Of the catalogue's entry that the component was loaded from, in that version; none for other sources. */
export async function wishedVariables(
  install: { readonly source: string; readonly digest: string },
  catalogue: Entries,
): Promise<string[]> {
  const policy = await publishedPolicy(install, catalogue)
  return policy === null ? [] : readWishes(policy)
}

/** The policy that the publisher gave with exactly this version; `null`: none. */
export async function publishedPolicy(
  { source, digest }: { readonly source: string; readonly digest: string },
  catalogue: Entries,
): Promise<string | null> {
  const name = /^catalogue:(.+)$/.exec(source)?.[1]
  const entry = name === undefined ? null : await catalogue.find(name)
  return entry !== null && entry.digest === digest ? entry.policy : null
}

/** What its publisher proposes to allow; `null`: nothing that can be read. */
export async function proposalOf(
  install: { readonly source: string; readonly digest: string },
  catalogue: Entries,
): Promise<Proposal | null> {
  const policy = await publishedPolicy(install, catalogue)
  return policy === null ? null : readProposal(policy)
}

/** A policy that is not one wishes for nothing. */
export function readWishes(text: string): string[] {
  const policy = parsePolicy(text)
  if (!policy.ok) return []
  const { allow } = policy.value.environment
  const keys = allow.flatMap(({ text: key }) => parseVariableKey(key) ?? [])
  return keys.slice(0, ENVIRONMENT_LIMITS.VARIABLES)
}
