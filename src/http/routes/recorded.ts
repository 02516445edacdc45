// What a host does to the server is on their chain: begun there before it is done, settled before the answer
// leaves.

import type { AuditAct } from '../../audit/event.ts'
import { ended } from '../../audit/event.ts'
import type { Digest } from '../../component/digest.ts'
import type { AccountVerbs } from '../../compose.ts'
import type { CeilingKey } from '../../store/ceilings.ts'

/** `why`: the code of what stood in the way; `null`: it is done. */
export async function recorded<R>(
  account: AccountVerbs,
  act: AuditAct,
  work: () => Promise<R>,
  why: (result: R) => string | null,
): Promise<R> {
  const id = await account.beginAct(act)
  const result = await work()
  await account.settleAct(id, ended(act, why(result)))
  return result
}

type Refusable = { readonly ok: true } | { readonly ok: false; readonly error: { reason: string } }

export function reasonOf(result: Refusable): string | null {
  return result.ok ? null : result.error.reason
}

export function catalogueAct(name: string, digest: Digest, wit: Digest | null): AuditAct {
  const facts = { outcome: 'interrupted', reason: null, digest, wit } as const
  return { kind: 'catalogue', facts, texts: { name } }
}

/** `picture` `null`: the entry has none any more. */
export function catalogueIconAct(name: string, picture: Digest | null): AuditAct {
  const facts = { outcome: 'interrupted', reason: null, digest: picture } as const
  return { kind: 'catalogue-icon', facts, texts: { name } }
}

/** `document` `null`: what was there is taken away. */
export function ceilingAct(
  { scope, issuer, subject }: CeilingKey,
  document: Digest | null,
): AuditAct {
  const facts = { outcome: 'interrupted', reason: null, scope, digest: document } as const
  return {
    kind: 'ceiling',
    facts,
    texts: { subject: issuer === '' ? subject : `${subject} at ${issuer}` },
  }
}

/** `chain`: of the person. */
export function suspensionAct(chain: string, suspended: boolean): AuditAct {
  const facts = { outcome: 'interrupted', reason: null, chain, suspended } as const
  return { kind: 'suspension', facts, texts: {} }
}

/** `said` `null`: what was there is taken away. */
export function serviceAct(name: string, said: Digest | null): AuditAct {
  const facts = { outcome: 'interrupted', reason: null, digest: said } as const
  return { kind: 'service', facts, texts: { name } }
}

/** `chain`: of the person who is to be forgotten. */
export function forgetAct(chain: string): AuditAct {
  const facts = { outcome: 'interrupted', reason: null, chain } as const
  return { kind: 'forget', facts, texts: {} }
}
