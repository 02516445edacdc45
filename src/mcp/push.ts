// Asks the person of a session while a call of theirs waits (2025-06-18 and 2025-11-25: the server sends the
// request). What comes back is the client's word: it opens nothing and grants nothing.

import type { Server, ServerContext } from '@modelcontextprotocol/server'
import type { PageQuestion, Push } from '../exchange.ts'
import { elicitationOf, isWilling } from './page-question.ts'

/** Milliseconds that a client may leave a question unanswered. */
const ANSWER_MS = 10 * 60_000

export function pushTo(server: Server, { mcpReq }: ServerContext): Push {
  /** The question at hand: a call that goes on may ask another one. */
  let open: { readonly withdrawn: AbortController; readonly id: string | null } | null = null
  return {
    async ask(question: PageQuestion) {
      const withdrawn = new AbortController()
      const id = question.mode === 'url' ? crypto.randomUUID() : null
      open = { withdrawn, id }
      const params = elicitationOf(question)
      const options = {
        relatedRequestId: mcpReq.id,
        timeout: ANSWER_MS,
        signal: AbortSignal.any([mcpReq.signal, withdrawn.signal]),
      }
      const sent = id === null ? params : { ...params, elicitationId: id }
      // Not `elicitInput`: before 2025-11-25 clients say that they show forms by `{}`, which it does not read.
      const result = await server
        .request({ method: 'elicitation/create', params: sent as never }, options)
        .catch(() => ({ action: 'cancel' as const }))
      return isWilling(question, result)
        ? 'accept'
        : result.action === 'accept'
          ? 'decline'
          : result.action
    },
    async settle() {
      const asked = open
      open = null
      asked?.withdrawn.abort()
      if (asked === null || asked.id === null) return
      const params = { elicitationId: asked.id }
      await mcpReq.notify({ method: 'notifications/elicitation/complete', params }).catch(() => {})
    },
  }
}
