// The verbs of a person's `Account` around their chain: what is put on it, what leaves it, and its person's end.

import type { AuditAct, AuditEvent } from '../../audit/event.ts'
import type { Signed } from '../../audit/statement.ts'
import type { ExportRange } from '../audit-archive.ts'
import { forgetRest } from '../forgetting.ts'
import type { Parts } from '../parts.ts'
import type { RefusedIdentity } from '../refused-sign-ins.ts'

type Needed = Pick<
  Parts,
  | 'alarm'
  | 'archive'
  | 'audit'
  | 'connecting'
  | 'drives'
  | 'holdings'
  | 'oauthGrants'
  | 'recording'
  | 'refusedSignIns'
  | 'sessions'
  | 'settling'
  | 'standings'
>

export class AuditVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /** Puts on the person's chain what was done elsewhere, before its answer leaves. */
  async note(event: AuditEvent): Promise<void> {
    if (event.kind === 'sign-in') this.#parts.standings.drop()
    await this.#parts.audit.append(event, Date.now())
  }

  /** Somebody who has no chain of their own was not let in: of the object that stands for the server. */
  async noteRefusedSignIn(who: RefusedIdentity): Promise<void> {
    const at = Date.now()
    await this.#parts.settling.settle(at)
    const event = this.#parts.refusedSignIns.take(who, at)
    if (event === null) await this.#parts.alarm.copySoon()
    else await this.#parts.audit.append(event, at)
  }

  /** The same for an act that must not happen unrecorded: begun here, done elsewhere, settled here. */
  async beginAct(act: AuditAct): Promise<number> {
    return await this.#parts.audit.begin(act, Date.now())
  }

  async settleAct(id: number, act: AuditAct): Promise<void> {
    await this.#parts.audit.settle(id, act, Date.now())
  }

  /** The last record of the chain, once everything up to it is in D1. */
  async auditHead(): Promise<number> {
    await this.#parts.settling.settle(Date.now())
    return await this.#parts.archive.head()
  }

  /** Opens an export of the chain: everything that its statement speaks of is in the stores. */
  async openAudit(range: ExportRange): Promise<Signed | null> {
    await this.#parts.settling.settle(Date.now())
    return await this.#parts.archive.open(range, Date.now())
  }

  /**
   * Deletes the person: whatever is here, their rows, their drive, their sessions. The chain stays without its
   * texts. Begun once, it is gone on with after a crash.
   */
  async forget(): Promise<void> {
    await this.#parts.archive.forget(Date.now())
    await forgetRest(this.#parts)
  }
}
