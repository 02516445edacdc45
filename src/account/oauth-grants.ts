// What the person allowed their clients, inside their `Account`: read from D1 once, dropped with every change. A
// token counts for as long as the grant it came of is here, however late the token store is.

import type { OAuthGrant } from '../store/oauth-grants.ts'
import { OAuthGrants as Store } from '../store/oauth-grants.ts'
import type { Acts } from './acts.ts'
import { IssuedTokens } from './issued-tokens.ts'
import type { Leaving } from './leaving.ts'
import type { Sessions } from './sessions.ts'
import type { Credential } from './spent-credentials.ts'
import { SpentCredentials } from './spent-credentials.ts'

export class OAuthGrants {
  readonly #store: Store
  readonly #person: string
  readonly #acts: Acts
  readonly #leaving: Leaving
  readonly #sessions: Sessions
  readonly #spent: SpentCredentials
  readonly #issued: IssuedTokens
  #copy: Promise<readonly OAuthGrant[]> | null = null

  constructor(parts: {
    readonly db: D1Database
    readonly person: string
    readonly acts: Acts
    readonly leaving: Leaving
    readonly sessions: Sessions
    readonly sql: SqlStorage
  }) {
    this.#store = new Store(parts.db)
    this.#person = parts.person
    this.#acts = parts.acts
    this.#leaving = parts.leaving
    this.#sessions = parts.sessions
    this.#spent = new SpentCredentials(parts.sql)
    this.#issued = new IssuedTokens(parts.sql)
  }

  /** Those that have not ended. */
  async live(at: number): Promise<readonly OAuthGrant[]> {
    return (await this.#read()).filter((grant) => grant.ends_at > at)
  }

  /** `id` `null`: of no grant. */
  async has(id: string | null, client: string, at: number): Promise<boolean> {
    const live = id === null ? [] : await this.live(at)
    return live.some((grant) => grant.id === id && grant.client === client)
  }

  /** The ids of those that it took the place of. */
  async put(grant: OAuthGrant): Promise<readonly string[]> {
    // Before: when it is written, nothing fails any more.
    const live = await this.live(grant.granted_at)
    this.#keep(live.map(({ id }) => id))
    return await this.#write(() => this.#store.put(this.#person, grant))
  }

  /**
   * On the record. The client's sessions, and what was granted for it, end with the last of its grants. False: it was
   * over.
   */
  async end(id: string, at: number): Promise<boolean> {
    const live = await this.live(at)
    const ended = live.find((grant) => grant.id === id)
    if (ended === undefined) return false
    const { client, client_name: name } = ended
    const isLast = !live.some((grant) => grant.client === client && grant.id !== id)
    await this.#acts.clientEnded(client, name, async () => {
      if (isLast) await this.#leaving.endClient(client, at)
      await this.#write(() => this.#store.end(this.#person, id))
      const left = await this.live(at)
      if (left.some((grant) => grant.client === client)) return
      // Two that were its last may end at once.
      if (!isLast) await this.#leaving.endClient(client, at)
      await this.#sessions.end(client)
    })
    return true
  }

  async endClient(client: string): Promise<void> {
    await this.#write(() => this.#store.endClient(this.#person, client))
  }

  /** One of the grant's tokens, by its SHA-256 in hex, was given back: that ends it. False: it is no such token. */
  async givenBack(id: string, digest: string, at: number): Promise<boolean> {
    return this.#issued.has(id, digest) && (await this.end(id, at))
  }

  /**
   * A code or refresh token was presented, and the authorization server issued tokens for it, by their digests, or
   * (`null`) refused it. False: two have it, and what came of it is over.
   */
  async used(
    credential: Credential,
    issued: readonly string[] | null,
    at: number,
  ): Promise<boolean> {
    if (this.#spent.isReplay(credential) || (issued === null && this.#isOvertaken(credential))) {
      await this.end(credential.grant, at)
      return false
    }
    if (issued === null) return true
    this.#spent.spend(credential)
    this.#issued.add(credential.grant, issued)
    return true
  }

  /**
   * A refresh token that was refused although nobody has used it: somebody else has used the one before it, and may
   * be whoever stole that (RFC 9700 §4.14.2). One that was used may be asked about again, its answer being lost.
   */
  #isOvertaken(credential: Credential): boolean {
    const { kind, grant, digest } = credential
    const isUnused = kind === 'refresh' && !this.#spent.has(credential)
    return isUnused && this.#issued.isFollowed(grant, digest)
  }

  /** The person is deleted, and their rows with them. */
  forget(): void {
    this.#copy = null
    this.#keep([])
  }

  #keep(grants: readonly string[]): void {
    this.#spent.keep(grants)
    this.#issued.keep(grants)
  }

  async #read(): Promise<readonly OAuthGrant[]> {
    this.#copy ??= this.#store.of(this.#person).catch((cause: unknown) => {
      this.#copy = null
      throw cause
    })
    return await this.#copy
  }

  /** What was read meanwhile may be from before: it is dropped as well. */
  async #write<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      this.#copy = null
    }
  }
}
