// One request as a call sees its client: what it can show the person, the way back while the call runs, and
// what came with the request. Plain data but for that way: it crosses from a session to its call.

import type { ClientMessage } from './capabilities/client.ts'
import type { Ability } from './policy/questions.ts'
import type { RuleKind } from './policy/words.ts'

export interface Exchange {
  /** `null`: nothing can be said while the call runs. */
  readonly notify: ((message: ClientMessage | SignOfLife) => Promise<void>) | null
  /** The client shows forms to the person, and opens pages for them. */
  readonly shows: { readonly forms: boolean; readonly pages: boolean }
  /** What a component may ask it for. */
  readonly abilities: readonly Ability[]
  /** Asks while the request waits; `null`: the client comes back with the answer (2026-07-28). */
  readonly push: Push | null
  /** The client follows the progress of this request: it waits for longer. */
  readonly isPatient: boolean
  /** What the client was given with questions, and its answers by their names: unchecked. */
  readonly state: string | null
  readonly responses: Readonly<Record<string, unknown>>
  /** True when the client gives the call up, false when the request is over; `null`: it cannot. */
  readonly cancelled: (() => Promise<boolean>) | null
}

/** Settles when the client gives the call up, and else never. */
export async function givenUp({ cancelled }: Pick<Exchange, 'cancelled'>): Promise<void> {
  const isGivenUp = await cancelled?.().catch(() => false)
  if (isGivenUp !== true) await new Promise<never>(() => {})
}

/** The call waits for the person. */
export interface SignOfLife {
  readonly kind: 'waiting'
}

/** Sends the person to a page of ours, by an elicitation that is open until it is answered or settled. */
export interface Push {
  readonly ask: (question: PageQuestion) => Promise<'accept' | 'decline' | 'cancel'>
  /** The question is over, answered or not. */
  readonly settle: () => Promise<void>
}

/** What a client is told of a question that only a page of ours can answer. */
export interface PageQuestion {
  readonly mode: 'url' | 'form'
  /** A call was refused, or an agent asks without one. */
  readonly because: 'refused' | 'asked'
  readonly component: string
  readonly permission: RuleKind
  /** The stranger's wish, as the page shows it. */
  readonly rule: string
  readonly url: string
}
