// The verbs of a person's `Account` about live sessions and listen streams.

import type { Changes } from '../../policy/changes.ts'
import type { Parts } from '../parts.ts'

type Needed = Pick<Parts, 'goOn' | 'listening' | 'oauthGrants' | 'sessions' | 'standings'>

export class SessionVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /**
   * False: the person, or what they allowed the client at `since`, is over, and the session with it. Known before that
   * is looked at, so whoever ends either from now on ends this session as well.
   */
  async openSession(
    id: string,
    { client, since }: { readonly client: string; readonly since: number },
    at: number,
  ): Promise<boolean> {
    const { listening, sessions } = this.#parts
    await listening.closeAll(await sessions.open(id, client, at))
    if (await this.#mayListen(client, since)) return true
    await listening.close(id)
    return false
  }

  /** Its client still uses it. */
  async useSession(id: string, at: number): Promise<void> {
    this.#parts.sessions.use(id, at)
  }

  /** What was granted for the session ends with it. */
  async closeSession(id: string): Promise<void> {
    await this.#parts.listening.close(id)
  }

  async #mayListen(client: string, since: number): Promise<boolean> {
    const { oauthGrants, standings } = this.#parts
    const standing = await standings.of(client)
    if (standing === null || standing.suspended_at !== null) return false
    const { client_ended_at: endedAt } = standing
    if (endedAt !== null && since <= endedAt) return false
    return (await oauthGrants.live(Date.now())).some((grant) => grant.client === client)
  }

  /** A component says that something of it has changed; whoever listens is told, and nobody waits for them. */
  async announce(component: string, changes: Changes): Promise<void> {
    this.#parts.goOn(this.#parts.sessions.announce({ component, ...changes }))
  }
}
