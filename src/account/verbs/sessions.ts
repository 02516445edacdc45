// The verbs of a person's `Account` about live sessions and listen streams.

import type { Changes } from '../../policy/changes.ts'
import type { Parts } from '../parts.ts'

type Needed = Pick<Parts, 'goOn' | 'listening' | 'sessions'>

export class SessionVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  async openSession(id: string, client: string, at: number): Promise<void> {
    await this.#parts.listening.closeAll(await this.#parts.sessions.open(id, client, at))
  }

  /** Its client still uses it. */
  async useSession(id: string, at: number): Promise<void> {
    this.#parts.sessions.use(id, at)
  }

  /** What was granted for the session ends with it. */
  async closeSession(id: string): Promise<void> {
    await this.#parts.listening.close(id)
  }

  /** A component says that something of it has changed; whoever listens is told, and nobody waits for them. */
  async announce(component: string, changes: Changes): Promise<void> {
    this.#parts.goOn(this.#parts.sessions.announce({ component, ...changes }))
  }
}
