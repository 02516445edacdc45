// What one call has to do with secrets, on our side of the wall: the values that may go into its requests, and what
// takes every one of them out of whatever comes back or leaves.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { Redactor } from '../policy/redaction.ts'
import type { Injection, ValueFault } from '../policy/secret.ts'
import type { InjectionValues } from './injection.ts'

/** Asks the person's account for what the call was not given when it began: the value of exactly this revision. */
export type AskForValue = (
  wanted: Pick<Injection, 'name' | 'revision'>,
) => Promise<Result<string, ValueFault>>

/** Tells the account that a host does not take what it gave. */
export type TellRefused = (name: string, value: string) => Promise<void>

export interface GivenValue {
  readonly name: string
  readonly revision: number
  readonly value: string
}

/** Texts in which values went out: a component that holds a placeholder chooses what stands beside it. */
const MAX_WRITTEN = 64

export class CallSecrets implements InjectionValues {
  /** Takes out of what comes to the guest what it may not see. */
  readonly unseen = new Redactor()
  /** Takes that out of whatever leaves, and what the guest was handed as well. */
  readonly untold = new Redactor()
  readonly #written = new Set<string>()
  readonly #given: Map<string, GivenValue>
  readonly #ask: AskForValue
  readonly #tellRefused: TellRefused
  /** What was answered last of those that are kept elsewhere: they may be other ones the next time. */
  readonly #last = new Map<string, string>()

  constructor(
    given: readonly GivenValue[],
    ask: AskForValue,
    tellRefused: TellRefused = async () => {},
  ) {
    this.#given = new Map(given.map((one) => [one.name, one]))
    this.#ask = ask
    this.#tellRefused = tellRefused
    // Also what this call does not use: an earlier one may have left it somewhere.
    for (const { value } of given) this.#hide(value)
  }

  async value({ name, source, revision }: Injection): Promise<Result<string, ValueFault>> {
    const given = this.#given.get(name)
    if (source.kind === 'sealed' && given?.revision === revision) return ok(given.value)
    const answer = await this.#ask({ name, revision }).catch((cause: unknown) => {
      console.error('a secret was not answered', cause)
      return err('unavailable' as const)
    })
    if (!answer.ok) return answer
    if (source.kind === 'connection') this.#last.set(name, answer.value)
    this.#hide(answer.value)
    if (source.kind === 'sealed') this.#given.set(name, { name, revision, value: answer.value })
    return answer
  }

  /** A host has answered 401 to a request with these. What is sealed stays what it is. */
  async refused(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const value = this.#last.get(name)
      if (value === undefined) continue
      // oxlint-disable-next-line no-await-in-loop -- one token at the most: all are of one header
      await this.#tellRefused(name, value).catch((cause: unknown) => {
        console.error('a refused token was not told', cause)
      })
    }
  }

  writes(texts: readonly string[]): boolean {
    for (const text of texts) this.#written.add(text)
    if (this.#written.size > MAX_WRITTEN) return false
    for (const text of texts) this.#hide(text)
    return true
  }

  /** The guest has read it: it may go on to do so. */
  handed(value: string): void {
    this.untold.add(value)
  }

  #hide(text: string): void {
    this.unseen.add(text)
    this.untold.add(text)
  }
}

/** Of a call that has nothing to do with any. */
export const noSecrets = (): CallSecrets => new CallSecrets([], async () => err('gone'))
