// The verbs of a person's `Account` about rules in force: what is taken back, and policies as documents.

import { digestOf } from '../../component/digest.ts'
import type { Parts } from '../parts.ts'
import type { Revocable, TakenBack } from '../permissions.ts'
import type { PolicyAnswer } from '../policy.ts'
import { printRules, removePolicy, writePolicy } from '../policy.ts'
import type { StandingRule } from '../standing-rules.ts'
import { standingRules } from '../standing-rules.ts'

type Needed = Pick<Parts, 'acts' | 'authorities' | 'holdings' | 'permissions'>

export class PermissionVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /** Who asked for each rule in force, and what is left of it, by the ids of grants. `null`: no such component. */
  async standingRules(component: string): Promise<Readonly<Record<string, StandingRule>> | null> {
    return await standingRules(this.#parts, component, Date.now())
  }

  /** Acts at once, on what lies at the host that is named. `null`: no such component. */
  async revokeNetwork(component: string, host: string, at: number): Promise<TakenBack | null> {
    return await this.#parts.acts.revocation(component, 'network', host, () =>
      this.#parts.permissions.revokeNetwork(component, host, at),
    )
  }

  /** Every access to what lies at the path that is named. */
  async revokeStorage(component: string, uri: string, at: number): Promise<TakenBack | null> {
    return await this.#parts.acts.revocation(component, 'storage', uri, () =>
      this.#parts.permissions.revokeStorage(component, uri, at),
    )
  }

  /** Its value stays, until the person deletes it or the component is unloaded. */
  async revokeEnvironment(component: string, key: string, at: number): Promise<boolean | null> {
    return await this.#parts.acts.revocation(component, 'environment', key, () =>
      this.#parts.permissions.revokeEnvironment(component, key, at),
    )
  }

  /** Exactly this rule, as the person sees it. True when such a grant was live; `null`: no such component. */
  async revokeRule(
    component: string,
    permission: Revocable,
    rule: string,
    at: number,
  ): Promise<boolean | null> {
    return await this.#parts.acts.revocation(component, permission, rule, () =>
      this.#parts.permissions.revokeRule(component, permission, rule, at),
    )
  }

  /** Takes back whatever was allowed to a component. `null`: no such component. */
  async reset(component: string, at: number): Promise<true | null> {
    return await this.#parts.acts.revocation(component, null, null, () =>
      this.#parts.permissions.reset(component, at),
    )
  }

  /**
   * The person's word: a policy in the place of all that they granted to the component, or nothing of it. `seen`: what
   * they looked at; `null`: whatever it is.
   */
  async writePolicy(
    component: string,
    text: Uint8Array,
    at: number,
    seen: string | null = null,
  ): Promise<PolicyAnswer> {
    const { holdings, authorities } = this.#parts
    return await this.#parts.acts.policyWritten(component, await digestOf(text), () =>
      writePolicy({ component, seen }, text, holdings, authorities, at),
    )
  }

  /** The person's word: nothing is granted, denied or limited any more. False: no such component. */
  async removePolicy(component: string, at: number): Promise<boolean> {
    return await this.#parts.acts.revocation(component, null, null, () =>
      removePolicy(component, this.#parts.holdings, at),
    )
  }

  /** The rules in force as a document. `null`: no such component. */
  async printPolicy(component: string): Promise<string | null> {
    const held = await this.#parts.holdings.held()
    const install = held.installs.find((i) => i.component === component)
    if (install === undefined) return null
    return printRules(this.#parts.authorities.shown(held, install, Date.now()))
  }
}
