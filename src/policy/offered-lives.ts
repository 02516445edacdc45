// How long a person may let something live, in words: what their page offers, and what an agent is told of it.

import type { Life } from './life.ts'
import type { RuleKind } from './words.ts'

/** What "for one call" is for: the refused call, the next one of the client that asks, or any. */
export type OneCall = 'refused' | 'client' | 'any'

export const ONE_CALL: Readonly<Record<OneCall, string>> = {
  refused: 'for this one call, with these arguments',
  client: 'for the next call of this component through this client',
  any: 'for one call',
}

const FOR_LONGER: Readonly<Record<Exclude<Life, 'once'>, string>> = {
  session: 'for this session of the client',
  until: 'for an hour, a day, 30 days, or until a time that the person chooses',
  always: 'until the person takes it back',
}

/** What narrows a call is in nobody's way for a while: it holds until the person says another. */
export function offeredLives(kind: RuleKind): readonly Life[] {
  return kind === 'limit' ? ['always'] : ['once', 'session', 'until', 'always']
}

export function lifeInWords(life: Life, call: OneCall): string {
  return life === 'once' ? ONE_CALL[call] : FOR_LONGER[life]
}
