// Whether a person and their clients may act now, inside their `Account`: a token is older than the answer, and
// KV is late. Read from D1 once, dropped with every change.

import type { Standing } from '../store/standing.ts'
import { Standings as Store } from '../store/standing.ts'
import type { Holdings } from './holdings.ts'

/** As one client of the person is concerned. */
export interface ClientStanding extends Omit<Standing, 'ended' | 'agents'> {
  /** What the person allowed this client until then is void, in Unix milliseconds. */
  readonly client_ended_at: number | null
  /** The person lets it call tools or manage components, or has done so. */
  readonly calls_tools: boolean
}

export class Standings {
  readonly #store: Store
  readonly #holdings: Holdings
  #copy: Promise<Standing | null> | null = null

  constructor(holdings: Holdings) {
    this.#holdings = holdings
    this.#store = new Store(holdings.db, holdings.person)
  }

  /** `null`: there is no such person (any more). */
  async of(client: string): Promise<ClientStanding | null> {
    const standing = await this.#read()
    if (standing === null) return null
    const { ended, agents, ...rest } = standing
    const client_ended_at = ended.get(client) ?? null
    return { ...rest, client_ended_at, calls_tools: agents.has(client) }
  }

  /** Who does not exist has nothing to be kept from. */
  async isSuspended(): Promise<boolean> {
    return ((await this.#read())?.suspended_at ?? null) !== null
  }

  /** `at` `null`: they may act again. False: nothing has changed by it. */
  async suspend(at: number | null): Promise<boolean> {
    return await this.#write(() => this.#store.suspend(at))
  }

  async addAgent(client: string): Promise<void> {
    if ((await this.#read())?.agents.has(client) === true) return
    await this.#write(() => this.#store.addAgent(client))
  }

  async endClient(client: string, at: number): Promise<void> {
    await this.#write(() => this.#store.endClient(client, at))
  }

  /** The person signed in again, perhaps by another entry of the host's list, or is gone. */
  drop(): void {
    this.#copy = null
  }

  async #read(): Promise<Standing | null> {
    this.#copy ??= this.#store.read().catch((cause: unknown) => {
      this.#copy = null
      throw cause
    })
    return await this.#copy
  }

  async #write<T>(work: () => Promise<T>): Promise<T> {
    return await this.#holdings.write(async () => {
      try {
        return await work()
      } finally {
        this.#copy = null
      }
    })
  }
}
