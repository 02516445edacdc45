// The questions of one call to its person, and what was answered before. On our side of the wall: what the
// guest holds is `client.ts`, over which it can read every public member.

import type { Answer, Form } from '../policy/elicitation.ts'
import { answerOf, ELICITATION_LIMITS, Form as FormSchema } from '../policy/elicitation.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ElicitFault } from './held.ts'

/** One answered question. `form` is the digest of the form that was shown. */
export interface AnsweredForm {
  readonly form: string
  /** What the client sent, unparsed. */
  readonly response: unknown
}

export interface Question {
  readonly form: Form
  readonly digest: string
}

export class Questions {
  readonly #answers: readonly AnsweredForm[]
  readonly #digest: (text: string) => Promise<string>
  #asked = 0
  #open: Question | null = null

  /** `answers` in the order in which the forms were shown. */
  constructor(answers: readonly AnsweredForm[], digest: (text: string) => Promise<string>) {
    this.#answers = answers
    this.#digest = digest
  }

  /** What the call ended with: nobody has answered it yet. */
  get open(): Question | null {
    return this.#open
  }

  /** Questions that were answered before the one at hand. */
  get answered(): readonly AnsweredForm[] {
    return this.#answers.slice(0, Math.max(0, this.#asked - 1))
  }

  /** `ask`: there is no answer yet, so the guest is to be ended. */
  async next(form: unknown): Promise<Result<Answer, ElicitFault | 'ask'>> {
    const parsed = FormSchema.safeParse(form)
    if (!parsed.success) return err('invalid')
    const position = this.#asked
    this.#asked += 1
    if (position >= ELICITATION_LIMITS.QUESTIONS) return err('too-often')
    const digest = await this.#digest(JSON.stringify(parsed.data))
    const given = this.#answers[position]
    // An answer counts for the form that was shown, and for no other.
    const answer = given?.form === digest ? answerOf(parsed.data, given.response) : null
    if (answer !== null) return ok(answer)
    this.#open ??= { form: parsed.data, digest }
    return err('ask')
  }
}
