// What was refused to a call, and the questions that it opens for the person.

import type { Account } from './account/account.ts'
import type { CallMeter } from './capabilities/meter.ts'
import { showArguments } from './component/show.ts'
import type { Refusals } from './outcome.ts'
import { NOTHING_DENIED } from './outcome.ts'
import { isGrantable, takesReconnecting } from './policy/denial.ts'
import { ownerOf } from './policy/life.ts'
import type { Redactor } from './policy/redaction.ts'
import { REDACTED } from './policy/redaction.ts'
import type { Principal } from './principal.ts'

/** Questions that one call may open: a component cannot flood the person. */
const MAX_QUESTIONS = 3

export interface RefusedCall {
  readonly principal: Principal
  readonly session: string | null
  readonly tool: string
  readonly component: string
  readonly arguments: unknown
  readonly argumentsDigest: string
}

export async function refusalsOf(
  { principal, session, tool, component, arguments: args, argumentsDigest }: RefusedCall,
  { denials }: CallMeter,
  redactor: Redactor,
  { account, now }: { readonly account: Pick<Account, 'ask'>; readonly now: () => number },
): Promise<Refusals> {
  if (denials.length === 0) return NOTHING_DENIED
  const wanted = new Map(
    denials
      .filter(isGrantable)
      // What a secret stood in is nothing to grant.
      .filter(({ rule }) => !rule.includes(REDACTED))
      .map((d) => [`${d.permission} ${d.rule}`, d]),
  )
  const approvals: Refusals['approvals'][number][] = []
  const shown = showArguments(args)
  let unasked: Refusals['unasked'] | null =
    shown === null && wanted.size > 0 ? 'arguments-too-long' : null
  const call = { arguments: redactor.text(shown ?? ''), digest: argumentsDigest }
  const asked = shown === null ? [] : [...wanted.values()].slice(0, MAX_QUESTIONS)
  const { client, clientName } = principal
  const asker = { client, clientName, owner: ownerOf(client, session), component, tool }
  for (const { permission, rule } of asked) {
    // The guest has run: what it did and what was refused to it is told, whoever can be asked.
    const approval = await account
      .ask({ ...asker, permission, rule, call }, now())
      .catch((cause: unknown) => {
        console.error('a question was not opened', cause)
        return null
      })
    if (approval === null) {
      unasked = 'fault'
      break
    }
    if (approval.ok) approvals.push({ id: approval.value.id, permission, rule })
    else unasked = approval.error
  }
  return {
    denials,
    approvals,
    ...(unasked === null ? {} : { unasked }),
    ...(denials.some(takesReconnecting) ? { reconnect: component } : {}),
  }
}
