// One call's way to its MCP client: progress, log messages, questions, and word of what has changed. What the
// guest says is passed on as data; whoever shows it marks and cleans it.

import { RpcTarget } from 'cloudflare:workers'
import * as z from 'zod'
import type { Changes } from '../policy/changes.ts'
import { CHANGE_LIMITS, ChangedUri, Listing } from '../policy/changes.ts'
import { LogLevel } from '../policy/log-level.ts'
import type { Reply } from '../policy/questions.ts'
import { Ability } from '../policy/questions.ts'
import type { Redactor } from '../policy/redaction.ts'
import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import type { ClientFace, ElicitFault } from './held.ts'
import type { CallMeter } from './meter.ts'
import type { AnsweredForm, Questions } from './questions.ts'

/** Characters of one message, of a logger's name. */
const MAX_MESSAGE_CHARS = 2_000
const MAX_LOGGER_CHARS = 100

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
      readonly level: LogLevel
      readonly logger: string | null
      readonly message: string
    }

/** What a call knows of its client. */
export interface Conversation {
  /** `null`: nothing can be said while the call runs. */
  readonly notify: ((message: ClientMessage) => Promise<void>) | null
  /** In the order in which they were asked. */
  readonly answers: readonly AnsweredForm[]
  /** What the client says that it can do. */
  readonly abilities: readonly Ability[]
}

const Progress = z.strictObject({
  progress: z.number(),
  total: z.number().nullable(),
  message: z.string().nullable(),
})
const Log = z.strictObject({
  level: LogLevel,
  logger: z.string().nullable(),
  message: z.string(),
})

export class Client extends RpcTarget implements ClientFace {
  readonly #conversation: Conversation
  readonly #meter: CallMeter
  readonly #questions: Questions
  readonly #redactor: Redactor
  readonly #listings = new Set<Listing>()
  readonly #resources = new Set<string>()
  #progress = -Infinity
  #open = true

  /** `redactor`: for what is cut. What is passed on whole is redacted by the conversation. */
  constructor(
    conversation: Conversation,
    questions: Questions,
    meter: CallMeter,
    redactor: Redactor,
  ) {
    super()
    this.#conversation = conversation
    this.#questions = questions
    this.#meter = meter
    this.#redactor = redactor
  }

  /** After the call nothing is said any more, whoever still holds a stub. */
  [Symbol.dispose](): void {
    this.#open = false
  }

  async progress(report: unknown): Promise<void> {
    const parsed = Progress.safeParse(report)
    // The protocol wants each to be larger than the one before.
    if (!parsed.success || !(parsed.data.progress > this.#progress)) return
    this.#progress = parsed.data.progress
    const { message, ...rest } = parsed.data
    const cut = message && this.#redactor.cut(message, MAX_MESSAGE_CHARS)
    await this.#say({ kind: 'progress', ...rest, message: cut })
  }

  async log(entry: unknown): Promise<void> {
    const parsed = Log.safeParse(entry)
    if (!parsed.success) return
    const { level, logger, message } = parsed.data
    await this.#say({
      kind: 'log',
      level,
      logger: logger && this.#redactor.cut(logger, MAX_LOGGER_CHARS),
      message: this.#redactor.cut(message, MAX_MESSAGE_CHARS),
    })
  }

  /** `ask`: there is no answer yet, so the guest is to be ended. */
  async ask(
    questions: unknown,
  ): Promise<Result<readonly (readonly [string, Reply])[], ElicitFault | 'ask'>> {
    if (!this.#open) return err('unsupported')
    return await this.#questions.next(questions, this.#conversation.abilities)
  }

  async abilities(): Promise<readonly Ability[]> {
    return this.#conversation.abilities
  }

  /** False: the guest is to be ended, for the client lacks one of them. */
  async need(abilities: unknown): Promise<boolean> {
    const parsed = z.array(Ability).max(16).safeParse(abilities)
    if (!parsed.success) return true
    const lacking = parsed.data.filter((one) => !this.#conversation.abilities.includes(one))
    if (lacking.length === 0) return true
    this.#questions.endForLackOf([...new Set(lacking)])
    return false
  }

  async changed(listing: unknown): Promise<void> {
    const parsed = Listing.safeParse(listing)
    if (this.#open && parsed.success) this.#listings.add(parsed.data)
  }

  async updated(uri: unknown): Promise<void> {
    const parsed = ChangedUri.safeParse(uri)
    if (!this.#open || !parsed.success) return
    if (this.#resources.size < CHANGE_LIMITS.RESOURCES) this.#resources.add(parsed.data)
    else this.#listings.add('resources')
  }

  /** For whoever issued it; a guest that asks learns what it has said itself. */
  changes(): Changes {
    return { listings: [...this.#listings], resources: [...this.#resources] }
  }

  async #say(message: ClientMessage): Promise<void> {
    if (!this.#open || !this.#meter.admit('clientMessages')) return
    // A client that has gone away does not end the call.
    await this.#conversation.notify?.(message).catch(() => {})
  }
}
