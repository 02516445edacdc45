// A person's own policy for a component, inside their `Account`: a document that takes the place of everything
// they granted to it, in one transaction, and what is in force as a document again.

import { parsePolicy } from '../policy/document.ts'
import { printPolicy } from '../policy/document-print.ts'
import type { PolicyWarning } from '../policy/document-warnings.ts'
import { warningsOf } from '../policy/document-warnings.ts'
import type { PolicyFault } from '../policy/fault.ts'
import { documentOf, rulesOf } from '../policy/person-rules.ts'
import type { Result } from '../policy/result.ts'
import { ok } from '../policy/result.ts'
import { isPolicySize } from '../policy/yaml.ts'
import type { Grant } from '../store/grants.ts'
import type { Authorities } from './authorities.ts'
import type { Holdings } from './holdings.ts'
import type { NotSeen } from './seen.ts'
import { installSeen } from './seen.ts'

export type PolicyAnswer = Result<
  { readonly rules: number; readonly warnings: readonly PolicyWarning[] },
  NotSeen | readonly PolicyFault[]
>

/** `seen` as `seen.ts` has it. */
export async function writePolicy(
  { component, seen }: { readonly component: string; readonly seen: string | null },
  text: string | Uint8Array,
  holdings: Holdings,
  authorities: Authorities,
  at: number,
): Promise<PolicyAnswer> {
  const policy = parsePolicy(text)
  if (!policy.ok) return policy
  const rules = rulesOf(policy.value)
  if (!rules.ok) return rules
  return await holdings.write(async () => {
    const found = await installSeen(holdings, component, seen)
    if (!found.ok) return found
    const install = found.value
    const { db, grants } = holdings
    const { source, digest } = install
    const entries = rules.value.map((rule): Grant => ({
      ...rule,
      id: crypto.randomUUID(),
      source,
      digest,
      life: 'always',
      owner: null,
      request: null,
      until: null,
      uses: null,
      calls_an_hour: null,
      bytes: null,
      origin: 'document',
      granted_at: at,
    }))
    const surroundings = await authorities.surroundings(install, at)
    await db.batch([grants.endOfSource(source, 'replaced', at), grants.entries(entries)])
    return ok({ rules: entries.length, warnings: warningsOf(policy.value, surroundings) })
  })
}

/** Of the version before as well, where a new one waits. False when there is no such component. */
export async function removePolicy(
  component: string,
  holdings: Holdings,
  at: number,
): Promise<boolean> {
  return await holdings.write(async () => {
    const install = await holdings.install(component)
    if (install === undefined) return false
    await holdings.grants.endOfSource(install.source, 'reset', at).run()
    return true
  })
}

/**
 * What is granted for less than always stands below it as a comment: a document cannot say it, and written
 * back it must not become more.
 */
export function printRules(grants: readonly Grant[]): string {
  const isLasting = ({ life, uses, calls_an_hour, bytes, permission }: Grant) =>
    permission !== 'labels' &&
    life === 'always' &&
    uses === null &&
    calls_an_hour === null &&
    bytes === null
  const passing = grants.filter((grant) => !isLasting(grant))
  const comments = passing.map(({ life, permission, rule }) =>
    `# not in the document, ${unsayable(permission, life)}: ${permission} ${rule}`.replace(
      /\p{Cc}/gu,
      ' ',
    ),
  )
  const printed = printPolicy(documentOf(grants.filter(isLasting)))
  const whole = [printed, ...comments.map((c) => `${c}\n`)].join('')
  const fewer = `${printed}# not in the document: ${comments.length} more, of another life or kind\n`
  // Comments make no policy too long to be written back.
  return [whole, fewer, printed].find(isPolicySize) ?? whole
}

function unsayable(permission: Grant['permission'], life: Grant['life']): string {
  if (permission === 'labels') return 'as no policy can say it'
  return `as its life is ${life} or it is limited`
}
