// The questions of one call to its client, and what was answered before. On our side of the wall: what the
// guest holds is `client.ts`, over which it can read every public member.

import { ELICITATION_LIMITS } from '../policy/elicitation.ts'
import type { Ability, Questions as Asked, Reply } from '../policy/questions.ts'
import { Questions as AskedSchema, ABILITY_FOR, replyOf } from '../policy/questions.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ElicitFault } from './held.ts'

/** What was asked once, and answered. `form` is the digest of what was asked. */
export interface AnsweredForm {
  readonly form: string
  /** What the client sent by the names of the questions, unparsed. */
  readonly responses: Readonly<Record<string, unknown>>
}

export interface OpenQuestions {
  readonly asked: Asked
  readonly digest: string
}

export class Questions {
  readonly #answers: readonly AnsweredForm[]
  readonly #digest: (text: string) => Promise<string>
  #asked = 0
  #open: OpenQuestions | null = null
  #lacking: readonly Ability[] = []

  /** `answers` in the order in which the questions were shown. */
  constructor(answers: readonly AnsweredForm[], digest: (text: string) => Promise<string>) {
    this.#answers = answers
    this.#digest = digest
  }

  /** What the call ended with: nobody has answered it yet. */
  get open(): OpenQuestions | null {
    return this.#open
  }

  /** What the call ended for: its client cannot do it. */
  get lacking(): readonly Ability[] {
    return this.#lacking
  }

  /** Questions that were answered before those at hand. */
  get answered(): readonly AnsweredForm[] {
    return this.#answers.slice(0, Math.max(0, this.#asked - 1))
  }

  endForLackOf(abilities: readonly Ability[]): void {
    if (this.#open === null) this.#lacking = abilities
  }

  /** `ask`: there is no answer yet, so the guest is to be ended. Replies in the order of the questions. */
  async next(
    questions: unknown,
    abilities: readonly Ability[],
  ): Promise<Result<readonly (readonly [string, Reply])[], ElicitFault | 'ask'>> {
    const parsed = AskedSchema.safeParse(questions)
    if (!parsed.success) return err('invalid')
    const asked = parsed.data
    if (asked.some(([, { tag }]) => !abilities.includes(ABILITY_FOR[tag]))) {
      return err('unsupported')
    }
    const position = this.#asked
    this.#asked += 1
    if (position >= ELICITATION_LIMITS.QUESTIONS) return err('too-often')
    const digest = await this.#digest(JSON.stringify(asked))
    const given = this.#answers[position]
    // An answer counts for the questions that were shown, and for no others.
    const responses = given?.form === digest ? given.responses : {}
    const replies = asked.flatMap(([name, question]): [string, Reply][] => {
      const response = Object.hasOwn(responses, name) ? responses[name] : undefined
      const reply = replyOf(question, response)
      return reply === null ? [] : [[name, reply]]
    })
    if (replies.length === asked.length) return ok(replies)
    this.#open ??= { asked, digest }
    return err('ask')
  }
}
