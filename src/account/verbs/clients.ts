// The verbs of a person's `Account` about their clients: what each was allowed, and whether it may act now.

import type { OAuthGrant } from '../../store/oauth-grants.ts'
import type { Parts } from '../parts.ts'
import type { Credential } from '../spent-credentials.ts'
import type { ClientStanding } from '../standing.ts'

type Needed = Pick<Parts, 'acts' | 'leaving' | 'oauthGrants' | 'sessions' | 'standings'>

export class ClientVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /**
   * Whether the person and this client of theirs may act now, by what the token's grant (`null`: none) allowed it;
   * `null`: there is no such person (any more).
   */
  async standing(
    client: string,
    grant: string | null = null,
  ): Promise<(ClientStanding & { readonly is_granted: boolean }) | null> {
    const standing = await this.#parts.standings.of(client)
    if (standing === null) return null
    return { ...standing, is_granted: await this.#parts.oauthGrants.has(grant, client, Date.now()) }
  }

  async oauthGrants(at: number): Promise<readonly OAuthGrant[]> {
    return await this.#parts.oauthGrants.live(at)
  }

  /** The person lets a client act for them; no code of it is out yet. The ids of those that it took the place of. */
  async addOAuthGrant(grant: OAuthGrant): Promise<readonly string[]> {
    return await this.#parts.oauthGrants.put(grant)
  }

  /** The client gives back a token of the grant, by its digest: it is done with that. False: it is none of it. */
  async tokenGivenBack(grant: string, digest: string): Promise<boolean> {
    return await this.#parts.oauthGrants.givenBack(grant, digest, Date.now())
  }

  /**
   * A client's code or refresh token brought tokens, by their digests, or (`null`) was refused. False: two have it, and
   * what came of it is over.
   */
  async credentialUsed(credential: Credential, issued: readonly string[] | null): Promise<boolean> {
    return await this.#parts.oauthGrants.used(credential, issued, Date.now())
  }

  /** The person lets the client call tools or manage components: from now on no token of it gives anything. */
  async addAgent(client: string): Promise<void> {
    await this.#parts.standings.addAgent(client)
  }

  /** The person's word: whatever they allowed the client before `at` is void from the next request on. */
  async endClient(client: string, name: string, at: number): Promise<void> {
    await this.#parts.acts.clientEnded(client, name, async () => {
      await this.#parts.standings.endClient(client, at)
      await this.#parts.leaving.endClient(client, at)
      await this.#parts.oauthGrants.endClient(client)
      await this.#parts.sessions.end(client)
    })
  }

  /** A host's word. False: nothing has changed by it. `at` `null`: the person may act again. */
  async suspend(at: number | null): Promise<boolean> {
    const changed = await this.#parts.standings.suspend(at)
    if (at !== null) await this.#parts.sessions.end(null)
    return changed
  }
}
