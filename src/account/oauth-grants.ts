// What the person allowed their clients, inside their `Account`: read from D1 once, dropped with every change. A
// token counts for as long as the grant it came of is here, however late the token store is.

import type { OAuthGrant } from '../store/oauth-grants.ts'
import { OAuthGrants as Store } from '../store/oauth-grants.ts'

export class OAuthGrants {
  readonly #store: Store
  readonly #person: string
  #copy: Promise<readonly OAuthGrant[]> | null = null

  constructor(db: D1Database, person: string) {
    this.#store = new Store(db)
    this.#person = person
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

  async put(grant: OAuthGrant): Promise<void> {
    await this.#write(() => this.#store.put(this.#person, grant))
  }

  async end(id: string): Promise<void> {
    await this.#write(() => this.#store.end(this.#person, id))
  }

  async endClient(client: string): Promise<void> {
    await this.#write(() => this.#store.endClient(this.#person, client))
  }

  drop(): void {
    this.#copy = null
  }

  async #read(): Promise<readonly OAuthGrant[]> {
    this.#copy ??= this.#store.of(this.#person).catch((cause: unknown) => {
      this.#copy = null
      throw cause
    })
    return await this.#copy
  }

  /** What was read meanwhile may be from before: it is dropped as well. */
  async #write(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } finally {
      this.#copy = null
    }
  }
}
