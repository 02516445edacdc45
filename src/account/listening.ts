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

  /** What was granted for the session ends with it, and before it is forgotten: closing it again goes on from there. */
  async close(id: string): Promise<void> {
    const { sessions, labels, expiries } = this.#parts
    sessions.leave(id)
    await expiries.endSession(sessionOwner(id), Date.now())
    sessions.close(id)
    labels.forget(sessionOwner(id))
  }

  /** One whose grants cannot end now is still known, and closed when it is come across again. */
  async closeAll(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      // oxlint-disable-next-line no-await-in-loop -- each waits for the same store
      await this.close(id).catch((cause) => console.error('a session was not closed', cause))
    }
  }

  /** What was granted for a session that no longer exists ends as well. */
  async announceTools(): Promise<void> {
    await this.closeAll(await this.#parts.sessions.announceTools())
  }
}
