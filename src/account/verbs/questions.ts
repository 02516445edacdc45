// The verbs of a person's `Account` about questions: opened, muted, decided, waited for.

import type { Terms } from '../../policy/life.ts'
import { ALWAYS } from '../../policy/life.ts'
import type { Result } from '../../policy/result.ts'
import { err, ok } from '../../policy/result.ts'
import type { Approval } from '../../store/approvals.ts'
import type { GrantKind } from '../../store/grants.ts'
import type { Mute, MutedClient } from '../../store/mutes.ts'
import { approvalEvent } from '../audit-events.ts'
import type { Parts } from '../parts.ts'
import type { DecisionFault } from '../permissions.ts'
import type { Muted, Question, Unasked, Version, Word } from '../questions.ts'

type Needed = Pick<Parts, 'acts' | 'audit' | 'permissions' | 'questions' | 'waiting'>

export class QuestionVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /** Opens a question for the person to decide, or finds the same one open. */
  async ask(question: Question, at: number): Promise<Result<Approval, Unasked>> {
    const asked = await this.#parts.questions.ask(question, at)
    if (asked.ok) await this.#noteQuestion(asked.value, at)
    return asked
  }

  /** A question that the person asks themselves, on a page: nothing mutes it. `null`: no such version, or no rule. */
  async propose(
    version: Version,
    permission: GrantKind,
    rule: string,
    at: number,
  ): Promise<Approval | null> {
    const asked = await this.#parts.questions.propose(version, permission, rule, at)
    if (asked !== null) await this.#noteQuestion(asked, at)
    return asked
  }

  /** No more questions `of` what asks this one. `null`: the person has no such question. */
  async mute(id: string, until: number | null, at: number, of: Muted = 'component') {
    const muted = await this.approval(id)
    if (muted === null) return null
    const work = () => this.#parts.questions.mute(id, of, until, at)
    const denied = await this.#parts.acts.mute(muted, of, until, work)
    for (const each of denied ?? []) {
      // oxlint-disable-next-line no-await-in-loop -- one record after the other
      const approval = await this.approval(each)
      if (approval !== null) {
        // oxlint-disable-next-line no-await-in-loop
        await this.#parts.acts.decision(approval, 'deny', ALWAYS, async () => ok(approval))
      }
      this.#parts.waiting.tell(each)
    }
    return denied && true
  }

  async mutes(at: number): Promise<Mute[]> {
    return await this.#parts.questions.mutes(at)
  }

  async mutedClients(at: number): Promise<MutedClient[]> {
    return await this.#parts.questions.mutedClients(at)
  }

  /** False when it was not muted. */
  async unmuteClient(client: string): Promise<boolean> {
    return await this.#parts.acts.unmuteClient(client, () =>
      this.#parts.questions.unmuteClient(client),
    )
  }

  /** False when it was not muted. */
  async unmute(source: string): Promise<boolean> {
    return await this.#parts.acts.unmute(source, () => this.#parts.questions.unmute(source))
  }

  async approval(id: string): Promise<Approval | null> {
    return await this.#parts.questions.approval(id)
  }

  async openApprovals(at: number): Promise<Approval[]> {
    return await this.#parts.questions.all(at)
  }

  /**
   * The person's word, from a page that only they can send. Each question is decided once. `value` is what
   * they typed for a variable that they allow: set together with the grant, or neither. `rule`: which of the
   * offered rules they chose.
   */
  async decide(
    id: string,
    decision: 'allow' | 'deny',
    at: number,
    value: string | null = null,
    terms: Terms = ALWAYS,
    rule: string | null = null,
  ): Promise<Result<Approval, DecisionFault>> {
    const approval = await this.approval(id)
    if (approval === null) return err('unknown')
    const given = { ...approval, rule: rule ?? approval.rule }
    // What bounds a call is in nobody's way for a while: it holds until the person says another.
    const lasting = approval.permission === 'limit' ? ALWAYS : terms
    const decided = await this.#parts.acts.decision(given, decision, lasting, () =>
      this.#parts.permissions.decide(id, { decision, rule, value, terms: lasting }, at),
    )
    if (decided.ok) this.#parts.waiting.tell(id)
    return decided
  }

  /** What the person says to a question, waited for; `open`: nothing yet. `over`: nothing will come of it. */
  async word(id: string, waitMs: number): Promise<Word | 'too-many-waiting'> {
    using place = this.#parts.waiting.begin(id, waitMs)
    if (place === null) return 'too-many-waiting'
    // Whatever is decided from here on is told.
    const before = await this.#parts.questions.word(id, Date.now())
    if (before !== 'open') return before
    await place.told
    return await this.#parts.questions.word(id, Date.now())
  }

  /** The same question, found open, was recorded when it was opened. */
  async #noteQuestion(approval: Approval, at: number): Promise<void> {
    if (approval.asked_at === at)
      await this.#parts.audit.append(approvalEvent(approval), Date.now())
  }
}
