// One call's way to its MCP client: progress, log messages, and questions to the person. What the guest
// says is passed on as data; whoever shows it marks and cleans it.

import { RpcTarget } from 'cloudflare:workers'
import * as z from 'zod'
import type { Answer, Form } from '../policy/elicitation.ts'
import { answerOf, ELICITATION_LIMITS, Form as FormSchema } from '../policy/elicitation.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ClientFace, ElicitFault } from './held.ts'
import type { CallMeter } from './meter.ts'

/** Characters of one message, of a logger's name. */
const MAX_MESSAGE_CHARS = 2_000
const MAX_LOGGER_CHARS = 100

const LEVELS = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const

/** A stranger's words, cut to a length. */
export type ClientMessage =
  | {
      readonly kind: 'progress'
      readonly progress: number
      readonly total: number | null
      readonly message: string | null
    }
  | {
      readonly kind: 'log'
      readonly level: (typeof LEVELS)[number]
      readonly logger: string | null
      readonly message: string
    }

/** One answered question. `form` is the digest of the form that was shown. */
export interface AnsweredForm {
  readonly form: string
  /** What the client sent, unparsed. */
  readonly response: unknown
}

/** What a call knows of its client. */
export interface Conversation {
  /** `null`: nothing can be said while the call runs. */
  readonly notify: ((message: ClientMessage) => Promise<void>) | null
  /** In the order in which they were asked. */
  readonly answers: readonly AnsweredForm[]
  /** The client shows forms. */
  readonly canAsk: boolean
}

export interface Question {
  readonly form: Form
  readonly digest: string
}

const text = z.string().transform((value) => value.slice(0, MAX_MESSAGE_CHARS))
const Progress = z.strictObject({
  progress: z.number(),
  total: z.number().nullable(),
  message: text.nullable(),
})
const Log = z.strictObject({
  level: z.enum(LEVELS),
  logger: z
    .string()
    .transform((value) => value.slice(0, MAX_LOGGER_CHARS))
    .nullable(),
  message: text,
})

export class Client extends RpcTarget implements ClientFace {
  readonly #conversation: Conversation
  readonly #meter: CallMeter
  readonly #digest: (text: string) => Promise<string>
  #progress = -Infinity
  #asked = 0
  #question: Question | null = null
  #open = true

  constructor(
    conversation: Conversation,
    meter: CallMeter,
    digest: (text: string) => Promise<string>,
  ) {
    super()
    this.#conversation = conversation
    this.#meter = meter
    this.#digest = digest
  }

  /** After the call nothing is said any more, whoever still holds a stub. */
  [Symbol.dispose](): void {
    this.#open = false
  }

  /** What the call ended with: nobody has answered it yet. */
  get question(): Question | null {
    return this.#question
  }

  async progress(report: unknown): Promise<void> {
    const parsed = Progress.safeParse(report)
    // The protocol wants each to be larger than the one before.
    if (!parsed.success || !(parsed.data.progress > this.#progress)) return
    this.#progress = parsed.data.progress
    await this.#say({ kind: 'progress', ...parsed.data })
  }

  async log(entry: unknown): Promise<void> {
    const parsed = Log.safeParse(entry)
    if (parsed.success) await this.#say({ kind: 'log', ...parsed.data })
  }

  /** `ask`: there is no answer yet, so the guest is to be ended. */
  async elicit(form: unknown): Promise<Result<Answer, ElicitFault | 'ask'>> {
    const { answers, canAsk } = this.#conversation
    if (!this.#open || !canAsk) return err('unsupported')
    const parsed = FormSchema.safeParse(form)
    if (!parsed.success) return err('invalid')
    const position = this.#asked
    this.#asked += 1
    if (position >= ELICITATION_LIMITS.QUESTIONS) return err('too-often')
    const digest = await this.#digest(JSON.stringify(parsed.data))
    const given = answers[position]
    // An answer counts for the form that was shown, and for no other.
    const answer = given?.form === digest ? answerOf(parsed.data, given.response) : null
    if (answer !== null) return ok(answer)
    this.#question ??= { form: parsed.data, digest }
    return err('ask')
  }

  /** Questions that were answered before the one at hand. */
  get answered(): readonly AnsweredForm[] {
    return this.#conversation.answers.slice(0, Math.max(0, this.#asked - 1))
  }

  async #say(message: ClientMessage): Promise<void> {
    if (!this.#open || !this.#meter.admit('clientMessages')) return
    // A client that has gone away does not end the call.
    await this.#conversation.notify?.(message).catch(() => {})
  }
}
