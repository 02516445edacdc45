// Whether an access token is good for what gives: a policy, a ceiling, the value of a variable, what the
// catalogue says. To read takes scope `console`; to give takes the person, as close as a token can bring them.

import type { ClientStanding } from '../account/standing.ts'
import type { Props } from '../oauth/provider.ts'
import { isConsole } from '../oauth/scopes.ts'
import { FRESH_MS, isFresh } from './guards.tsx'

export type NoGift = 'agents-token' | 'agents-client' | 'authorization-too-old'

/**
 * `null`: it may give. A client that calls tools for the person, or ever did, gives nothing, whatever else the
 * person agreed to later: an agent that asks for `console` on its own is an agent still. And the person has to
 * have been asked who they are as lately as for a page that gives, so a token that is refreshed gives nothing.
 */
export function whyNotGiving(
  { agreed, authenticatedAt }: Pick<Props, 'agreed' | 'authenticatedAt'>,
  { calls_tools: callsTools }: Pick<ClientStanding, 'calls_tools'>,
  at: number,
): NoGift | null {
  const isForThisAlone = agreed !== null && agreed.length > 0 && agreed.every(isConsole)
  if (!isForThisAlone) return 'agents-token'
  if (callsTools) return 'agents-client'
  return isFresh(authenticatedAt, at) ? null : 'authorization-too-old'
}

/** What is answered: to the client, which has somebody who can do something about it. */
export const NO_GIFT: Readonly<
  Record<NoGift, { readonly status: 401 | 403; readonly message: string }>
> = {
  'agents-token': {
    status: 403,
    message:
      'A token that is for tools as well grants nothing: use one of scope console alone, or the console.',
  },
  'agents-client': {
    status: 403,
    message:
      'This client calls tools for you, or has done, so no token of it grants anything. Use one of another client, ' +
      'let in for scope console alone, or the console.',
  },
  'authorization-too-old': {
    status: 401,
    message:
      'For what grants something you have to have signed in within the last 15 minutes: let the client in again ' +
      '(a refreshed token does not do), or use the console.',
  },
}

/** RFC 9470 §3: what would help is that the person signs in. */
export const STEP_UP = `Bearer error="insufficient_user_authentication", max_age="${FRESH_MS / 1_000}", scope="console"`
