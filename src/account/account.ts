// One object per person: the only writer of that person's installs, grants and approvals, the place of their record,
// and who knows their live sessions. D1 stays the store of record; what is cached is rebuilt. What it answers stands in
// `verbs/`, by subject; what it is made of, in `parts.ts`.

import { patient } from '../patience.ts'
import { forgetRest } from './forgetting.ts'
import { offering } from './offering.ts'
import type { Parts } from './parts.ts'
import { openParts } from './parts.ts'
import { AuditVerbs } from './verbs/audit.ts'
import { CallVerbs } from './verbs/calls.ts'
import { ClientVerbs } from './verbs/clients.ts'
import { ComponentVerbs } from './verbs/components.ts'
import { ConnectionVerbs } from './verbs/connections.ts'
import { LabelVerbs } from './verbs/labels.ts'
import { PermissionVerbs } from './verbs/permissions.ts'
import { QuestionVerbs } from './verbs/questions.ts'
import { SessionVerbs } from './verbs/sessions.ts'
import { UsageVerbs } from './verbs/usage.ts'
import { ValueVerbs } from './verbs/values.ts'

const Verbs = offering(
  CallVerbs,
  ComponentVerbs,
  QuestionVerbs,
  PermissionVerbs,
  ValueVerbs,
  LabelVerbs,
  ConnectionVerbs,
  UsageVerbs,
  ClientVerbs,
  SessionVerbs,
  AuditVerbs,
)

/** Milliseconds until what failed is tried again. */
const RETRY_MS = 60_000

export class Account extends Verbs {
  readonly #parts: Parts

  constructor(ctx: DurableObjectState, bindings: Env) {
    const env = patient(bindings)
    const parts = openParts(ctx, env)
    super(ctx, env, parts)
    this.#parts = parts
  }

  /** Whatever is due: calls that were cut off, copies to D1, checkpoints, the rest of a person who is deleted. */
  override async alarm(): Promise<void> {
    const { alarm } = this.#parts
    alarm.rung()
    try {
      await alarm.wakeBy(await this.#settle())
    } catch (cause) {
      // The platform tries a few times and gives up, and nobody else may ever wake the object of who was deleted.
      await alarm.wakeBy([Date.now() + RETRY_MS])
      console.error('what was due in an account is not done', cause)
    }
  }

  /** Answers with when something is due next. */
  async #settle(): Promise<readonly (number | null)[]> {
    const { settling, recording, archive, audit } = this.#parts
    await settling.settle(Date.now())
    await recording.copy()
    await archive.keep(Date.now())
    if (audit.isClosing()) await forgetRest(this.#parts)
    // What still ran for them may have written since.
    else if (!audit.isOpen()) audit.closed()
    return [archive.nextAt(), await settling.nextAt()]
  }
}
