// What one call has to do with secrets, on our side of the wall: the values that may go into its requests, and what
// takes every one of them out of whatever comes back or leaves.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { Redactor } from '../policy/redaction.ts'
import type { Injection, ValueFault } from '../policy/secret.ts'
import type { InjectionValues } from './injection.ts'

/** Asks the person's account for what the call was not given when it began. */
export type AskForValue = (name: string) => Promise<Result<string, ValueFault>>

export interface GivenValue {
  readonly name: string
  readonly revision: number
  readonly value: string
}

export class CallSecrets implements InjectionValues {
  readonly redactor = new Redactor()
  readonly #given: Map<string, GivenValue>
  readonly #ask: AskForValue

  constructor(given: readonly GivenValue[], ask: AskForValue) {
    this.#given = new Map(given.map((one) => [one.name, one]))
    this.#ask = ask
    // Also what this call does not use: an earlier one may have left it somewhere.
    for (const { value } of given) this.redactor.add(value)
  }

  async value({ name, source, revision }: Injection): Promise<Result<string, ValueFault>> {
    const given = this.#given.get(name)
    if (source.kind === 'sealed' && given?.revision === revision) return ok(given.value)
    const answer = await this.#ask(name).catch((cause: unknown) => {
      console.error('a secret was not answered', cause)
      return err('unavailable' as const)
    })
    if (!answer.ok) return answer
    this.redactor.add(answer.value)
    if (source.kind === 'sealed') this.#given.set(name, { name, revision, value: answer.value })
    return answer
  }
}

/** Of a call that has nothing to do with any. */
export const noSecrets = (): CallSecrets => new CallSecrets([], async () => err('gone'))
