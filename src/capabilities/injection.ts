// The values that one call may have put into its requests: asked for when a request needs one, after the policy
// has allowed where it goes. A guest holds none of this.

import type { Target } from '../policy/host-rule.ts'
import type { Outgoing } from '../policy/injection.ts'
import { inject } from '../policy/injection.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Injection, ValueFault } from '../policy/secret.ts'
import { checkSecretValue, injectionsFor } from '../policy/secret.ts'

/** Where the values come from: what the call was given when it began, or whoever keeps them. Nothing throws. */
export interface InjectionValues {
  value(injection: Injection): Promise<Result<string, ValueFault>>
  /** A value goes out in these texts as well. False: there are too many of them to be looked for. */
  writes(texts: readonly string[]): boolean
}

export interface Injected {
  readonly outgoing: Outgoing
  /** Names of the secrets that are in it now. */
  readonly secrets: readonly string[]
}

/** A request with what the person has bound to its target. A value that is not to be had holds the request back. */
export async function injectAll(
  outgoing: Outgoing,
  target: Target,
  injections: readonly Injection[],
  values: InjectionValues,
): Promise<Result<Injected, { readonly secret: string; readonly why: ValueFault }>> {
  let current = outgoing
  const secrets: string[] = []
  for (const injection of injectionsFor(injections, target)) {
    // What has a placeholder is opened only where that stands.
    if (injection.placeholder !== null && inject(current, injection, '') === null) continue
    const { name, placement } = injection
    // oxlint-disable-next-line no-await-in-loop -- one place of the request after the other
    const value = await values.value(injection)
    if (!value.ok) return err({ secret: name, why: value.error })
    // A kept value was checked when it was set; what comes from elsewhere was not.
    if (!checkSecretValue(value.value, placement).ok) {
      return err({ secret: name, why: 'unavailable' })
    }
    const filled = inject(current, injection, value.value)
    if (filled === null) continue
    if (!values.writes(filled.written)) return err({ secret: name, why: 'unavailable' })
    current = { url: filled.url, headers: filled.headers }
    secrets.push(name)
  }
  return ok({ outgoing: current, secrets })
}
