// What a host does to the server is on their chain: begun there before it is done, settled before the answer
// leaves.

import type { AuditAct } from '../../audit/event.ts'
import { ended } from '../../audit/event.ts'
import type { Digest } from '../../component/digest.ts'
import type { AccountVerbs } from '../../compose.ts'

type Ended = { readonly ok: true } | { readonly ok: false; readonly error: { reason: string } }

export async function recorded<R extends Ended>(
  account: AccountVerbs,
  act: AuditAct,
  work: () => Promise<R>,
): Promise<R> {
  const id = await account.beginAct(act)
  const result = await work()
  await account.settleAct(id, ended(act, result.ok ? null : result.error.reason))
  return result
}

export function catalogueAct(name: string, digest: Digest, wit: Digest | null): AuditAct {
  const facts = { outcome: 'interrupted', reason: null, digest, wit } as const
  return { kind: 'catalogue', facts, texts: { name } }
}

/** `chain`: of the person who is to be forgotten. */
export function forgetAct(chain: string): AuditAct {
  const facts = { outcome: 'interrupted', reason: null, chain } as const
  return { kind: 'forget', facts, texts: {} }
}
