// The verbs of a person's `Account` about values that only pages set: variables and secrets.

import type { Result } from '../../policy/result.ts'
import type { Parts } from '../parts.ts'
import type { VariableFault } from '../person-variables.ts'
import { deleteVariable, setVariable } from '../person-variables.ts'
import type { NewSecret, SecretFault } from '../secrets.ts'

type Needed = Pick<Parts, 'acts' | 'holdings' | 'secrets' | 'variables'>

export class ValueVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /** The person's word: sets or replaces a value. Grants nothing. `seen`: what they looked at; `null`: whatever it is. */
  async setVariable(
    component: string,
    key: string,
    value: string,
    at: number,
    seen: string | null = null,
  ): Promise<Result<'set' | 'replaced', VariableFault>> {
    return await this.#parts.acts.variableSet(component, key, () =>
      setVariable(this.#parts, { component, seen }, { key, value }, at),
    )
  }

  /** False when there was no such value. Its grant stays. `null`: no such component. */
  async deleteVariable(component: string, key: string): Promise<boolean | null> {
    return await this.#parts.acts.variableDeleted(component, key, () =>
      deleteVariable(this.#parts, component, key),
    )
  }

  /**
   * The person's word: binds a value to hosts, or replaces value and binding. Grants no host, and ends the grant of a
   * variable that has the name of a placeholder. `seen` as above.
   */
  async setSecret(
    component: string,
    secret: NewSecret,
    at: number,
    seen: string | null = null,
  ): Promise<Result<'set' | 'replaced', SecretFault>> {
    return await this.#parts.acts.secretSet(component, secret.name, () =>
      this.#parts.secrets.set({ component, seen }, secret, at),
    )
  }

  /**
   * Holds for running calls within a second, and hands out nothing: see `setSecret`. False when there was none;
   * `null`: no such component.
   */
  async deleteSecret(component: string, name: string, at: number): Promise<boolean | null> {
    return await this.#parts.acts.secretDeleted(component, name, () =>
      this.#parts.secrets.delete(component, name, at),
    )
  }
}
