// A request that was refused as its token, or who holds it, is not for it: as the audit of that person has it.

import type { AuditEvent } from '../audit/event.ts'

/** Who asked: an OAuth client with the scopes of its token, or the console with none. */
export interface Asker {
  readonly client: string
  readonly clientName: string
  /** `null`: no token was sent. */
  readonly scopes: readonly string[] | null
}

/** UTF-16 units of a place: it is the client's words. */
const MAX_PLACE_CHARS = 256

/** `reason`: the code that the client is answered with. `needed`: scopes that would have done; none would: empty. */
export function refusalEvent(
  reason: string,
  needed: readonly string[],
  { client, clientName, scopes }: Asker,
  place: string,
): AuditEvent {
  return {
    kind: 'refusal',
    facts: {
      outcome: 'refused',
      reason,
      needed: [...needed],
      scopes: scopes === null ? null : [...scopes],
    },
    texts: { client, client_name: clientName, place: place.slice(0, MAX_PLACE_CHARS) },
  }
}
