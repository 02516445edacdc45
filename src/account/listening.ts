// A person's live sessions, and what was theirs: it ends with them.

import { sessionOwner } from '../policy/life.ts'
import type { Expiries } from './expiries.ts'
import type { SessionLabels } from './session-labels.ts'
import type { Sessions } from './sessions.ts'

export interface ListeningParts {
  readonly sessions: Sessions
  readonly labels: SessionLabels
  readonly expiries: Expiries
}

export class Listening {
  readonly #parts: ListeningParts

  constructor(parts: ListeningParts) {
    this.#parts = parts
  }

  /** What was granted for the session ends with it. */
  async close(id: string): Promise<void> {
    const { sessions, labels, expiries } = this.#parts
    sessions.close(id)
    labels.forget(sessionOwner(id))
    await expiries.endSession(sessionOwner(id), Date.now())
  }

  /** What was granted for a session that no longer exists ends as well. */
  async announceTools(): Promise<void> {
    for (const id of await this.#parts.sessions.announceTools()) await this.close(id)
  }
}
